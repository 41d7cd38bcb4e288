"""The ledger: never negative, settled once, the rest given back, whatever breaks."""

import threading
import uuid

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from app.accounts.models import Account
from app.billing import credits
from app.billing.credits import NotEnoughCredits, UsageRecord
from app.billing.models import CreditEntry, CreditReservation, CreditUsage
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import every_account
from app.core.runs import Run, start_run
from app.core.runs.services import cancel, retry
from tests.factories.stripe import credits_left, give_credits, ledger_agrees
from tests.factories.work import a_kind


def a_run(account: Account) -> Run:
    return start_run(account_id=account.id, kind=a_kind("t", "jobs.of_tests.work"), title="T", actor=THE_APP)


def end(run: Run, state: str = "failed") -> None:
    db.session.execute(update(Run).where(Run.id == run.id).values(state=state, ended_at=utcnow()))
    db.session.commit()


def test_fifty_at_once_never_take_more_than_there_is(app: Flask, account: Account) -> None:
    give_credits(account, plan=70, pack=80)
    start, results = threading.Barrier(50), list[str]()

    def take(number: int, account_id: int) -> None:
        with app.app_context(), every_account("a test looks on"):
            start.wait(30)
            try:
                credits.reserve(account_id, "clustering", 1, f"one-{number}")
                db.session.commit()
                results.append("taken")
            except NotEnoughCredits as error:
                db.session.rollback()
                results.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=take, args=(number, account.id)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count("taken") == 15
    assert results.count("NOT_ENOUGH_CREDITS") == 35
    assert credits_left(account) == (0, 0)
    assert ledger_agrees(account)


def test_the_database_refuses_a_negative_balance_and_a_changed_ledger(account: Account) -> None:
    give_credits(account, plan=5)
    with pytest.raises(DBAPIError, match="not_negative"):
        db.session.execute(text("update credit_balances set plan_credits = -1"))
    db.session.rollback()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("update credit_entries set plan_delta = 1000"))
    db.session.rollback()


def test_the_month_is_used_before_the_packs_and_comes_back_where_it_came_from(account: Account) -> None:
    give_credits(account, plan=12, pack=50)
    run = a_run(account)
    held = credits.reserve_for_run(run, "clustering", 3)
    assert (held.from_plan, held.from_pack) == (12, 18)
    assert credits_left(account) == (12, 50)  # nothing before the commit
    run = a_run(account)
    credits.reserve_for_run(run, "clustering", 3)
    db.session.commit()
    assert credits_left(account) == (0, 32)
    credits.charge(run, "clustering", UsageRecord("a", 10))
    db.session.commit()
    end(run)
    assert credits.release_for_run(run.id) == 20
    db.session.commit()
    assert credits_left(account) == (2, 50)
    assert ledger_agrees(account)


def test_what_is_settled_twice_is_charged_once(app: Flask, account: Account) -> None:
    give_credits(account, plan=100)
    run = a_run(account)
    credits.reserve_for_run(run, "content", 2)
    db.session.commit()
    start, charged = threading.Barrier(8), list[int]()

    def settle(run_id: uuid.UUID) -> None:
        with app.app_context(), every_account("a test looks on"):
            mine = db.session.get_one(Run, run_id)
            start.wait(30)
            charged.append(credits.charge(mine, "content", UsageRecord("draft", 9)))
            db.session.commit()
            db.session.remove()

    threads = [threading.Thread(target=settle, args=(run.id,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(charged) == [0] * 7 + [9]
    assert db.session.scalar(select(func.count()).select_from(CreditUsage)) == 1
    end(run, "succeeded")
    credits.release_for_run(run.id)
    db.session.commit()
    assert credits_left(account) == (91, 0)
    assert ledger_agrees(account)


def test_more_words_than_were_thought_are_taken_from_the_balance_as_far_as_it_goes(account: Account) -> None:
    give_credits(account, plan=20)
    run = a_run(account)
    credits.reserve_for_run(run, "content", 1)
    assert credits.charge(run, "content", UsageRecord("long", 40)) == 20  # 15 put aside, 5 left
    db.session.commit()
    assert credits_left(account) == (0, 0)
    assert db.session.scalars(select(CreditUsage.credits)).all() == [20]
    assert ledger_agrees(account)


def test_what_is_priced_by_the_request_costs_no_more_than_was_shown(account: Account) -> None:
    give_credits(account, plan=100)
    run = a_run(account)
    credits.reserve_for_run(run, "clustering", 1)
    assert [credits.charge(run, "clustering", UsageRecord(key, 10), capped=True) for key in ("a", "b")] == [10, 0]
    db.session.commit()
    assert credits_left(account) == (90, 0)


def test_nothing_starts_without_enough(account: Account) -> None:
    give_credits(account, plan=14)
    run = a_run(account)
    with pytest.raises(NotEnoughCredits) as told:
        credits.reserve_for_run(run, "content", 2)
    db.session.rollback()
    assert told.value.details == {"needed": 30, "have": 14, "missing": 16, "operation": "content"}
    assert "16 are missing" in told.value.message
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0
    assert credits_left(account) == (14, 0)


def test_the_sweep_gives_back_what_dead_work_held(account: Account) -> None:
    give_credits(account, plan=100)
    runs = [a_run(account) for _ in range(4)]
    for run in runs:
        credits.reserve_for_run(run, "clustering", 1)
    credits.reserve(account.id, "image", 1, "without a run")
    db.session.commit()
    assert credits_left(account) == (55, 0)
    end(runs[0], "failed")
    cancel(runs[1])
    db.session.delete(runs[2])
    db.session.commit()
    assert credits_left(account) == (65, 0)  # a cancelled one's come back at once
    assert credits.sweep_reservations() == 2
    assert credits.sweep_reservations() == 0
    assert credits_left(account) == (85, 0)
    db.session.execute(update(CreditReservation).values(expires_at=utcnow()))
    db.session.commit()
    assert credits.sweep_reservations() == 1  # the run that still waits keeps its own
    assert credits_left(account) == (90, 0)
    assert ledger_agrees(account)


def test_a_retry_puts_aside_what_is_left_of_the_work(account: Account) -> None:
    give_credits(account, plan=100)
    run = a_run(account)
    credits.reserve_for_run(run, "content", 3)
    credits.charge(run, "content", UsageRecord("first", 10))
    db.session.commit()
    end(run)
    retry(run)
    db.session.commit()
    held = credits.open_reservation_of(run.id)
    assert held is not None
    assert held.units == 3  # its own was not given back yet: it goes on with that
    end(run)
    credits.release_for_run(run.id)
    db.session.commit()
    assert credits_left(account) == (90, 0)
    retry(run)
    db.session.commit()
    assert credits_left(account) == (60, 0)


def test_a_retry_that_cannot_be_paid_is_refused(account: Account) -> None:
    give_credits(account, plan=15)
    run = a_run(account)
    credits.reserve_for_run(run, "content", 1)
    db.session.commit()
    end(run)
    credits.release_for_run(run.id)
    db.session.commit()
    other = a_run(account)
    credits.reserve_for_run(other, "content", 1)
    db.session.commit()
    with pytest.raises(NotEnoughCredits):
        retry(run)
    db.session.rollback()
    db.session.expire_all()
    assert run.state == "failed"


def test_release_and_retry_at_once_lose_nothing(app: Flask, account: Account) -> None:
    give_credits(account, plan=30)
    for _ in range(10):
        run = a_run(account)
        credits.reserve_for_run(run, "content", 1)
        db.session.commit()
        end(run)
        start, run_id = threading.Barrier(2), run.id

        def again(run_id: uuid.UUID = run_id, start: threading.Barrier = start) -> None:
            with app.app_context(), every_account("a test looks on"):
                mine = db.session.get_one(Run, run_id)
                start.wait(30)
                retry(mine)
                db.session.commit()
                db.session.remove()

        def give(run_id: uuid.UUID = run_id, start: threading.Barrier = start) -> None:
            with app.app_context(), every_account("a test looks on"):
                start.wait(30)
                credits.release_for_run(run_id)
                db.session.commit()
                db.session.remove()

        threads = [threading.Thread(target=again), threading.Thread(target=give)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        db.session.rollback()
        assert credits.open_reservation_of(run_id) is not None
        assert credits_left(account) == (15, 0)
        end(run)
        credits.release_for_run(run_id)
        db.session.commit()
        assert credits_left(account) == (30, 0)
    assert ledger_agrees(account)


def test_credits_of_a_month_that_is_over_do_not_come_back_in_the_next(account: Account) -> None:
    give_credits(account, plan=30, pack=10)
    run = a_run(account)
    credits.reserve_for_run(run, "clustering", 4)
    db.session.commit()
    from tests.billing.test_months import next_month

    next_month(account)
    assert credits_left(account) == (200, 0)
    end(run)
    assert credits.release_for_run(run.id) == 10
    db.session.commit()
    assert credits_left(account) == (200, 10)
    assert ledger_agrees(account)


def test_without_payments_nothing_is_counted(account: Account) -> None:
    run = a_run(account)
    credits.reserve_for_run(run, "content", 500)
    assert credits.charge(run, "content", UsageRecord("x", 12)) == 12
    db.session.commit()
    assert credits_left(account) == (0, 0)
    assert db.session.scalar(select(func.count()).select_from(CreditEntry)) == 0
    assert db.session.scalars(select(CreditUsage.credits)).all() == [12]
