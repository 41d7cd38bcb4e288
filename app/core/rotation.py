"""Bringing stored secrets under the newest key, so that an old one can be put away."""

from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app
from sqlalchemy import Column, CursorResult, Table, select, update

from app.core.crypto import reencrypt
from app.core.db import Base
from app.core.extensions import db
from app.core.row_security import every_account

AT_ONCE = 200


@dataclass
class Rotated:
    """How many secrets were encrypted again with the newest key, had it already (`current`), or could not be read."""

    changed: int = 0
    current: int = 0
    unreadable: int = 0


def encrypted_columns() -> dict[Table, list[Column[Any]]]:
    """The columns marked as encrypted, by table."""
    columns_by_table = {
        table: [c for c in table.columns if c.info.get("encrypted")] for table in Base.metadata.sorted_tables
    }
    return {table: columns for table, columns in columns_by_table.items() if columns}


@every_account("the key is one for all accounts")
def rotate_secrets() -> Rotated:
    """Encrypt every stored secret with the first of ENCRYPTION_KEYS. Commits after each batch.

    May run while people work, and may be interrupted and repeated: a secret that changes meanwhile is left alone.
    """
    tally = Rotated()
    for table, columns in encrypted_columns().items():
        last = 0
        while rows := _batch(table, columns, last):
            for row in rows:
                for column in columns:
                    _rotate(table, column, row.id, getattr(row, column.name), tally)
            db.session.commit()
            last = rows[-1].id
    return tally


def _batch(table: Table, columns: list[Column[Any]], last: int) -> Any:
    stmt = select(table.c.id, *columns).where(table.c.id > last).order_by(table.c.id).limit(AT_ONCE)
    return db.session.execute(stmt).all()


def _rotate(table: Table, column: Column[Any], row_id: int, token: str | None, tally: Rotated) -> None:
    if not token:
        return
    if _is_current(token):
        tally.current += 1
        return
    try:
        new_token = reencrypt(token)
    except InvalidToken:
        tally.unreadable += 1
        return
    updated = db.session.execute(
        update(table).where(table.c.id == row_id, column == token).values({column.name: new_token, **_untouched(table)})
    )
    assert isinstance(updated, CursorResult)
    tally.changed += updated.rowcount


def _untouched(table: Table) -> dict[str, Any]:
    """Values that keep `updated_at` as it is: nobody has edited the row."""
    return {"updated_at": table.c.updated_at} if "updated_at" in table.c else {}


def _is_current(token: str) -> bool:
    try:
        Fernet(current_app.config["ENCRYPTION_KEYS"][0]).decrypt(token.encode())
    except InvalidToken:
        return False
    return True
