"""The trash: content that is in no list and no figure, is neither edited nor published, and is kept until a person
deletes it for good.

What WordPress reports about it goes on being recorded, and never restores it from the trash (docs/decisions/0031).
Services flush; callers commit.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update

from app.content import hooks
from app.content.events import ContentDeleted, ContentRestored, ContentTrashed
from app.content.models import Content, ContentImage
from app.core import events
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import NN_, gettext
from app.core.queue import enqueue_after_commit, new_job_id
from app.core.runs import Run
from app.core.runs.kinds import Hold, kinds_holding
from app.core.runs.states import ACTIVE
from app.sites.error_codes import error_for

TRASHED = Content.trashed_at.is_not(None)
LISTED = Content.trashed_at.is_(None)
QUIET = {"synchronize_session": False}
AT_WORK = NN_(
    "%(num)s that is being published or written right now", "%(num)s that are being published or written right now"
)
OF_ANOTHER_SITE = NN_("%(num)s item that is not of this site", "%(num)s items that are not of this site")
FILES = "jobs.content.remove_image_files"
Ids = Sequence[int] | Select[int]


def refuse_trashed(content: Any) -> None:
    """Raise Conflict for a content, or a row with its title and `trashed_at`, that is in the trash."""
    if content.trashed_at is not None:
        title = content.title or gettext("Untitled")
        raise error_for("CONTENT_TRASHED", Conflict, message=gettext("“%(title)s” is in the trash.", title=title))


def at_work(*, or_status: bool = True) -> ColumnElement[bool]:
    """Whether a run is writing or publishing a content now, is about to, or waits to try again what it has begun.

    Checking its live page does not count. With `or_status` a change of its status in WordPress counts too.
    """
    kinds = kinds_holding(Hold.TEXT, Hold.STATUS) if or_status else kinds_holding(Hold.TEXT)
    return exists().where(
        Run.account_id == Content.account_id,
        Run.subject_type.in_({kind.subject_type for kind in kinds}),
        Run.subject_id == Content.id,
        Run.kind.in_([kind.name for kind in kinds]),
        Run.state.in_(ACTIVE),
        or_(Run.due_at <= utcnow(), and_(Run.attempt > 0, Run.params["mode"].astext.is_distinct_from("scheduled"))),
    )


def left_out(
    account_id: int, site_id: int, content_ids: Ids, chosen: int, *, from_lists: bool
) -> list[tuple[int, tuple[str, str]]]:
    """Why, with counts, not all of these contents are moved: of those in the lists or of those in the trash."""
    meant, others = (LISTED, TRASHED) if from_lists else (TRASHED, LISTED)
    here = count_matching(account_id, site_id, content_ids)
    where = (
        NN_("%(num)s that is in the trash already", "%(num)s that are in the trash already")
        if from_lists
        else NN_("%(num)s that is not in the trash", "%(num)s that are not in the trash")
    )
    return [
        (count_matching(account_id, site_id, content_ids, meant) - chosen, AT_WORK),
        (count_matching(account_id, site_id, content_ids, others), where),
        (_count_ids(content_ids) - here, OF_ANOTHER_SITE),
    ]


def _count_ids(content_ids: Ids) -> int:
    if isinstance(content_ids, Select):
        return db.session.scalar(select(func.count()).select_from(content_ids.subquery())) or 0
    return len(set(content_ids))


def count_matching(account_id: int, site_id: int, content_ids: Ids, *conditions: ColumnElement[bool]) -> int:
    """How many of these contents of the site meet the conditions."""
    where = (Content.account_id == account_id, Content.site_id == site_id, Content.id.in_(content_ids), *conditions)
    return db.session.scalar(select(func.count()).select_from(Content).where(*where)) or 0


def trash_contents(content_ids: Collection[int], actor_id: int | None) -> None:
    """Move these contents, which are in the lists, to the trash; what is planned for them is cancelled. Flushes."""
    _write(content_ids, {"trashed_at": utcnow(), "trashed_by": actor_id})
    hooks.content_trashed(content_ids)
    _publish_events(ContentTrashed, content_ids)


def restore(content_ids: Collection[int]) -> None:
    """Put these contents back into the lists as they were; what was planned for them is not. Flushes."""
    _write(content_ids, {"trashed_at": None, "trashed_by": None})
    _publish_events(ContentRestored, content_ids)


def _write(content_ids: Collection[int], values: dict[str, Any]) -> None:
    """Write these columns, but keep the version and the time of the last change: no text was changed."""
    stmt = update(Content).where(Content.id.in_(content_ids)).values(**values, updated_at=Content.updated_at)
    db.session.execute(stmt.execution_options(**QUIET))
    db.session.expire_all()


def delete_for_good(account_id: int, content_ids: Collection[int]) -> None:
    """Delete these contents of the trash with their versions and images. Flushes.

    The files of images that nothing else uses go after the commit.
    """
    _publish_events(ContentDeleted, content_ids)
    of_these = ContentImage.content_id.in_(content_ids)
    hashes = sorted(set(db.session.scalars(select(ContentImage.sha256).where(of_these))))
    stmt = delete(Content).where(Content.account_id == account_id, Content.id.in_(content_ids))
    db.session.execute(stmt.execution_options(**QUIET))
    db.session.expire_all()
    if hashes:
        enqueue_after_commit("default", FILES, new_job_id(), account_id, hashes)


def _publish_events(kind: type[events.Event], content_ids: Collection[int]) -> None:
    if not content_ids or not events.has_subscribers(kind):
        return
    stmt = select(Content.account_id, Content.site_id, func.array_agg(Content.id)).where(Content.id.in_(content_ids))
    for account_id, site_id, ids in db.session.execute(stmt.group_by(Content.account_id, Content.site_id)).all():
        events.publish(kind(account_id, site_id, tuple(ids)))
