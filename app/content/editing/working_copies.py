"""Working copies: what a person has changed in the editor and not saved yet. They are never published and raise no
version. Services flush; callers commit."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.content.editing import revisions
from app.content.editing.models import WorkingCopy
from app.content.models import Content
from app.content.services import MAX_HTML
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.frame_fields import FRAME_FIELDS
from app.core.languages import gettext, local_number
from app.core.tenancy import owned

MAX_LETTERS = MAX_HTML + 500_000
MAX_TAB = 40
NOT_KEPT = FRAME_FIELDS | {"version", "slug_seen", "tab", "take_over", "terms_seen"}


class OtherTab(Conflict):
    """Another window of the same person keeps the working copy."""

    def __init__(self) -> None:
        super().__init__(
            gettext("You are changing this in another window."),
            code="OTHER_TAB",
            cure=gettext("Go on there, or take over here: then this window keeps what is not saved."),
        )


def find_working_copy(account_id: int, content_id: int, user_id: int) -> WorkingCopy | None:
    """The working copy that this person has of this content."""
    stmt = select(WorkingCopy).where(
        WorkingCopy.account_id == account_id, WorkingCopy.content_id == content_id, WorkingCopy.user_id == user_id
    )
    return db.session.scalar(stmt)


def keep_working_copy(
    account_id: int,
    content_id: int,
    user_id: int,
    fields: Iterable[tuple[str, Sequence[str]]],
    *,
    base_version: int,
    tab: str,
    take_over: bool,
) -> datetime:
    """Keep these fields of the editor. Returns the time. Flushes.

    Raises NotFound for content of another account, OtherTab when another window of the person keeps a copy and this
    one does not `take_over`, DomainError when it is too long.
    """
    content = owned(Content, content_id, account_id)
    if base_version == content.version:
        revisions.keep_before([content_id])  # what it will be put together with, should somebody else save first
    values = {name: [_plain(value) for value in all_values] for name, all_values in fields if name not in NOT_KEPT}
    if sum(len(value) for all_values in values.values() for value in all_values) > MAX_LETTERS:
        raise DomainError(
            gettext("The text is longer than %(max_html)s characters.", max_html=local_number(MAX_HTML)),
            code="CONTENT_TOO_LONG",
            status=413,
            cure=gettext("Split it into several pieces."),
        )
    now = utcnow()
    row = {"account_id": account_id, "content_id": content_id, "user_id": user_id, "created_at": now}
    new = {"fields": values, "base_version": base_version, "tab": tab[:MAX_TAB], "updated_at": now}
    stmt = insert(WorkingCopy).values(**row, **new)
    stmt = stmt.on_conflict_do_update(
        index_elements=["content_id", "user_id"],
        set_=new,
        where=None if take_over else WorkingCopy.tab == tab[:MAX_TAB],
    )
    kept = db.session.execute(stmt.returning(WorkingCopy.id)).first()
    if kept is None:
        raise OtherTab()  # zero rows: it is the other window's
    return now


def _plain(value: str) -> str:
    """The value with one kind of line ending, and without what the database cannot hold."""
    return value.replace("\r\n", "\n").replace("\x00", "")


def discard(account_id: int, content_id: int, user_id: int, tabs: Collection[str] | None = None) -> None:
    """Delete this person's working copy, or only when one of these windows keeps it. Flushes."""
    stmt = delete(WorkingCopy).where(
        WorkingCopy.account_id == account_id, WorkingCopy.content_id == content_id, WorkingCopy.user_id == user_id
    )
    db.session.execute(stmt if tabs is None else stmt.where(WorkingCopy.tab.in_(tabs)))
