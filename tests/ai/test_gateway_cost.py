"""What a call costs on its way to the model: few transactions, few messages, and none that is out of date."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg.pq import TransactionStatus
from sqlalchemy import event

from app.accounts.models import Account
from app.ai import gateway
from app.ai.calls.models import AiSettings
from app.ai.tasks.ideas import IDEAS, IdeasRequest
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.queue import redis_connection
from app.core.transaction_start import DriverConnection
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


@pytest.fixture
def messages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """What goes to the database: the first words of the statements of each message, in their order."""
    sent: list[list[str]] = []
    together: list[bool] = []

    @contextmanager
    def pipeline(self: DriverConnection) -> Iterator[object]:
        sent.append([])
        together.append(True)
        try:
            with psycopg.Connection.pipeline(self) as begun:
                yield begun
        finally:
            together.clear()

    def execute(self: DriverConnection, query: str, *args: Any, **options: Any) -> object:
        sent[-1].append(query.split(maxsplit=1)[0].lower())
        return psycopg.Connection.execute(self, query, *args, **options)

    def commit(self: DriverConnection) -> None:
        if together:
            sent[-1].append("commit")
        elif self.info.transaction_status != TransactionStatus.IDLE:  # else nothing is sent
            sent.append(["commit"])
        psycopg.Connection.commit(self)

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append([statement.split(maxsplit=1)[0].lower()])

    monkeypatch.setattr(DriverConnection, "pipeline", pipeline)
    monkeypatch.setattr(DriverConnection, "execute", execute)
    monkeypatch.setattr(DriverConnection, "commit", commit)
    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_call_is_two_transactions_of_four_messages(
    account: Account, model: FakeOpenAI, messages: list[list[str]]
) -> None:
    account_id = account.id
    db.session.rollback()
    messages.clear()
    gateway.run(account_id, IDEAS, REQUEST)
    assert messages == [["select", "select"], ["with"], ["commit"], ["with", "commit"]]


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
