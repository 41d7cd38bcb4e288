"""Pooled connections are tested before use when they have been idle; those used a moment ago are taken to work.

SQLAlchemy's own `pool_pre_ping` asks at each checkout: a round trip more for each transaction.
"""

import time
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError

from app.core.extensions import db

IDLE_SECONDS = 1.0
_USED_AT = "igny8_used_at"


def init_app(app: Flask) -> None:
    """Watch the connections of the application's engine."""
    with app.app_context():
        engine = db.engine
    event.listen(engine, "checkin", _remember_use)
    event.listen(engine, "checkout", _ping_if_idle)


def _remember_use(_connection: Any, record: Any) -> None:
    record.info[_USED_AT] = time.monotonic()


def _ping_if_idle(connection: Any, record: Any, _proxy: Any) -> None:
    """Have the pool drop all that it holds, and connect anew, when the server has gone or was started again."""
    used_at = record.info.get(_USED_AT)
    if used_at is None or time.monotonic() - used_at < IDLE_SECONDS:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        connection.commit()  # a rollback would have the driver forget all prepared statements
    except psycopg.OperationalError as error:
        raise InvalidatePoolError() from error
