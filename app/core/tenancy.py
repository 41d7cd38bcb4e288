"""Loading rows that belong to an account."""

from typing import TypeVar

from sqlalchemy import select

from app.core.db import AccountOwned
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.languages import gettext

T = TypeVar("T", bound=AccountOwned)


def owned(model: type[T], row_id: int, account_id: int) -> T:
    """The row of `model` with this id in this account; raises NotFound otherwise."""
    row = db.session.get(model, row_id)  # no query for a row that this transaction has read
    if row is None or row.account_id != account_id:
        raise NotFound()
    return row


def owned_many(model: type[T], row_ids: list[int], account_id: int) -> list[T]:
    """The rows with these ids in this account, in id order; raises NotFound if one is missing."""
    unique_ids = set(row_ids)
    rows = db.session.scalars(
        select(model).where(model.id.in_(unique_ids), model.account_id == account_id).order_by(model.id)
    ).all()
    if len(rows) != len(unique_ids):
        raise NotFound(gettext("Some of the selected rows no longer exist. Reload the page and select again."))
    return list(rows)
