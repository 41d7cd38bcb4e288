"""What can be done in publishing, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.content.models import Content
from app.content.services import allow_scripts
from app.core import audit
from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.tenancy import owned
from app.core.wording import many
from app.identity.people import zone_of
from app.publishing import batch_progress, batches, schedule, services, zones
from app.publishing.models import PublishBatch
from app.publishing.reading import content_to_publish, snapshot_of
from app.publishing.text_checks import TextScan, scripts_key
from app.sites.error_codes import error_for
from app.sites.models import Site


@dataclass(frozen=True, slots=True)
class PublishStart:
    """How many are published now, and how many were being published before. One piece makes no batch."""

    count: int
    joined: int = 0
    batch: PublishBatch | None = None


def start_publishing(account_id: int, actor: Actor, content_ids: Sequence[int]) -> PublishStart:
    """Publish these pieces in their order, several as a batch. Raises NotFound for what is not this account's."""
    if len(content_ids) == 1:
        services.start_publishes(account_id, list(content_ids), actor.id)
        subject = f"content {content_ids[0]}"
        audit.record(account_id, "publish.started", subject=subject, after={"items": 1}, by=actor)
        return PublishStart(1)
    batch = batches.start_batch(account_id, content_ids, actor.id)
    after = {"items": batch.total}
    audit.record(account_id, "publish.started", subject=f"batch {batch.id}", after=after, by=actor)
    joined = batches.count_joined(batch)
    return PublishStart(batch.total - joined, joined, batch)


def retry_batch(account_id: int, actor: Actor, batch_id: int, position: int | None = None) -> int:
    """Start the failed rows of a batch again, or the one at `position`; how many were started."""
    count = batches.retry(account_id, batch_id, position)
    _audit_batch(account_id, actor, "publish.retried", batch_id, count)
    return count


def cancel_batch(account_id: int, actor: Actor, batch_id: int) -> int:
    """Cancel what a batch has waiting; how many. What is being published goes on."""
    count = batches.cancel_rest(account_id, batch_id)
    _audit_batch(account_id, actor, "publish.cancelled", batch_id, count)
    return count


def _audit_batch(account_id: int, actor: Actor, action: str, batch_id: int, count: int) -> None:
    if count:
        audit.record(account_id, action, subject=f"batch {batch_id}", after={"items": count}, by=actor)


def allow_content_scripts(account_id: int, actor: Actor, content_id: int, key: str) -> None:
    """Let the scripts of the text that `key` names (`text_checks.scripts_key`) go live.

    Raises Conflict when the text was changed since. A later text asks anew.
    """
    content = owned(Content, content_id, account_id)
    snapshot = snapshot_of(content_to_publish(account_id, content_id))
    if key != scripts_key(snapshot.payload["post"]):
        raise error_for("TEXT_CHANGED", Conflict)
    allow_scripts(content, key)
    after = {"scripts": ", ".join(TextScan(snapshot).active)}
    audit.record(account_id, "publish.scripts_allowed", subject=f"content {content_id}", after=after, by=actor)


@dataclass(frozen=True, slots=True)
class ScheduleResult:
    """`message` says it, as the audit log keeps it. `outlines`: how many of the pieces have no text so far."""

    message: str
    outlines: int
    batch: PublishBatch | None = None


def schedule_publishing(account_id: int, actor: Actor, content_ids: Sequence[int], due_at: datetime) -> ScheduleResult:
    """Have these pieces published at `due_at` (UTC), several as a batch; what was scheduled already is moved there.

    Raises NotFound for what is not this account's, DomainError for a time that cannot be meant, Conflict when the one
    piece is being published now.
    """
    pieces = batches.content_refs(account_id, content_ids)
    when = _in_words(account_id, actor, pieces[0].site_id, due_at)
    ids = [piece.id for piece in pieces]
    batch = None
    if len(ids) == 1:
        schedule.schedule(account_id, ids, due_at, actor.id)
        message = f"Scheduled for {when}."
    else:
        batch = batches.start_batch(account_id, ids, actor.id, due_at)
        message = _batch_message(batch, when)
    after = {"items": len(ids), "due_at": due_at.isoformat()}
    audit.record(account_id, "publish.scheduled", subject=message, after=after, by=actor)
    return ScheduleResult(message, schedule.count_outlines(account_id, ids), batch)


def _in_words(account_id: int, actor: Actor, site_id: int, due_at: datetime) -> str:
    """The time in UTC, the site's zone and that of the person, if it is one."""
    site_zone = owned(Site, site_id, account_id).time_zone
    return zones.format_instant(due_at, site_zone, zone_of(actor.id).key if actor.id is not None else site_zone)


def _batch_message(batch: PublishBatch, when: str) -> str:
    tally = batch_progress.tally_of(batch)
    message = f"Scheduled {many(tally.total - tally.failed, 'item')} for {when}."
    if tally.failed:
        they = "it is" if tally.failed == 1 else "they are"
        message += f" {many(tally.failed, 'item')} could not be scheduled: {they} being published now."
    return message


def move_scheduled(account_id: int, actor: Actor, run_id: UUID, due_at: datetime) -> None:
    """Put a scheduled publish to `due_at` (UTC). Raises NotFound, DomainError, Conflict once it started."""
    run = schedule.scheduled_run(account_id, run_id)
    before = {"due_at": run.due_at.isoformat()}
    schedule.move(run, due_at)
    after = {"due_at": due_at.isoformat()}
    audit.record(account_id, "publish.moved", subject=run.title, before=before, after=after, by=actor)
