"""Statements that a connection has prepared outlive a rollback, with which every request that only reads ends.

psycopg forgets them then, since a transaction may have made the tables they ask. This application's transactions make
none; PostgreSQL itself keeps prepared statements, and plans them anew when a table changes.
"""

from typing import Any

from flask import Flask
from psycopg._preparing import PrepareManager
from sqlalchemy import event

from app.core.extensions import db


class KeptStatements(PrepareManager):
    """What a connection has prepared, up to psycopg's own limit. Rarely used ones go one by one."""

    def clear(self) -> bool:
        """Forget nothing; says so."""
        return False


def init_app(app: Flask) -> None:
    """Have the connections of the application's engine keep what they prepare."""
    with app.app_context():
        engine = db.engine
    event.listen(engine, "connect", _keep)


def _keep(connection: Any, _record: object) -> None:
    if connection.prepare_threshold is not None:  # None behind a pooler, where nothing may be prepared
        connection._prepared = KeptStatements()
