"""Pooled connections: those that lay idle are asked before they are used, the others are not."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.core import pool_ping
from app.core.extensions import db
from tests.conftest import Engines


def end_all_others(engines: Engines) -> None:
    """As a restart of the server does, or a firewall that forgets."""
    with psycopg.connect(engines.postgres.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            " and backend_type = 'client backend'"
        )


def process_of_the_server() -> int:
    """The one behind the connection that is used next, which is given back."""
    try:
        return int(db.session.scalar(text("select pg_backend_pid()")) or 0)
    finally:
        db.session.remove()


@pytest.mark.usefixtures("app")
def test_a_connection_that_died_while_it_lay_idle_is_replaced(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = process_of_the_server()
    end_all_others(engines)
    monkeypatch.setattr(pool_ping, "IDLE_SECONDS", 0.0)
    assert process_of_the_server() != before


@pytest.mark.usefixtures("app")
def test_one_that_was_used_a_moment_ago_is_not_asked(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_ping, "IDLE_SECONDS", 60.0)
    before = process_of_the_server()
    assert process_of_the_server() == before
    end_all_others(engines)
    with pytest.raises(OperationalError):
        process_of_the_server()
    assert process_of_the_server() != before  # the pool has dropped what it held
