"""Settings that a transaction begins with go to the server together with its BEGIN: one round trip less for each.

They are handed over before the first statement and said once: the next transaction of the connection begins without.
"""

from typing import Any

import psycopg
from flask import Flask
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Connection, event

from app.core.extensions import db


class DriverConnection(psycopg.Connection[Any]):
    """psycopg's, which sends `first_settings` (SQL statements without parameters) right behind its next BEGIN."""

    first_settings: tuple[bytes, ...] = ()

    def _start_query(self) -> PQGen[None]:
        """What runs before each statement: begins a transaction where there is none."""
        settings, self.first_settings = self.first_settings, ()
        if not settings or self.autocommit or self.pgconn.transaction_status != TransactionStatus.IDLE:
            yield from super()._start_query()
            return
        if self._pipeline:  # as for one statement with many rows: each message holds a single statement
            yield from super()._start_query()
            for setting in settings:
                yield from self._exec_command(setting)
            return
        self._check_connection_ok()
        self.pgconn.send_query(b"; ".join([self._get_tx_start_command(), *settings]))
        for result in (yield from generators.execute(self.pgconn)):
            if result.status != ExecStatus.COMMAND_OK:
                raise error_from_result(result)


def init_app(app: Flask) -> None:
    """Have the application's engine connect with `DriverConnection`."""
    with app.app_context():
        engine = db.engine
    event.listen(engine, "do_connect", _connect)


def _connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> DriverConnection:
    return DriverConnection.connect(*arguments, **options)


def begin_with(connection: Connection, settings: dict[str, str]) -> bool:
    """Have the transaction begin with these settings, which end with it. False where it has begun already.

    They become part of a statement: raises ValueError for a quote or a backslash in one.
    """
    driver = connection.connection.dbapi_connection
    if not isinstance(driver, DriverConnection) or driver.info.transaction_status != TransactionStatus.IDLE:
        return False
    if any(sign in value for value in settings.values() for sign in "'\\"):
        raise ValueError("A setting of a transaction holds a quote or a backslash.")
    driver.first_settings = tuple(f"set local {name} = '{value}'".encode() for name, value in settings.items())
    return True


def begin_without(connection: Connection) -> None:
    """Forget the settings of a transaction that never sent its BEGIN."""
    driver = connection.connection.dbapi_connection
    if isinstance(driver, DriverConnection):
        driver.first_settings = ()
