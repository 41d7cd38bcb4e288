"""Texts as vectors through an account's endpoint: batches, odd answers, limits and the record of each call."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.accounts.models import Account
from app.ai import embeddings
from app.ai.calls.models import AiAttempt, AiCall
from app.ai.client import other_calls
from app.ai.embeddings import embed
from app.ai.tasks.embed import read_vectors
from app.core.errors import DomainError
from app.core.extensions import db
from tests.factories.providers import make_provider, make_route
from tests.fakes.endpoint_server import FakeEndpoint, Said, error, good_embeddings


@pytest.fixture
def fake(app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    """The endpoint that the account has chosen to embed with."""
    monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1"])
    monkeypatch.setattr(other_calls, "_WAITS", (0.0, 0.0))
    with FakeEndpoint() as endpoint:
        row = make_provider(account, "Own", base_url=endpoint.url)
        make_route(account, (row, "text-embedding-3-small"), operation="embed")
        yield endpoint


def sizes(fake: FakeEndpoint) -> list[int]:
    return [len(body["input"]) for _path, body in fake.seen]


def test_each_text_has_its_vector_and_equal_ones_are_asked_once(account: Account, fake: FakeEndpoint) -> None:
    made = embed(account.id, ["abc", " ", "a  b", "abc", ""])
    assert made.model == "text-embedding-3-small"
    assert made.vectors == [[3.0, 1.0, 0.5], [0.0] * 3, [3.0, 1.0, 0.5], [3.0, 1.0, 0.5], [0.0] * 3]
    assert [body["input"] for _path, body in fake.seen] == [["abc", "a b"]]


def test_many_texts_go_in_batches_and_are_told_of(
    account: Account, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "AT_ONCE", 3)
    told: list[tuple[int, int]] = []
    made = embed(account.id, [str(number) for number in range(7)], progress=lambda *at: told.append(at))
    assert (len(made.vectors), sizes(fake), told) == (7, [3, 3, 1], [(3, 7), (6, 7), (7, 7)])


def test_each_call_is_recorded_with_what_it_cost(account: Account, fake: FakeEndpoint) -> None:
    fake.answers["/embeddings"] = lambda body: Said(
        200, good_embeddings(body).body | {"usage": {"prompt_tokens": 1_000_000}}
    )
    embed(account.id, ["abc"])
    call = db.session.query(AiCall).one()
    assert (call.operation, call.state, call.provider, call.model) == (
        "embed",
        "succeeded",
        "Own",
        "text-embedding-3-small",
    )
    assert (call.tokens_in, call.tokens_out, call.cost_micros) == (1_000_000, 0, 20_000)
    assert db.session.query(AiAttempt).one().error_code is None


def test_a_batch_that_is_too_large_is_asked_for_in_halves(account: Account, fake: FakeEndpoint) -> None:
    fake.answers["/embeddings"] = lambda body: (
        error(400, "batch size is limited to 2") if len(body["input"]) > 2 else good_embeddings(body)
    )
    assert len(embed(account.id, ["a", "b", "c", "d", "e"]).vectors) == 5
    assert sizes(fake) == [5, 2, 3, 1, 2]


def test_what_passes_is_tried_again(account: Account, fake: FakeEndpoint) -> None:
    answers = [error(429, "slow down"), error(503, "busy")]
    fake.answers["/embeddings"] = lambda body: answers.pop(0) if answers else good_embeddings(body)
    assert embed(account.id, ["abc"]).vectors
    attempts = db.session.query(AiAttempt).order_by(AiAttempt.number)
    assert [attempt.error_code for attempt in attempts] == ["AI_RATE_LIMITED", "AI_SERVICE_FAILED", None]


def test_what_does_not_pass_says_what_to_do_and_is_recorded(account: Account, fake: FakeEndpoint) -> None:
    fake.answers["/embeddings"] = lambda body: error(404, "no such model")
    with pytest.raises(DomainError) as caught:
        embed(account.id, ["abc"])
    assert caught.value.code == "AI_MODEL_MISSING"
    assert "“Own”" in caught.value.cure
    call = db.session.query(AiCall).one()
    assert (call.state, call.error_code, call.cost_micros) == ("failed", "AI_MODEL_MISSING", None)


def test_only_the_same_model_steps_in(app: Flask, account: Account, fake: FakeEndpoint) -> None:
    with FakeEndpoint() as second, FakeEndpoint() as other:
        fake.answers["/embeddings"] = lambda body: error(401, "no")
        a = make_provider(account, "Other", base_url=other.url)
        b = make_provider(account, "Second", base_url=second.url)
        first = db.session.query(type(a)).filter_by(name="Own").one()
        route = make_route
        db.session.execute(db.text("delete from ai_routes"))
        same = "text-embedding-3-small"
        route(account, (first, same), (a, "another"), (b, same), operation="embed")
        assert embed(account.id, ["abc"]).vectors == [[3.0, 1.0, 0.5]]
        assert (len(second.seen), other.seen) == (1, [])


def test_without_a_choice_there_is_nothing_to_ask(account: Account) -> None:
    with pytest.raises(DomainError) as caught:
        embed(account.id, ["abc"])
    assert caught.value.code == "AI_NO_MODEL"


@pytest.mark.parametrize(
    "data",
    [
        {"data": [{"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1]}]},
        {"data": [{"embedding": [1]}, {"embedding": [2.0]}]},
        [[1], [2]],
    ],
)
def test_vectors_are_read_in_the_order_of_the_texts(data: Any) -> None:
    assert read_vectors(data, 2) == [[1.0], [2.0]]


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"data": None},
        {"data": [{"index": 0, "embedding": [1]}]},
        {"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]},
        {"data": [{"index": 0, "embedding": [1]}, {"index": 9, "embedding": [1]}]},
        {"data": [{"embedding": [1]}, {"embedding": [1, 2]}]},
        {"data": [{"embedding": [1]}, {"embedding": []}]},
        {"data": [{"embedding": [1]}, {"embedding": "AAAA"}]},
        {"data": [{"embedding": [1]}, {"embedding": [math.nan]}]},
        {"data": [{"embedding": [1]}, {"embedding": [None]}]},
    ],
)
def test_what_holds_no_vectors_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_vectors(data, 2)
