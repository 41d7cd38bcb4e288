"""Deletes edits that can no longer be undone."""

from sqlalchemy import delete

from app.content.bulk.edits import QUIET, UNDO_WITHIN
from app.content.bulk.models import BulkEdit
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import every_account


@every_account("30 days are 30 days in every account")
def forget_old() -> int:
    """Delete edits of many contents after 30 days, with their rows. Returns how many. Commits."""
    old = delete(BulkEdit).where(BulkEdit.created_at < utcnow() - UNDO_WITHIN)
    count = int(db.session.execute(old.execution_options(**QUIET)).rowcount)  # type: ignore[attr-defined]
    db.session.commit()
    return count
