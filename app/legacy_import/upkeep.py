"""Passwords of servers do not outlive a day, whatever became of their imports."""

from datetime import timedelta

from sqlalchemy import update

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import every_account
from app.legacy_import.models import LegacyImport

KEPT = timedelta(days=1)


def forget_passwords() -> int:
    """Forget the passwords of imports that were begun more than a day ago. Returns how many. Commits."""
    old = (LegacyImport.password.is_not(None), LegacyImport.created_at < utcnow() - KEPT)
    stmt = update(LegacyImport).where(*old).values(password=None).returning(LegacyImport.id)
    with every_account("a day is a day in every account"):
        count = len(db.session.scalars(stmt.execution_options(synchronize_session=False)).all())
        db.session.commit()
    return count
