"""Deleting accounts whose fourteen days are over: rows, then the files."""

from sqlalchemy import select, text

from app.accounts import services
from app.accounts.models import Account
from app.core import media
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.row_security import every_account, within

log = get_logger(__name__)


def delete_due() -> int:
    """Delete what is due. Returns how many accounts. Commits after each; safe to repeat."""
    deleted = 0
    for account_id in services.due_for_deletion():
        with within(account_id):
            deleted += _delete(account_id)
    _remove_orphaned_files()
    return deleted


def _delete(account_id: int) -> bool:
    media.mark_as_ending(account_id)  # the process may die between rows and files
    db.session.execute(text("set local statement_timeout to 0"))
    if not services.delete_due_account(account_id):
        db.session.rollback()
        return False
    db.session.commit()
    log.info("account_deleted", account_id=account_id)
    return True


@every_account("which accounts are there no more")
def _remove_orphaned_files() -> None:
    """Remove the files of deleted accounts, also when a crash came after the rows were deleted.

    An account that was kept at the last moment keeps its files.
    """
    ending_ids = media.ending_accounts()
    existing_ids = set(db.session.scalars(select(Account.id).where(Account.id.in_(ending_ids))))
    db.session.commit()
    for account_id in ending_ids - existing_ids:
        media.remove_account(account_id)
        log.info("files_of_account_deleted", account_id=account_id)
