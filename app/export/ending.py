"""Deleting accounts whose fourteen days are over: rows, then the images that nobody else has."""

from sqlalchemy import select, text

from app.auth import accounts
from app.content.models import ContentImage
from app.core import media
from app.core.logs import get_logger
from app.core.runs import Run
from app.core.wall import every_account, within
from app.extensions import db

log = get_logger(__name__)


def delete_due() -> int:
    """Delete what is due; returns how many accounts. Commits after each; safe to repeat."""
    gone = 0
    for account_id in accounts.due_for_deletion():
        with within(account_id):
            gone += _delete(account_id)
    return gone


def _delete(account_id: int) -> bool:
    images = set(db.session.scalars(select(ContentImage.sha256).where(ContentImage.account_id == account_id)))
    exports = set(
        db.session.scalars(select(Run.data["file"].astext).where(Run.account_id == account_id, Run.kind == "export"))
    )
    db.session.execute(text("set local statement_timeout to 0"))
    if not accounts.delete_for_good(account_id):
        db.session.rollback()
        return False
    db.session.commit()
    with every_account("the same picture may be in another account, and is one file"):
        shared = set(db.session.scalars(select(ContentImage.sha256).where(ContentImage.sha256.in_(images))))
    for sha256 in (images - shared) | {name for name in exports if name}:
        media.remove(sha256)
    db.session.commit()
    log.info("account_deleted", account_id=account_id, files=len(images - shared))
    return True
