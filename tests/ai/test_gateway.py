"""The one door to a model: endpoints in turn, breaker, limits and record, and what becomes of them when it fails."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.ai import attempts, gateway
from app.ai.call_context import Answered, CallCancelled, CallContext
from app.ai.calls import record
from app.ai.calls.models import AiAttempt, AiCall, AiSettings
from app.ai.client.openai_client import forget_dialects
from app.ai.limits import gate
from app.ai.tasks.draft import DRAFT, DraftRequest
from app.ai.tasks.ideas import IDEAS, IdeasRequest
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.row_security import within
from tests.factories.providers import make_provider, make_route
from tests.fakes.openai_server import FakeOpenAI

REQUEST = IdeasRequest(cluster_name="Moka", count=2)
SECONDS = 20


@pytest.fixture
def pair(app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[FakeOpenAI, FakeOpenAI]]:
    """Two providers of the account: the first is asked first."""
    monkeypatch.setattr(attempts, "WAITS", (0.0, 0.0))
    forget_dialects()
    with FakeOpenAI() as first, FakeOpenAI() as second:
        monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1"])
        for server in (first, second):
            server.key = "sk-of-an-account-1234"
        rows = [
            make_provider(account, name, base_url=server.url, model=model)
            for name, server, model in (("First", first, "test-model"), ("Second", second, "test-model"))
        ]
        make_route(account, *((row, row.model) for row in rows))
        yield first, second


def run(account: Account, **call: Any) -> Answered[Any]:
    return gateway.run(account.id, IDEAS, REQUEST, call=CallContext(**call))


def calls() -> list[AiCall]:
    db.session.rollback()
    return list(db.session.scalars(select(AiCall).order_by(AiCall.id)))


def stored_attempts() -> list[tuple[str | None, bool]]:
    """(error, whether it was a repair) of all, in order."""
    rows = db.session.execute(select(AiAttempt.error_code, AiAttempt.is_repair).order_by(AiAttempt.id))
    return [(row[0], row[1]) for row in rows]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("429", "AI_RATE_LIMITED"),
        ("500", "AI_SERVICE_FAILED"),
        ("drop", "AI_UNREACHABLE"),
        ("401", "AI_KEY_INVALID"),
        ("404", "AI_MODEL_MISSING"),
        ("quota", "AI_NO_CREDIT"),
        ("refusal", "AI_REFUSED"),
        ("length", "AI_ANSWER_TOO_LONG"),
        ("context", "AI_REQUEST_TOO_LARGE"),
        ("html", "AI_NOT_COMPATIBLE"),
    ],
)
def test_what_one_endpoint_does_not_answer_the_next_one_is_asked(
    account: Account, pair: tuple[FakeOpenAI, FakeOpenAI], kind: str, code: str
) -> None:
    pair[0].fail_next(kind)
    assert len(run(account).result.ideas) == 2
    assert [len(server.requests) for server in pair] == [1, 1]
    (call,) = calls()
    assert (call.state, call.provider, call.error_code) == ("succeeded", "Second", None)
    assert stored_attempts() == [(code, False), (None, False)]


def test_a_stall_is_cut_off_and_the_next_one_asked(
    account: Account, pair: tuple[FakeOpenAI, FakeOpenAI], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "TIMEOUT_SECONDS", 0.4)
    pair[0].fail_next("timeout", seconds=40)
    began = time.monotonic()
    assert run(account).result.ideas
    assert time.monotonic() - began < 30
    assert stored_attempts() == [("AI_TIMEOUT", False), (None, False)]


@pytest.mark.parametrize("trouble", ["break", "stall", "429"])
def test_a_stream_that_breaks_in_the_middle_goes_on_at_the_next(
    account: Account, pair: tuple[FakeOpenAI, FakeOpenAI], monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(attempts, "TIMEOUT_SECONDS", 1.0)
    pair[0].stream.trouble = trouble
    texts: list[str] = []
    answered = gateway.run(account.id, DRAFT, DraftRequest(title="Moka"), call=CallContext(on_text=texts.append))
    assert "All about Moka" in answered.result.content_html
    assert texts[-1] == answered.raw
    assert [len(server.requests) for server in pair] == [1, 1]
    assert calls()[0].first_token_ms is not None


def test_with_both_away_the_first_ones_failure_is_told_and_each_had_its_tries(
    account: Account, pair: tuple[FakeOpenAI, FakeOpenAI]
) -> None:
    pair[0].fail_next("500", times=9)
    pair[1].fail_next("401", times=9)
    with pytest.raises(DomainError) as told:
        run(account)
    assert told.value.code == "AI_SERVICE_FAILED"
    assert "First" in told.value.message
    assert [len(server.requests) for server in pair] == [3, 1]  # a wrong key stays wrong
    (call,) = calls()
    assert (call.state, call.error_code, call.cost_micros) == ("failed", "AI_SERVICE_FAILED", None)


def test_the_breaker_stops_calls_to_an_endpoint_that_fails(
    account: Account, pair: tuple[FakeOpenAI, FakeOpenAI]
) -> None:
    pair[0].fail_next("500", times=99)
    for _ in range(8):
        run(account)
    assert len(pair[0].requests) == 5
    assert len(pair[1].requests) == 8


def test_a_wrong_key_is_tried_once_and_one_that_is_left_alone_says_so(
    account: Account, pair: tuple[FakeOpenAI, FakeOpenAI]
) -> None:
    for server in pair:
        server.fail_next("401", times=9)
    codes = []
    for _ in range(3):
        with pytest.raises(DomainError) as told:
            run(account)
        codes.append(told.value.code)
    assert codes == ["AI_KEY_INVALID", "AI_PAUSED", "AI_PAUSED"]
    assert [len(server.requests) for server in pair] == [1, 1]


def test_one_deadline_holds_for_all_endpoints_together(account: Account, pair: tuple[FakeOpenAI, FakeOpenAI]) -> None:
    for server in pair:
        server.fail_next("timeout", times=9, seconds=40)
    began = time.monotonic()
    with pytest.raises(DomainError) as told:
        run(account, deadline=time.monotonic() + 0.6)
    assert told.value.code == "AI_TIMEOUT"
    assert time.monotonic() - began < 30


def test_one_answer_in_a_call_is_repaired_and_told_as_that(
    account: Account, pair: tuple[FakeOpenAI, FakeOpenAI]
) -> None:
    pair[0].fail_next("wrong_schema", times=2)
    pair[1].fail_next("wrong_schema")
    with pytest.raises(DomainError) as told:
        run(account)
    assert told.value.code == "AI_ANSWER_INVALID"
    invalid = "AI_ANSWER_INVALID"
    assert stored_attempts() == [(invalid, False), (invalid, True), (invalid, False)]
    (call,) = calls()
    assert (call.tokens_in, call.tokens_out) == (30, 30)  # they were paid for


def test_who_cancels_stops_the_call_and_the_record_says_so(
    account: Account, pair: tuple[FakeOpenAI, FakeOpenAI]
) -> None:
    pair[0].fail_next("timeout", seconds=40)
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    began = time.monotonic()
    with pytest.raises(CallCancelled):
        run(account, cancelled=cancelled.is_set)
    assert time.monotonic() - began < 30
    assert len(pair[1].requests) == 0
    assert calls()[0].state == "cancelled"


def test_the_record_holds_what_was_asked_and_answered(account: Account, pair: tuple[FakeOpenAI, FakeOpenAI]) -> None:
    answered = run(account, subject="Moka")
    (call,) = calls()
    assert call.id == answered.call_id
    assert (call.operation, call.subject, call.model, call.provider) == ("ideas", "Moka", "test-model", "First")
    assert (call.tokens_in, call.tokens_out, call.prompt_version) == (10, 10, 0)
    assert call.prompt_encrypted
    assert call.answer_encrypted
    assert "Moka" not in call.prompt_encrypted


def test_a_killed_process_leaves_a_call_that_the_sweep_ends(
    account: Account, pair: tuple[FakeOpenAI, FakeOpenAI], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway.record, "finish_call", lambda *args, **values: None)  # it never gets there
    run(account)
    assert calls()[0].state == "running"
    monkeypatch.undo()
    assert record.finish_abandoned_calls() == 0
    db.session.execute(db.text("update ai_calls set deadline_at = now() - interval '1 hour'"))
    db.session.commit()
    assert record.finish_abandoned_calls() == 1
    assert (calls()[0].state, calls()[0].error_code) == ("failed", "AI_PROCESS_DIED")


def test_a_full_endpoint_is_passed_over_for_the_next(
    account: Account, pair: tuple[FakeOpenAI, FakeOpenAI], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "BUSY_SECONDS", 0.2)
    db.session.execute(db.text("update ai_providers set requests_per_minute = 1 where name = 'First'"))
    db.session.commit()
    for _ in range(3):
        run(account)
    assert [len(server.requests) for server in pair] == [1, 2]


def test_no_connection_is_held_while_a_model_works(
    app: Flask, account: Account, pair: tuple[FakeOpenAI, FakeOpenAI], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []
    real = pair[0].content_for
    engine = db.engine

    def look(seen: Any) -> str:
        held.append(engine.pool.checkedout())  # type: ignore[attr-defined]
        return real(seen)

    monkeypatch.setattr(pair[0], "content_for", look)
    account_id = account.id
    db.session.rollback()

    def work() -> None:
        with app.app_context(), within(account_id):
            gateway.run(account_id, IDEAS, REQUEST)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(SECONDS)
    assert held == [0]


def test_at_a_cap_no_call_is_made_and_the_person_is_told(account: Account, pair: tuple[FakeOpenAI, FakeOpenAI]) -> None:
    db.session.execute(db.text("update ai_providers set model = 'gpt-5'"))
    db.session.execute(db.text("update ai_routes set targets = (replace(targets::text, 'test-model', 'gpt-5'))::json"))
    db.session.add(AiSettings(account_id=account.id, cap_day_micros=100))
    db.session.commit()
    with pytest.raises(DomainError) as told:
        run(account)
    assert told.value.code == "AI_SPENDING_CAP"
    assert [len(server.requests) for server in pair] == [0, 0]


def test_without_a_model_the_built_in_way_is_taken_and_nothing_recorded(app: Flask, account: Account) -> None:
    assert not gateway.has_model(account.id)
    answered = gateway.run(account.id, IDEAS, REQUEST)
    assert answered.is_builtin
    assert answered.result.ideas
    assert calls() == []


def test_every_failure_of_an_endpoint_is_lasting_or_passing_or_of_the_request() -> None:
    assert not gate.LASTING & gate.PASSING
