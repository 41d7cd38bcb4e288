"""Deleting old rows that are no longer needed."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, inspect, select, tuple_

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import every_account
from app.mirror.models import AppliedSequence, RemoteChange

KEEP = timedelta(days=365)
AT_ONCE = 5000


@every_account("a year is a year in every account")
def forget_old() -> int:
    """Delete lines about changes, and sequences of objects, that are a year old. Returns how many. Commits.

    In parts, so that nobody waits for the rows. Changes that old cannot arrive any more.
    """
    before = utcnow() - KEEP
    lines = _forget(RemoteChange, RemoteChange.created_at < before)
    return lines + _forget(AppliedSequence, AppliedSequence.applied_at < before)


def _forget(model: Any, is_old: ColumnElement[bool]) -> int:
    key, count = list(inspect(model).primary_key), 0
    while True:
        some = select(*key).where(is_old).limit(AT_ONCE)
        result: Any = db.session.execute(delete(model.__table__).where(tuple_(*key).in_(some)))
        db.session.commit()
        deleted = int(result.rowcount)
        count += deleted
        if deleted < AT_ONCE:
            return count
