"""What can be done in publishing, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select

from app.content import actions as content_actions
from app.content.actions import BulkDone
from app.content.models import Content
from app.content.services import Ids, allow_scripts
from app.core import audit
from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import NN_, gettext, in_english, ngettext
from app.core.permissions import Permission
from app.core.runs import Run
from app.core.tenancy import owned
from app.core.wording import left_out_sentence, many, sentences
from app.identity.people import zone_of
from app.publishing import services
from app.publishing.batches import progress as batch_progress
from app.publishing.batches import services as batches
from app.publishing.checks.text import TextScan, scripts_key
from app.publishing.models import PublishBatch
from app.publishing.post_status import services as post_status
from app.publishing.reading import content_to_publish, snapshot_of
from app.publishing.schedule import services as schedule
from app.publishing.schedule import zones
from app.publishing.schedule.spacing import Spacing, spread
from app.sites.error_codes import error_for
from app.sites.models import Site

AWAY = NN_("%(num)s item in WordPress's trash or deleted there", "%(num)s items in WordPress's trash or deleted there")
BUSY = NN_("%(num)s item that is being published now", "%(num)s items that are being published now")
STATUS_ACTIONS = {
    post_status.DRAFT: "publish.unpublished",
    post_status.TRASH: "publish.trashed_there",
    post_status.RESTORE: "publish.restored_there",
}


@dataclass(frozen=True, slots=True)
class PublishStart:
    """How many are published now, how many were under way before, and how many WordPress no longer has (`away`).

    A single piece makes no batch, but has a run. `unscheduled` is how many lost their place on the schedule by it.
    """

    count: int
    joined: int = 0
    away: int = 0
    batch: PublishBatch | None = None
    run: Run | None = None
    unscheduled: int = 0


def start_publishing(account_id: int, actor: Actor, content_ids: Sequence[int]) -> PublishStart:
    """Publish these pieces in their order, several as a batch.

    Raises NotFound for what is not this account's, Conflict when the one piece is in WordPress's trash or gone.
    """
    planned = schedule.count_planned(account_id, content_ids)
    if len(content_ids) == 1:
        runs = services.start_publishes(account_id, list(content_ids), actor)
        subject = f"content {content_ids[0]}"
        audit.record(account_id, "publish.started", subject=subject, after={"items": 1}, by=actor)
        return PublishStart(1, run=runs[0] if runs else None, unscheduled=planned)
    batch = batches.start_batch(account_id, content_ids, actor)
    after = {"items": batch.total}
    audit.record(account_id, "publish.started", subject=f"batch {batch.id}", after=after, by=actor)
    joined, away = batches.count_joined(batch), batches.count_not_started(batch)
    return PublishStart(batch.total - joined - away, joined, away, batch, unscheduled=planned)


def retry_batch(account_id: int, actor: Actor, batch_id: int, position: int | None = None) -> int:
    """Start the failed rows of a batch again, or the one at `position`. Returns how many were started."""
    count = batches.retry_rows(account_id, actor, batch_id, position)
    _audit_batch(account_id, actor, "publish.retried", batch_id, count)
    return count


def cancel_batch(account_id: int, actor: Actor, batch_id: int) -> int:
    """Cancel the waiting rows of a batch. Returns how many. What is being published goes on."""
    count = batches.cancel_rest(account_id, batch_id)
    _audit_batch(account_id, actor, "publish.cancelled", batch_id, count)
    return count


def _audit_batch(account_id: int, actor: Actor, action: str, batch_id: int, count: int) -> None:
    if count:
        audit.record(account_id, action, subject=f"batch {batch_id}", after={"items": count}, by=actor)


def allow_content_scripts(account_id: int, actor: Actor, content_id: int, key: str) -> None:
    """Let the scripts of the text that `key` names (`text_checks.scripts_key`) go live.

    Raises Conflict when the text was changed since. Later texts need a new permission.
    """
    content = owned(Content, content_id, account_id)
    snapshot = snapshot_of(content_to_publish(account_id, content_id))
    if key != scripts_key(snapshot.payload["post"]):
        raise error_for("TEXT_CHANGED", Conflict)
    allow_scripts(content, key)
    text_scan = TextScan(snapshot)
    after = {"scripts": ", ".join([*text_scan.active, *text_scan.styles])}
    audit.record(account_id, "publish.scripts_allowed", subject=f"content {content_id}", after=after, by=actor)


@dataclass(frozen=True, slots=True)
class ZonedSpacing:
    """How far apart publishes are, in days of this time zone."""

    spacing: Spacing
    zone: str


@dataclass(frozen=True, slots=True)
class ScheduleResult:
    """`message` is a sentence in the current language. `count`: how many pieces were scheduled.

    `outlines`: how many of them are still outlines.
    """

    message: str
    count: int
    outlines: int
    batch: PublishBatch | None = None


def schedule_publishing(
    account_id: int, actor: Actor, content_ids: Sequence[int], due_at: datetime, spacing: ZonedSpacing | None = None
) -> ScheduleResult:
    """Have these pieces published at `due_at` (UTC), or from then on with `spacing` between them, several as a batch.

    What was scheduled already is moved there. Raises NotFound for what is not this account's, DomainError for an
    invalid time, Conflict when a single piece is being published now, or is no longer in WordPress.
    """
    pieces = batches.content_refs(account_id, content_ids)
    times = _spread_times(due_at, spacing, len(pieces)) if spacing else [due_at]
    ids = [piece.id for piece in pieces]
    batch, count = None, len(ids)
    reasons: list[tuple[int, tuple[str, str]]] = []
    if len(ids) == 1:
        schedule.schedule(account_id, ids, times[0], actor)
    else:
        batch = batches.start_batch(account_id, ids, actor, times[0], times if spacing else ())
        tally, away = batch_progress.tally_of(batch), sum(piece.refusal is not None for piece in pieces)
        count = tally.total - tally.failed
        reasons = [(tally.failed - away, BUSY), (away, AWAY)]

    def words() -> str:
        when = [_in_words(account_id, actor, pieces[0].site_id, instant) for instant in (times[0], times[-1])]
        return sentences(_scheduled_words(count if batch else None, when, spacing), left_out_sentence(reasons))

    after = {"items": len(ids), "due_at": times[0].isoformat()}
    if spacing:
        after["last_due_at"] = times[-1].isoformat()
    if count:
        audit.record(account_id, "publish.scheduled", subject=in_english(words), after=after, by=actor)
    return ScheduleResult(words(), count, schedule.count_outlines(account_id, ids), batch)


def _spread_times(due_at: datetime, spacing: ZonedSpacing, count: int) -> list[datetime]:
    """When each of so many is published. Raises DomainError where the last would be after the end of the calendar."""
    try:
        return spread(due_at, spacing.zone, count, spacing.spacing)
    except OverflowError:
        raise error_for("TIME_TOO_FAR", field="date") from None


def _in_words(account_id: int, actor: Actor, site_id: int, due_at: datetime) -> str:
    """The time in UTC, the site's zone and that of the person, if it is one."""
    site_zone = owned(Site, site_id, account_id).time_zone
    return zones.format_instant(due_at, site_zone, zone_of(actor.id).key if actor.id is not None else site_zone)


def _scheduled_words(count: int | None, when: Sequence[str], spacing: ZonedSpacing | None) -> str:
    """A sentence on what was scheduled: one piece, or so many of a batch."""
    if count is None:
        return gettext("Scheduled for %(when)s.", when=when[0])
    if spacing is None:
        return ngettext(
            "Scheduled %(num)s item for %(when)s.",
            "Scheduled %(num)s items for %(when)s.",
            count,
            when=when[0],
        )
    return ngettext(
        "Scheduled %(num)s item from %(first)s to %(last)s.",
        "Scheduled %(num)s items from %(first)s to %(last)s.",
        count,
        first=when[0],
        last=when[1],
    )


def change_post_status(
    account_id: int, actor: Actor, site_id: int, content_ids: Ids, action: str, *, alone: Content | None = None
) -> int:
    """Start making posts of the site drafts, or moving them to WordPress's trash or out of it (`post_status`).

    Returns how many. With `alone`, the single content that is meant, an obstacle raises DomainError or Conflict.
    """
    if alone is not None:
        post_status.start_status_change(alone, actor, action)
        count, subject = 1, f"content {alone.id}"
    else:
        count = post_status.start_many(account_id, site_id, content_ids, actor, action)
        subject = many(count, "post")
    if count:
        audit.record(account_id, STATUS_ACTIONS[action], subject=subject, after={"items": count}, by=actor)
    return count


def move_to_trash(
    account_id: int, actor: Actor, site_id: int, content_ids: Ids, *, in_wordpress: bool
) -> tuple[BulkDone, int]:
    """Move contents to the trash here, and their posts to WordPress's. Returns what was done here, and how many posts.

    Raises Forbidden when posts are meant and the actor may not publish, and DomainError for more posts than can be
    changed at once: then nothing is moved.
    """
    if not in_wordpress:
        return content_actions.move_to_trash(account_id, actor, site_id, content_ids), 0
    actor.require(Permission.CONTENT_PUBLISH)
    post_status.refuse_too_many(account_id, site_id, content_ids, post_status.TRASH)
    if isinstance(content_ids, Select):
        content_ids = list(db.session.scalars(content_ids))  # a row that has left the lists matches no filter
    done = content_actions.move_to_trash(account_id, actor, site_id, content_ids)
    return done, change_post_status(account_id, actor, site_id, content_ids, post_status.TRASH)


def move_scheduled(account_id: int, actor: Actor, run_id: UUID, due_at: datetime) -> None:
    """Move a scheduled publish to `due_at` (UTC). Raises NotFound, DomainError, and Conflict once it has started."""
    run = schedule.scheduled_run(account_id, run_id)
    before = {"due_at": run.due_at.isoformat()}
    schedule.reschedule(run, due_at)
    after = {"due_at": due_at.isoformat()}
    audit.record(account_id, "publish.moved", subject=run.title, before=before, after=after, by=actor)


def unschedule(account_id: int, actor: Actor, run_id: UUID) -> Run:
    """Take a scheduled publish off the schedule. Raises NotFound, and Conflict once it has started."""
    run = schedule.scheduled_run(account_id, run_id)
    schedule.unschedule(run)
    before = {"due_at": run.due_at.isoformat()}
    audit.record(account_id, "publish.unscheduled", subject=run.title, before=before, by=actor)
    return run


def unschedule_content(account_id: int, actor: Actor, content_id: int) -> Run | None:
    """Take the content off the schedule. None when it is not on it. Raises Conflict once its publish has started."""
    run = schedule.waiting_of(account_id, [content_id]).get(content_id)
    return unschedule(account_id, actor, run.id) if run else None
