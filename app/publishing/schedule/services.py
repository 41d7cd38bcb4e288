"""Publishing at a later time. A scheduled publish is a queued run whose `due_at` lies ahead.

The sweep hands a run over once it is due, also when the app was down at that time; moving and
cancelling are conditional UPDATEs that fail once it has started.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, DateTime, Select, String, column, func, literal, select, update, values

from app.content.bulk.services import hold_contents
from app.content.models import Content
from app.core.actor import Actor
from app.core.clock import iso, utcnow
from app.core.errors import Conflict, NotFound
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.services import get_run
from app.core.runs.states import ACTIVE
from app.core.tenancy import owned_many
from app.publishing.run_kinds import PUBLISH
from app.publishing.services import start_publish
from app.sites.error_codes import error_for

FURTHEST = timedelta(days=2 * 365)
IS_SCHEDULED_PUBLISH: tuple[ColumnElement[bool], ...] = (
    Run.kind == PUBLISH.name,
    Run.params["mode"].astext == "scheduled",
)


def check_time(due_at: datetime) -> None:
    """Raise DomainError for an instant that has passed or lies too far ahead."""
    now = utcnow()
    if due_at <= now:
        raise error_for("TIME_IS_PAST", field="time")
    if due_at > now + FURTHEST:
        raise error_for("TIME_TOO_FAR", field="date")


def schedule(account_id: int, content_ids: list[int], due_at: datetime, actor: Actor) -> list[Run]:
    """Have each piece published at `due_at` (UTC); what was scheduled already is moved there. Flushes.

    Raises NotFound for what is not this account's, Conflict when a piece is being published right now.
    """
    check_time(due_at)
    contents = {row.id: row for row in owned_many(Content, content_ids, account_id)}
    return [_schedule(contents[content_id], due_at, actor) for content_id in dict.fromkeys(content_ids)]


def count_outlines(account_id: int, content_ids: list[int]) -> int:
    """How many of them are still outlines: unless they are written by then, their publish stops."""
    conditions = (Content.account_id == account_id, Content.id.in_(content_ids), Content.is_outline)
    return db.session.scalar(select(func.count()).select_from(Content).where(*conditions)) or 0


def _schedule(content: Content, due_at: datetime, actor: Actor) -> Run:
    run = start_publish(content, actor, due_at=due_at)
    if run.due_at != due_at:  # it had an active run already
        reschedule(run, due_at)
    return run


def scheduled_run(account_id: int, run_id: UUID) -> Run:
    """The scheduled publish of this account, whatever became of it; raises NotFound for any other run."""
    run = get_run(run_id, account_id)
    if run.kind != PUBLISH.name or run.params.get("mode") != "scheduled" or run.site_id is None:
        raise NotFound()
    return run


def reschedule(run: Run, due_at: datetime) -> None:
    """Move a scheduled publish to another time. Flushes; raises Conflict once it has started."""
    check_time(due_at)
    _change_before_its_time(run, _rescheduled_values(due_at, {"due_at": iso(due_at)}))


def unschedule(run: Run) -> None:
    """Take a scheduled publish off the schedule; what is live stays. Flushes; raises Conflict once it has started."""
    ended = {"state": "cancelled", "cancel_requested": True, "ended_at": utcnow(), "message": "Unscheduled."}
    _change_before_its_time(run, ended)


def _change_before_its_time(run: Run, changes: dict[str, Any]) -> None:
    hold_content_of(run)
    changed = db.session.execute(
        update(Run)
        .where(Run.id == run.id, *_is_scheduled())
        .values(changes)
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(run)
    if changed is None:
        raise error_for("ALREADY_STARTED", Conflict)


def hold_content_of(run: Run) -> None:
    """Lock the content of a publish before its run: the trigger of `scheduled_at` writes the content too."""
    if run.kind == PUBLISH.name and run.subject_id is not None:
        hold_contents([run.subject_id])


def move_all(times: Mapping[str, datetime]) -> dict[int, UUID]:
    """Move the scheduled publishes with these exclusive keys to their times. Returns {content id: run id}. Flushes.

    Call it with the contents locked (`bulk.hold_contents`).
    """
    new_times = values(
        column("key", String), column("due_at", DateTime(timezone=True)), column("iso", String), name="wanted"
    )
    new_times = new_times.data([(key, due_at, iso(due_at)) for key, due_at in times.items()])
    rows = db.session.execute(
        update(Run)
        .where(Run.exclusive_key == new_times.c.key, *_is_scheduled())
        .values(_rescheduled_values(new_times.c.due_at, func.jsonb_build_object("due_at", new_times.c.iso)))
        .returning(Run.id, Run.subject_id)
        .execution_options(synchronize_session=False)
    )
    return {row.subject_id: row.id for row in rows}


def _rescheduled_values(due_at: Any, parameters: Any) -> dict[str, Any]:
    return {"due_at": due_at, "enqueued_at": None, "rq_job_id": None, "params": Run.params.op("||")(parameters)}


def _is_scheduled() -> tuple[Any, ...]:
    return (*IS_SCHEDULED_PUBLISH, Run.state == "queued", Run.due_at > utcnow())


def withdraw(content_ids: Collection[int], why: str = "Unscheduled: it was moved to the trash.") -> None:
    """Take the scheduled publishes of these contents, which were moved to the trash, off the schedule. Flushes."""
    ended = {"state": "cancelled", "ended_at": utcnow(), "message": why}
    stmt = update(Run).where(Run.subject_type == "content", Run.subject_id.in_(content_ids), *_is_scheduled())
    db.session.execute(stmt.values(**ended, cancel_requested=True).execution_options(synchronize_session=False))


def count_planned(account_id: int, content_ids: Collection[int] | Select[int]) -> int:
    """How many of these contents have a scheduled publish ahead."""
    planned = (Run.account_id == account_id, Run.subject_id.in_(content_ids), *_is_scheduled())
    return db.session.scalar(select(func.count()).select_from(Run).where(*planned)) or 0


def waiting_of(account_id: int, content_ids: Sequence[int]) -> dict[int, Run]:
    """The scheduled publish of each piece that has one ahead."""
    stmt = select(Run).where(Run.account_id == account_id, Run.subject_id.in_(content_ids), *_is_scheduled())
    return {run.subject_id: run for run in db.session.scalars(stmt) if run.subject_id is not None}


def count_due(account_id: int, before: datetime, site_id: int | None = None) -> int:
    """How many of the scheduled publishes that are still to come or under way are due before an instant."""
    due = _upcoming(account_id, site_id, before).subquery()
    return db.session.scalar(select(func.count()).select_from(due)) or 0


def next_due(account_id: int, before: datetime, limit: int) -> Sequence[Run]:
    """The first `limit` runs of those that `count_due` counts."""
    stmt = _upcoming(account_id, None, before).order_by(Run.due_at, Run.id)
    return db.session.scalars(stmt.limit(limit)).all()


def count_by_day(account_id: int, ends: Sequence[datetime], site_id: int | None = None) -> list[int]:
    """As `count_due`, by days that end at these instants; overdue ones count on the first day."""
    stmt = _upcoming(account_id, site_id, ends[-1])
    day = func.width_bucket(Run.due_at, literal(list(ends), ARRAY(DateTime(timezone=True))))
    counted = stmt.with_only_columns(day, func.count()).group_by(day)
    counts = {row[0]: row[1] for row in db.session.execute(counted)}
    return [counts.get(number, 0) for number in range(len(ends))]


def _upcoming(account_id: int, site_id: int | None, before: datetime | None) -> Select[Run]:
    stmt = _scheduled_runs(account_id, site_id).where(Run.state.in_(ACTIVE))
    return stmt if before is None else stmt.where(Run.due_at < before)


def _scheduled_runs(account_id: int, site_id: int | None) -> Select[Run]:
    return select(Run).where(*are_scheduled(account_id, site_id))


def are_scheduled(account_id: int, site_id: int | None) -> list[ColumnElement[bool]]:
    """Conditions for scheduled publishes, whatever became of them; without a site, of all sites."""
    conditions = [Run.account_id == account_id, *IS_SCHEDULED_PUBLISH]
    return conditions if site_id is None else [*conditions, Run.site_id == site_id]
