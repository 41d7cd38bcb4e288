"""Behind PgBouncer in transaction mode nothing is kept in a session: each transaction brings all that it needs."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from app import create_app
from app.accounts.models import Account
from app.config import ConfigError, from_environment
from app.core.extensions import db
from app.core.row_security import within
from tests.conftest import Engines
from tests.factories.things import make_site

USES = 8  # psycopg prepares a statement at its sixth


@pytest.fixture
def account_id(account: Account) -> int:
    """Of an account that is there."""
    return account.id


@pytest.fixture
def pooled(engines: Engines, account_id: int) -> Iterator[Flask]:
    """An application that takes the server for a pooler."""
    application = create_app({}, {**engines.environment(), "DATABASE_APP_POOLED": "1"})
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


def test_nothing_is_prepared_for_a_session(pooled: Flask) -> None:
    for _ in range(USES):
        db.session.scalar(text("select 'behind a pooler'"))
        db.session.rollback()
    assert db.session.scalars(text("select statement from pg_prepared_statements")).all() == []


def test_each_transaction_sets_its_time_zone_and_time_outs_and_leaves_none(pooled: Flask) -> None:
    shown = {"timezone": "UTC", "lock_timeout": "10s", "statement_timeout": "1min"}
    for _ in range(2):
        for name, value in shown.items():
            assert str(db.session.scalar(text(f"show {name}"))).lower() == value.lower()
        db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        assert connection.scalar(text("show statement_timeout")) == "0"  # of the session itself


def test_accounts_are_apart(pooled: Flask, account_id: int) -> None:
    counted = text("select count(*) from sites")
    with within(account_id):
        make_site(db.session.get_one(Account, account_id))
        assert db.session.scalar(counted) == 1
        with within(account_id + 1):
            assert db.session.scalar(counted) == 0
        assert db.session.scalar(counted) == 1
    db.session.rollback()


def test_a_pooler_needs_an_address_of_its_own(engines: Engines) -> None:
    settings = {**engines.environment(), "DATABASE_APP_POOLED": "1", "DATABASE_APP_URL": ""}
    with pytest.raises(ConfigError, match="DATABASE_APP_URL"):
        from_environment(settings)
