"""The record of calls: begun, finished once, swept when its process died."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import Account
from app.ai.calls import record
from app.ai.calls.models import AiAttempt, AiCall, AiSettings
from app.ai.calls.record import Attempt
from app.core.clock import utcnow
from app.core.crypto import decrypt
from app.core.extensions import db
from app.core.row_security import within
from tests.ai.test_spending import CENT, begin, finish, spend
from tests.factories.people import make_account
from tests.factories.races import race


def the_call() -> AiCall:
    db.session.rollback()
    return db.session.scalars(select(AiCall)).one()


def let_die(call_id: int) -> None:
    """The call's deadline is long past, and nobody finished it."""
    db.session.execute(
        update(AiCall).where(AiCall.id == call_id).values(deadline_at=utcnow() - record.GRACE - timedelta(seconds=1))
    )
    db.session.commit()


def test_a_call_is_on_record_before_it_goes_out(account: Account) -> None:
    begin(account.id)
    call = the_call()
    assert (call.state, call.operation, call.subject, call.reserved_micros) == ("running", "draft", "Coffee", CENT)
    assert call.prompt_encrypted is not None
    assert "Write." not in call.prompt_encrypted
    assert decrypt(call.prompt_encrypted) == "Write."


def test_how_it_ended_is_written_once(account: Account) -> None:
    call_id = begin(account.id)
    assert finish(call_id, 7)
    assert not finish(call_id, 9, "failed")
    call = the_call()
    assert (call.state, call.model, call.tokens_in, call.tokens_out, call.ms) == (
        "succeeded",
        "gpt-5-mini",
        10,
        20,
        900,
    )
    assert call.cost_micros == 7
    assert decrypt(call.answer_encrypted or "") == "Written."
    assert spend("day:") == (0, 7)


def test_two_who_finish_at_the_same_moment_book_once(app: Flask, account: Account) -> None:
    call_id = begin(account.id)
    assert sorted(race(app, lambda number: finish(call_id, 7), 4)) == [False, False, False, True]
    assert spend("day:") == (0, 7)


def test_each_attempt_is_kept_in_order(account: Account) -> None:
    call_id = begin(account.id)
    record.finish_call(
        call_id,
        state="failed",
        model="gpt-5",
        provider="OpenAI",
        error_code="AI_ANSWER_INVALID",
        tokens=record.Tokens(),
        cost_micros=None,
        ms=10,
        first_token_ms=4,
        answer="",
        attempts=[Attempt("a", "gpt-5", "AI_UNAVAILABLE", 3), Attempt("b", "gpt-5", None, 7, 4, 5, 6, is_repair=True)],
    )
    attempts = db.session.scalars(select(AiAttempt).order_by(AiAttempt.number)).all()
    assert [(a.number, a.endpoint, a.error_code, a.is_repair) for a in attempts] == [
        (1, "a", "AI_UNAVAILABLE", False),
        (2, "b", None, True),
    ]
    assert the_call().cost_micros is None
    assert spend("day:") == (0, 0)


def test_texts_are_not_kept_where_the_account_does_not_want_it(account: Account) -> None:
    db.session.add(AiSettings(account_id=account.id, keep_texts=False))
    db.session.commit()
    finish(begin(account.id))
    call = the_call()
    assert (call.prompt_encrypted, call.answer_encrypted) == (None, None)
    assert call.tokens_out == 20


def test_texts_that_no_database_takes_are_kept_all_the_same(account: Account) -> None:
    record.begin_call(
        account.id,
        "draft",
        prompt_version=0,
        run_id=None,
        subject="a\0b" * 300,
        prompt="\ud800\0" + "x" * record.MAX_TEXT,
        worst_micros=0,
        deadline_seconds=1,
    )
    call = the_call()
    assert len(call.subject) == 300
    assert decrypt(call.prompt_encrypted or "").endswith("[2 more characters]")


def test_the_call_of_a_killed_process_fails_and_is_booked_at_its_worst(account: Account) -> None:
    call_id = begin(account.id)
    assert record.finish_abandoned_calls() == 0
    let_die(call_id)
    assert record.finish_abandoned_calls() == 1
    call = the_call()
    assert (call.state, call.error_code, call.cost_micros) == ("failed", "AI_PROCESS_DIED", CENT)
    assert spend("day:") == spend("month:") == (0, CENT)
    assert record.finish_abandoned_calls() == 0
    assert not finish(call_id)


def test_two_sweeps_and_a_slow_process_book_a_call_once(app: Flask, account: Account) -> None:
    call_ids = [begin(account.id) for _ in range(3)]
    for call_id in call_ids:
        let_die(call_id)
    race(app, lambda number: record.finish_abandoned_calls() if number % 2 else finish(call_ids[0]), 4)
    assert spend("day:") == (0, 3 * CENT)


def test_the_sweep_is_for_all_accounts_and_finds_its_own_way(app: Flask, account: Account) -> None:
    let_die(begin(account.id))
    let_die(begin(make_account().id))
    with app.app_context():  # as the scheduler does, in no account
        assert record.finish_abandoned_calls() == 2


def test_calls_of_another_account_cannot_be_finished(account: Account) -> None:
    call_id = begin(account.id)
    with within(make_account().id):
        assert not finish(call_id)
    assert the_call().state == "running"


def test_the_record_is_beside_what_the_caller_has_open(account: Account) -> None:
    account.name = "Not committed"
    db.session.flush()
    finish(begin(account.id))
    db.session.rollback()
    assert account.name == "Acme"
    assert the_call().state == "succeeded"


@pytest.mark.parametrize(("times", "typical"), [([], None), ([900], 900), ([100, 900, 200], 200)])
def test_how_long_an_endpoint_usually_takes(account: Account, times: list[int], typical: float | None) -> None:
    call_id = begin(account.id)
    attempts = [Attempt("a", "gpt-5", None, ms) for ms in times] + [Attempt("a", "gpt-5", "AI_UNAVAILABLE", 1)]
    record.finish_call(
        call_id,
        state="succeeded",
        model="gpt-5",
        provider="OpenAI",
        error_code=None,
        tokens=record.Tokens(),
        cost_micros=None,
        ms=10,
        first_token_ms=4,
        answer="",
        attempts=attempts,
    )
    assert record.typical_ms(account.id, ["a", "b"]) == ({} if typical is None else {"a": typical})
