"""What a call costs on its way to the model: few transactions, few statements, and none that is out of date."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event

from app.accounts.models import Account
from app.ai import gateway
from app.ai.calls.models import AiSettings
from app.ai.tasks.ideas import IDEAS, IdeasRequest
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.queue import redis_connection
from tests.factories.providers import make_provider
from tests.fakes.openai_server import FakeOpenAI

REQUEST = IdeasRequest(cluster_name="Moka", count=1)


@pytest.fixture
def model(app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAI]:
    """The account's one provider, asked once so that all is connected."""
    with FakeOpenAI() as server:
        monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1"])
        server.key = "sk-of-an-account-1234"
        make_provider(account, "Own", base_url=server.url, model="test-model")
        gateway.run(account.id, IDEAS, REQUEST)
        yield server


def seen_by_the_database(account_id: int) -> list[str]:
    """The statements of one call, and where its transactions end."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("select set_config"):
            statements.append(statement.split(maxsplit=1)[0].lower())

    def commit(_connection: object) -> None:
        statements.append("commit")

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", commit)
    try:
        gateway.run(account_id, IDEAS, REQUEST)
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "commit", commit)
    return statements


def test_a_call_is_two_transactions_of_four_statements(account: Account, model: FakeOpenAI) -> None:
    account_id = account.id
    db.session.rollback()
    assert seen_by_the_database(account_id) == ["select", "select", "with", "commit", "with", "commit"]


def test_a_call_asks_redis_twice(account: Account, model: FakeOpenAI) -> None:
    """Once for the breaker, a place and the model's minute, once to tell the breaker and give the place back."""
    redis, answered = redis_connection(), len(model.requests)
    before = redis.info("commandstats")["cmdstat_evalsha"]["calls"]
    others = redis.info("commandstats").get("cmdstat_zrem", {"calls": 0})["calls"]
    gateway.run(account.id, IDEAS, REQUEST)
    after = redis.info("commandstats")
    assert len(model.requests) == answered + 1
    assert after["cmdstat_evalsha"]["calls"] - before == 2
    assert after["cmdstat_zrem"]["calls"] - others == 1  # within the script
    assert redis.zcard(f"igny8:ai:places:{account.id}") == 0


def test_what_is_switched_off_or_capped_is_so_for_the_very_next_call(account: Account, model: FakeOpenAI) -> None:
    db.session.execute(db.text("update ai_providers set model = 'gpt-5'"))
    db.session.add(AiSettings(account_id=account.id, cap_day_micros=0))
    db.session.commit()
    with pytest.raises(DomainError, match="spending cap of a day"):
        gateway.run(account.id, IDEAS, REQUEST)
    db.session.execute(db.text("update ai_providers set is_enabled = false"))
    db.session.commit()
    assert gateway.run(account.id, IDEAS, REQUEST).is_builtin
    assert len(model.requests) == 1
