"""Fair shares of the workers: accounts take turns job by job, however much one of them has to do."""

import sys
import threading
import types
from collections import Counter
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

import jobs
from app.accounts.models import Account
from app.core import shares
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.queue import depths, queue_of, redis_connection
from app.core.row_security import every_account
from app.core.runs import Outcome, Run, RunContext, fair_share, services, start_run
from app.core.runs.fair_share import HANDED_OVER
from tests.factories.people import make_account
from tests.factories.work import a_kind

Served = list[int]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The accounts of runs in the order in which workers took them."""
    order: Served = []

    def work(context: RunContext) -> Outcome:
        order.append(context.run.account_id)
        return Outcome("Done.")

    module = types.ModuleType("jobs.of_tests")
    module.work = work
    monkeypatch.setitem(sys.modules, "jobs.of_tests", module)
    yield order
    shares.forget_shares()


def start(account: Account, number: int, **options: object) -> None:
    """Start so many runs, each with a transaction of its own as clicks have."""
    for _ in range(number):
        values = {"kind": a_kind("test", "jobs.of_tests.work"), "title": "T", "actor": THE_APP, **options}
        start_run(account_id=account.id, **values)
        db.session.commit()


def pop(queue: str = "default") -> str | None:
    """What RQ hands the next worker: the id of a run, or None when nothing waits."""
    job_id = redis_connection().lpop(queue_of(queue).key)
    job = None if job_id is None else queue_of(queue).fetch_job(job_id.decode())
    return None if job is None else str(job.args[0])


def work_off(most: int = 1000) -> None:
    """Be the only worker until nothing waits, or for so many jobs."""
    for _ in range(most):
        run_id = pop()
        if run_id is None:
            return
        jobs.execute(run_id)


def count(**values: object) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Run).filter_by(**values)) or 0


def test_what_an_account_piles_up_waits_in_the_database_and_follows_by_itself(account: Account, served: Served) -> None:
    start(account, 3 * HANDED_OVER)
    assert depths()["default"] == HANDED_OVER
    assert count(enqueued_at=None) == 2 * HANDED_OVER
    work_off()
    assert len(served) == count(state="succeeded") == 3 * HANDED_OVER


def test_another_accounts_run_is_the_next_to_be_taken(account: Account, served: Served) -> None:
    other = make_account("Other")
    start(account, 3 * HANDED_OVER)
    work_off(2)
    start(other, 1)
    work_off(1)
    assert served == [account.id, account.id, other.id]
    assert depths()["default"] == HANDED_OVER  # what was taken first is back, the other's job is gone
    work_off()
    assert Counter(served) == {account.id: 3 * HANDED_OVER, other.id: 1}


def test_accounts_take_turns_job_by_job(account: Account, served: Served) -> None:
    accounts = [account, make_account("Second"), make_account("Third")]
    for each, number in zip(accounts, (25, 6, 12), strict=True):
        start(each, number)
    work_off()
    for some in (served[:18], served[18:30]):
        times = Counter(some).values()
        assert max(times) - min(times) <= 1, served
    assert Counter(served) == {accounts[0].id: 25, accounts[1].id: 6, accounts[2].id: 12}


def test_an_account_with_three_shares_is_served_three_times_as_often(account: Account, served: Served) -> None:
    large = make_account("Large")
    shares._shares[large.id] = (3.0, float("inf"))
    start(account, 10)
    start(large, 18)
    work_off(20)
    assert Counter(served)[large.id] == 15


def test_who_did_nothing_for_long_has_saved_up_no_turns(account: Account, served: Served) -> None:
    other = make_account("Other")
    start(account, 20)
    work_off()
    start(account, 5)
    start(other, 5)
    work_off(4)
    assert Counter(served[20:]) == {account.id: 2, other.id: 2}


def test_queues_have_places_and_turns_of_their_own(account: Account, served: Served) -> None:
    start(account, 2 * HANDED_OVER, queue="bulk")
    start(account, 1, queue="interactive")
    assert depths() == {"interactive": 1, "default": 0, "bulk": HANDED_OVER}


def test_the_first_run_of_a_lane_needs_no_place(account: Account, served: Served) -> None:
    start(account, HANDED_OVER + 1)
    start(account, 2, lane="one")
    start(account, 2, lane="two")
    assert depths()["default"] == HANDED_OVER + 2
    work_off()
    assert count(state="succeeded") == HANDED_OVER + 5


def test_feeders_at_the_same_time_hand_no_run_over_twice(app: Flask, account: Account) -> None:
    start(account, 4 * HANDED_OVER)
    db.session.execute(update(Run).values(enqueued_at=None, rq_job_id=None))
    db.session.commit()
    redis_connection().flushdb()
    gate, account_id = threading.Barrier(4), account.id
    db.session.commit()

    def feed() -> None:
        with app.app_context(), every_account("test"):
            gate.wait()
            fair_share.feed_queue(account_id, "default")
            db.session.commit()

    threads = [threading.Thread(target=feed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handed = [pop() for _ in range(depths()["default"])]
    assert len(handed) == len(set(handed)) == 4 * HANDED_OVER - count(enqueued_at=None) >= HANDED_OVER


def test_workers_that_die_before_they_feed_leave_it_to_the_sweep(account: Account, served: Served) -> None:
    start(account, 2 * HANDED_OVER)
    for _ in range(HANDED_OVER):
        with Session(db.engine) as session:
            assert services.claim(session, db.session.scalars(select(Run.id).where(Run.id == pop())).one())
    assert depths()["default"] == 0
    services.recover_runs()
    assert depths()["default"] == HANDED_OVER
    assert services.recover_runs() == 0  # there is no room for more
    work_off()
    assert len(served) == HANDED_OVER


def test_a_redis_that_forgets_loses_no_run(account: Account, served: Served) -> None:
    other = make_account("Other")
    start(account, 2 * HANDED_OVER)
    start(other, 2)
    work_off(3)
    redis_connection().flushdb()
    services.recover_runs(all_workers_dead=True)
    assert served[3:] == []
    work_off()
    assert Counter(served) == {account.id: 2 * HANDED_OVER, other.id: 2}


def test_a_run_put_back_by_a_worker_that_died_then_is_found_by_the_sweep(account: Account, served: Served) -> None:
    other = make_account("Other")
    start(account, 2)
    work_off(1)
    start(other, 1)
    chosen = fair_share.next_in_turn(db.session.scalars(select(Run.id).where(Run.id == pop())).one())
    assert chosen is not None
    assert chosen.account_id == other.id
    work_off()  # the worker died; what it put back is taken by the next
    services.recover_runs(all_workers_dead=True)
    work_off()
    assert Counter(served) == {account.id: 2, other.id: 1}
