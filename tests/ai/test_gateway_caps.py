"""Spending caps through the whole gateway: with Redis, PostgreSQL and an endpoint, not the sums alone."""

from collections import Counter
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.ai import gateway
from app.ai.call_context import CallContext
from app.ai.calls import spending
from app.ai.calls.models import AiCall, AiSettings, AiSpend
from app.ai.client.openai_client import forget_dialects
from app.ai.providers.models import AiProvider
from app.ai.tasks.ideas import IDEAS, IdeasRequest
from app.ai.tasks.image import IMAGE, ImageRequest
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.row_security import within
from tests.factories.providers import make_provider, make_route
from tests.factories.races import race
from tests.fakes.openai_server import FakeOpenAI

REQUEST = IdeasRequest(cluster_name="Moka", count=2)
DEAR = {"test-model": [1_000_000, 10_000_000]}  # a dollar for a million tokens in, ten out
COST = 1_500 + 10 * 8_000  # of an answer in full


@pytest.fixture
def server(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAI]:
    monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1"])
    forget_dialects()
    with FakeOpenAI() as fake:
        fake.key = "sk-of-an-account-1234"
        fake.usage = {"prompt_tokens": 1_500, "completion_tokens": 8_000}
        yield fake


def provider_of(account: Account, server: FakeOpenAI, **values: object) -> AiProvider:
    return make_provider(account, base_url=server.url, model="test-model", **values)


def spent_today() -> tuple[int, int]:
    """What is put aside and spent."""
    row = db.session.execute(
        select(AiSpend.reserved_micros, AiSpend.spent_micros).where(AiSpend.period.startswith("day:"))
    ).one()
    db.session.rollback()
    return row[0], row[1]


def test_200_parallel_calls_at_a_cap_end_at_most_at_the_cap(app: Flask, account: Account, server: FakeOpenAI) -> None:
    cap = 20 * COST
    provider_of(account, server, prices=DEAR)
    db.session.add(AiSettings(account_id=account.id, cap_day_micros=cap))
    db.session.commit()
    account_id = account.id

    def call(number: int) -> str:
        with within(account_id):
            try:
                gateway.run(account_id, IDEAS, REQUEST)
            except DomainError as error:
                return error.code
        return "answered"

    ended = Counter(race(app, call, 200))
    assert ended.keys() == {"answered", "AI_SPENDING_CAP"}
    assert ended.total() == 200
    while (last := call(0)) == "answered":
        ended[last] += 1
    reserved, spent = spent_today()
    assert reserved == 0
    assert cap - 3 * COST < spent == ended["answered"] * COST <= cap
    assert len(server.requests) == ended["answered"]
    assert sum(db.session.scalars(select(AiCall.cost_micros))) == spent


def test_under_a_cap_a_model_without_a_price_is_not_asked(account: Account, server: FakeOpenAI) -> None:
    provider = provider_of(account, server)
    gateway.run(account.id, IDEAS, REQUEST)
    db.session.add(AiSettings(account_id=account.id, cap_month_micros=10**9))
    make_route(account, (provider, "nobody-knows-it"), operation="image")
    for ask in (
        lambda: gateway.run(account.id, IDEAS, REQUEST),
        lambda: gateway.run(account.id, IMAGE, ImageRequest(prompt="A moka pot")),
    ):
        with pytest.raises(DomainError) as refused:
            ask()
        assert refused.value.code == "AI_PRICE_UNKNOWN"
        assert "Enter its price" in refused.value.cure
    assert len(server.requests) == db.session.query(AiCall).count() == 1
    provider.prices = {"test-model": [0, 0]}
    db.session.commit()
    gateway.run(account.id, IDEAS, REQUEST)
    assert spent_today() == (0, 0)


def test_under_a_cap_another_model_with_a_price_is_asked_instead(account: Account, server: FakeOpenAI) -> None:
    own, priced = provider_of(account, server), provider_of(account, server, name="Priced", prices=DEAR)
    make_route(account, (own, "test-model"), (priced, "test-model"))
    spending.cap_spender(account.id, "rule:1", 10 * COST)
    db.session.commit()
    gateway.run(account.id, IDEAS, REQUEST, call=CallContext(spender="rule:1"))
    gateway.run(account.id, IDEAS, REQUEST, call=CallContext(spender="rule:2"))
    calls = db.session.scalars(select(AiCall).order_by(AiCall.id)).all()
    assert [(call.provider, call.cost_micros) for call in calls] == [("Priced", COST), ("Own", None)]
