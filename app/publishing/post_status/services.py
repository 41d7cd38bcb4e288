"""Starts runs that unpublish or trash the post of a content in WordPress, or restore it.

A run of these and a publish of the same site go one after the other, in one lane. Services flush; callers commit.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from app.content.models import Content
from app.content.services import Ids
from app.content.trash.services import at_work
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext, local_number
from app.core.runs import Run
from app.core.runs.bulk import insert_runs
from app.core.runs.lanes import feed
from app.core.runs.services import find_active
from app.publishing.run_kinds import POST_STATUS
from app.publishing.schedule import services as schedule
from app.publishing.services import lane_of
from app.sites.error_codes import error_for

DRAFT, TRASH, RESTORE = "draft", "trash", "restore"
VERBS = {
    DRAFT: "Unpublish “{title}” to a draft",
    TRASH: "Move “{title}” to WordPress's trash",
    RESTORE: "Restore “{title}” from WordPress's trash",
}
PUBLIC = ("publish", "private", "future", "pending")
IS_POST = Content.content_type != "Taxonomy"
MEANT: dict[str, ColumnElement[bool]] = {
    DRAFT: and_(IS_POST, Content.external_id.is_not(None), Content.remote_status.in_(PUBLIC)),
    TRASH: and_(IS_POST, Content.external_id.is_not(None), Content.remote_status.in_((*PUBLIC, "draft"))),
    RESTORE: and_(IS_POST, Content.remote_status == "trash"),
}
MOST_AT_ONCE = 5000
FEW = 20  # a person waits for so many; more must not stand in the way of others


@dataclass(frozen=True, slots=True)
class StatusSubject:
    """What a run needs to know about a content."""

    id: int
    account_id: int
    site_id: int
    title: str


def start_status_change(content: Content, actor: Actor, action: str) -> None:
    """Start the change for one content. Raises DomainError if it has no such post, Conflict while a run works on it."""
    if content.content_type == "Taxonomy":
        raise error_for("TERM_HAS_NO_STATUS")
    meant = (Content.id == content.id, MEANT[action])
    if db.session.scalar(select(Content.id).where(*meant)) is None:
        raise error_for("NOT_IN_WORDPRESS", Conflict)
    if db.session.scalar(select(Content.id).where(*meant, at_work(or_status=False))) is not None:
        raise error_for("BEING_PUBLISHED", Conflict)
    if start_many(content.account_id, content.site_id, [content.id], actor, action):
        return
    other = find_active(_key(content.id, content.site_id), content.account_id)
    if other is not None and other.params["action"] != action:
        raise error_for(
            "BEING_PUBLISHED", Conflict, message=gettext("Its status in WordPress is being changed right now.")
        )


def status_run_of(content: Content) -> Run | None:
    """The run that changes the status of the content's post, or waits to."""
    return find_active(_key(content.id, content.site_id), content.account_id)


def refuse_too_many(account_id: int, site_id: int, content_ids: Ids, action: str) -> None:
    """Raise DomainError for more than MOST_AT_ONCE contents; to be called before anything else is started."""
    stmt = select(Content.id).where(*_meant(account_id, site_id, content_ids, action)).limit(MOST_AT_ONCE + 1)
    if (db.session.scalar(select(func.count()).select_from(stmt.subquery())) or 0) > MOST_AT_ONCE:
        raise _too_many()


def _meant(account_id: int, site_id: int, content_ids: Ids, action: str) -> tuple[ColumnElement[bool], ...]:
    of_site = (Content.account_id == account_id, Content.site_id == site_id, Content.id.in_(content_ids))
    return (*of_site, MEANT[action], ~at_work(or_status=False))


def _too_many() -> DomainError:
    return error_for(
        "TOO_MANY",
        message=gettext(
            "At most %(most_at_once)s posts can be changed in WordPress at once.",
            most_at_once=local_number(MOST_AT_ONCE),
        ),
    )


def start_many(account_id: int, site_id: int, content_ids: Ids, actor: Actor, action: str) -> int:
    """Start the change for those of these contents of the site that have such a post. Returns how many. Flushes.

    Contents that are being published, or have such a run already, are skipped. Unpublishing also unschedules. Raises
    DomainError for more than MOST_AT_ONCE.
    """
    columns = (Content.id, Content.account_id, Content.site_id, Content.title)
    stmt = select(*columns).where(*_meant(account_id, site_id, content_ids, action)).order_by(Content.id)
    locking = stmt.limit(MOST_AT_ONCE + 1).with_for_update(key_share=True, of=Content)  # before their runs
    pieces = [StatusSubject(*row) for row in db.session.execute(locking)]
    if len(pieces) > MOST_AT_ONCE:
        raise _too_many()
    started = insert_runs(actor, [_run_values(piece, action, len(pieces)) for piece in pieces])
    if action != RESTORE:
        schedule.withdraw(started, "Unscheduled: it is no longer public in WordPress.")
    if started:
        feed(lane_of(site_id))
    return len(started)


def _run_values(piece: StatusSubject, action: str, total: int) -> dict[str, Any]:
    return {
        "account_id": piece.account_id,
        "kind": POST_STATUS,
        "title": VERBS[action].format(title=piece.title[:180] or "Untitled"),
        "site_id": piece.site_id,
        "subject_type": "content",
        "subject_id": piece.id,
        "params": {"content_id": piece.id, "action": action},
        "queue": "interactive" if total <= FEW else "bulk",
        "due_at": utcnow(),
        "exclusive_key": _key(piece.id, piece.site_id),
        "lane": lane_of(piece.site_id),
    }


def _key(content_id: int, site_id: int) -> str:
    """The exclusive key that allows one such run of a content at a time."""
    return f"post_status:{content_id}:{site_id}"
