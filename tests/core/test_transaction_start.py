"""What a transaction begins with goes to the server with its BEGIN, ends with it, and is said once."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from app.core.extensions import db
from app.core.transaction_start import DriverConnection, begin_with, begin_without

SET = {"igny8.account": "7", "statement_timeout": "1234"}
SHOWN = text("select current_setting('igny8.account', true), current_setting('statement_timeout')")


@pytest.fixture
def fresh(app: Flask) -> Iterator[Connection]:
    """A connection of the application's driver on which nothing was begun, without anything that sets an account."""
    with db.engine.connect() as connection:
        connection.rollback()
        yield connection


def shown(connection: Connection) -> tuple[str, str]:
    """The two settings of `SET`, as the driver has them asked: past what row security sets for a statement."""
    cursor = connection.connection.cursor()
    row = cursor.execute(str(SHOWN)).fetchone()
    assert row is not None
    return row[0] or "", row[1]


def test_settings_begin_with_a_transaction_and_end_with_it(fresh: Connection) -> None:
    before = shown(fresh)
    for end in (fresh.connection.rollback, fresh.connection.commit):
        end()
        assert begin_with(fresh, SET)
        assert shown(fresh) == ("7", "1234ms")
        end()
        assert shown(fresh) == before


def test_a_statement_with_many_rows_begins_with_them_too(fresh: Connection) -> None:
    assert begin_with(fresh, SET)
    cursor = fresh.connection.cursor()
    cursor.executemany("select set_config('igny8.row', %s, true)", [("1",), ("2",), ("3",)])
    assert shown(fresh) == ("7", "1234ms")


def test_a_transaction_that_has_begun_is_left_alone(fresh: Connection) -> None:
    before = shown(fresh)
    assert not begin_with(fresh, SET)
    fresh.connection.rollback()
    assert shown(fresh) == before


def test_what_was_never_begun_is_forgotten(fresh: Connection) -> None:
    before = shown(fresh)
    fresh.connection.rollback()
    assert begin_with(fresh, SET)
    begin_without(fresh)
    assert shown(fresh) == before


@pytest.mark.parametrize("value", ["1'; drop table contents; --", "\\"])
def test_nothing_but_a_value_can_be_said(fresh: Connection, value: str) -> None:
    with pytest.raises(ValueError, match="quote"):
        begin_with(fresh, {"igny8.account": value})
    driver = fresh.connection.dbapi_connection
    assert isinstance(driver, DriverConnection)
    assert driver.first_settings == ()


def test_a_setting_that_is_refused_ends_its_transaction(fresh: Connection) -> None:
    assert begin_with(fresh, {"statement_timeout": "nonsense"})
    with pytest.raises(Exception, match="statement_timeout"):
        shown(fresh)
    fresh.connection.rollback()
    with pytest.raises(ProgrammingError):
        fresh.execute(text("select nothing from nowhere"))
