"""Publishing at a later time. A scheduled publish is a queued run whose `due_at` lies ahead.

The sweep hands a run over once it is due, also when the app was down at that time; moving and
cancelling are conditional UPDATEs that fail once it has started.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update

from app.content.models import Content
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


def check_time(due_at: datetime) -> None:
    """Raise DomainError for an instant that has passed or lies too far ahead."""
    now = utcnow()
    if due_at <= now:
        raise error_for("TIME_IS_PAST", field="time")
    if due_at > now + FURTHEST:
        raise error_for("TIME_TOO_FAR", field="date")


def schedule(account_id: int, content_ids: list[int], due_at: datetime, actor_id: int | None) -> list[Run]:
    """Have each piece published at `due_at` (UTC); what was scheduled already is moved there. Flushes.

    Raises NotFound for what is not this account's, Conflict when a piece is being published right now.
    """
    check_time(due_at)
    contents = {row.id: row for row in owned_many(Content, content_ids, account_id)}
    return [_schedule(contents[content_id], due_at, actor_id) for content_id in dict.fromkeys(content_ids)]


def count_outlines(account_id: int, content_ids: list[int]) -> int:
    """How many of them are outlines still: unless they are written out by then, their publish stops."""
    conditions = (Content.account_id == account_id, Content.id.in_(content_ids), Content.is_outline)
    return db.session.scalar(select(func.count()).select_from(Content).where(*conditions)) or 0


def _schedule(content: Content, due_at: datetime, actor_id: int | None) -> Run:
    run = start_publish(content, actor_id, due_at=due_at)
    if run.due_at != due_at:  # it had an active run already
        move(run, due_at)
    return run


def scheduled_run(account_id: int, run_id: UUID) -> Run:
    """The scheduled publish of this account, whatever became of it; raises NotFound for any other run."""
    run = get_run(run_id, account_id)
    if run.kind != PUBLISH.name or run.params.get("mode") != "scheduled" or run.site_id is None:
        raise NotFound()
    return run


def move(run: Run, due_at: datetime) -> None:
    """Put a scheduled publish to another time. Flushes; raises Conflict once it has started."""
    check_time(due_at)
    moved = db.session.execute(
        update(Run)
        .where(Run.id == run.id, *_waiting())
        .values(_moved(due_at))
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(run)
    if moved is None:
        raise error_for("ALREADY_STARTED", Conflict)


def move_all(keys: Sequence[str], due_at: datetime) -> dict[int, UUID]:
    """Put the scheduled publishes of these exclusive keys to `due_at`; {content id: run id}. Flushes."""
    rows = db.session.execute(
        update(Run)
        .where(Run.exclusive_key.in_(keys), *_waiting())
        .values(_moved(due_at))
        .returning(Run.id, Run.subject_id)
        .execution_options(synchronize_session=False)
    )
    return {row.subject_id: row.id for row in rows}


def _moved(due_at: datetime) -> dict[str, Any]:
    params = Run.params.op("||")({"due_at": iso(due_at)})
    return {"due_at": due_at, "enqueued_at": None, "rq_job_id": None, "params": params}


def _waiting() -> tuple[Any, ...]:
    return (
        Run.kind == PUBLISH.name,
        Run.state == "queued",
        Run.due_at > utcnow(),
        Run.params["mode"].astext == "scheduled",
    )


def waiting_of(account_id: int, content_ids: Sequence[int]) -> dict[int, Run]:
    """The scheduled publish of each piece that has one ahead."""
    stmt = select(Run).where(Run.account_id == account_id, Run.subject_id.in_(content_ids), *_waiting())
    return {run.subject_id: run for run in db.session.scalars(stmt) if run.subject_id is not None}


def planned_runs(account_id: int, start: datetime, end: datetime, site_id: int | None = None) -> list[Run]:
    """Scheduled publishes due in [start, end), also those that ran, in order; at most 1,000."""
    stmt = _scheduled(account_id, site_id).where(Run.due_at >= start, Run.due_at < end)
    return list(db.session.scalars(stmt.order_by(Run.due_at, Run.id).limit(1000)))


def upcoming(
    account_id: int, site_id: int | None = None, limit: int = 200, before: datetime | None = None
) -> list[Run]:
    """What is still to come or under way, the next first; with `before` only what is due until then."""
    stmt = _upcoming(account_id, site_id, before).order_by(Run.due_at, Run.id)
    return list(db.session.scalars(stmt.limit(limit)))


def count_due(account_id: int, before: datetime, site_id: int | None = None) -> int:
    """How many of the scheduled publishes that are still to come or under way are due before an instant."""
    due = _upcoming(account_id, site_id, before).subquery()
    return db.session.scalar(select(func.count()).select_from(due)) or 0


def _upcoming(account_id: int, site_id: int | None, before: datetime | None) -> Select[Run]:
    stmt = _scheduled(account_id, site_id).where(Run.state.in_(ACTIVE))
    return stmt if before is None else stmt.where(Run.due_at < before)


def _scheduled(account_id: int, site_id: int | None) -> Select[Run]:
    stmt = select(Run).where(
        Run.account_id == account_id, Run.kind == PUBLISH.name, Run.params["mode"].astext == "scheduled"
    )
    return stmt if site_id is None else stmt.where(Run.site_id == site_id)
