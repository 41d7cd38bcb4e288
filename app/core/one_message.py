"""Statements that go to the server in one message, with the BEGIN before them and the COMMIT behind: one round trip.

For what is done before and after each call to a model, where round trips are most of the time that it takes. It uses
the pipeline mode of psycopg (https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.exc import DBAPIError

from app.core.row_security import say_account
from app.core.transaction_start import DriverConnection

Asked = tuple[Executable, Mapping[str, Any]]


def rows_together(connection: Connection, *asked: Asked, and_commit: bool = False) -> list[list[tuple[Any, ...]]]:
    """Execute statements with their values, one after the other; gives the rows of each, in their order.

    They run in the transaction of `connection`, which has to be begun as SQLAlchemy sees it, and are built once: a
    statement is kept for good, so it belongs at the top of a module. Values are what psycopg takes. Raises the errors
    of SQLAlchemy; nothing of the transaction holds then.
    """
    say_account(connection)
    driver = connection.connection.driver_connection
    assert isinstance(driver, DriverConnection)
    try:
        with driver.pipeline():
            cursors = [driver.execute(*_for_driver(connection.dialect, *one)) for one in asked]
            if and_commit:
                driver.commit()
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        raise DBAPIError.instance(None, None, error, psycopg.Error, connection_invalidated=driver.closed) from error
    return [cursor.fetchall() for cursor in cursors]


def _for_driver(dialect: Dialect, statement: Executable, values: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    compiled = _compiled(statement, dialect)
    return str(compiled), compiled.construct_params(dict(values)) or {}


@lru_cache(maxsize=64)
def _compiled(statement: Executable, dialect: Dialect) -> Compiled:
    return statement.compile(dialect=dialect)  # type: ignore[attr-defined,no-any-return]
