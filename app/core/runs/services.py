"""Starting, claiming, finishing, cancelling and recovering runs.

Every change of state is one conditional UPDATE whose row count is checked.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    CursorResult,
    Select,
    Table,
    and_,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import hooks
from app.core.actor import Actor
from app.core.clock import server_now, utcnow
from app.core.errors import Conflict, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.logs import get_logger
from app.core.queue import enqueue_after_commit, is_waiting, new_job_id, waiting_job_ids
from app.core.row_security import every_account
from app.core.runs.bulk import fresh_start
from app.core.runs.fair_share import ENTRY, feed_all_queues, feed_queue
from app.core.runs.kinds import RunKind, kind_of, unattended_kinds
from app.core.runs.lanes import feed, feed_all, step_back
from app.core.runs.models import Run
from app.core.runs.states import ACTIVE, ENDED, OPEN, PAUSED, states_before
from app.core.site_scope import every_site

LEASE = timedelta(seconds=60)
LOST_AFTER = timedelta(seconds=30)
SOON = timedelta(minutes=1)  # what is due within it counts as waiting, not as planned
MAX_ATTEMPTS = 5
MOST_LOST = 500  # runs enqueued again by one sweep
RUNS = cast(Table, Run.__table__)
NO_WAIT = "set local synchronous_commit to off"  # for the disk: a crash of the database may forget the transaction
log = get_logger(__name__)


def start_run(
    *,
    account_id: int,
    kind: RunKind,
    title: str,
    actor: Actor,
    site_id: int | None = None,
    subject_type: str | None = None,
    subject_id: int | None = None,
    params: dict[str, Any] | None = None,
    total: int | None = None,
    queue: str | None = None,
    steps: list[dict[str, str]] | None = None,
    due_at: datetime | None = None,
    exclusive_key: str | None = None,
    lane: str | None = None,
) -> Run:
    """Record a run and have it enqueued after the caller's commit, on the queue of its kind or on another. Flushes.

    With an `exclusive_key`, the active run with that key is returned instead of starting a second. Runs of a `lane` go
    one after the other. Raises Forbidden when the actor may not start this kind, and Refused when the account may not
    have this work.
    """
    actor.require(kind.permission)
    hooks.run_starting(account_id, kind)
    run = Run(
        account_id=account_id,
        kind=kind.name,
        job=kind.job,
        title=title[:300],
        actor_id=actor.id,
        site_id=site_id,
        subject_type=subject_type,
        subject_id=subject_id,
        params=params or {},
        total=total,
        queue=queue or kind.queue,
        steps=steps or [],
        due_at=due_at or server_now(),
        exclusive_key=exclusive_key,
        lane=lane,
    )
    while not _insert(run):
        active = find_active(exclusive_key or "", account_id)
        if active is not None:
            return active
    if due_at is None or due_at <= utcnow():
        enqueue_or_feed(run)
    return run


def enqueue_or_feed(run: Run) -> None:
    """Hand the run to a worker: when it is first in its lane, or when its account's others leave it room. Flushes."""
    if run.lane is None:
        feed_queue(run.account_id, run.queue)
    else:
        feed(run.lane)
    db.session.expire(run, ["enqueued_at", "rq_job_id"])


def _insert(run: Run) -> bool:
    """Insert the run. Returns False when another run with the same exclusive key is active."""
    try:
        with db.session.begin_nested():
            db.session.add(run)
    except IntegrityError as error:
        if "uq_runs_exclusive_active" not in str(error.orig):
            raise
        return False
    return True


def find_active(exclusive_key: str, account_id: int) -> Run | None:
    """The active run of this key."""
    stmt = select(Run).where(Run.exclusive_key == exclusive_key, Run.account_id == account_id, Run.state.in_(ACTIVE))
    with every_site():  # the key is unique over all of them
        return db.session.scalar(stmt)


def _enqueue_again(run: Run) -> None:
    """Enqueue a queued run after commit under a new RQ job id. Flushes."""
    run.rq_job_id = new_job_id()
    run.enqueued_at = utcnow()
    db.session.flush()
    enqueue_after_commit(run.queue, ENTRY, run.rq_job_id, str(run.id))


def get_run(run_id: uuid.UUID, account_id: int) -> Run:
    """The run of this account; raises NotFound otherwise."""
    run = find_run(run_id, account_id)
    if run is None:
        raise NotFound()
    return run


def find_run(run_id: uuid.UUID | None, account_id: int) -> Run | None:
    """The run of this account; None when there is none, or none any more."""
    return db.session.scalar(select(Run).where(Run.id == run_id, Run.account_id == account_id)) if run_id else None


def newest_open_run(account_id: int, site_id: int, kinds: Sequence[RunKind]) -> Run | None:
    """The newest run of these kinds on this site that waits, works or is paused."""
    names = [kind.name for kind in kinds]
    mine = (Run.account_id == account_id, Run.site_id == site_id, Run.kind.in_(names), Run.state.in_(OPEN))
    return db.session.scalar(select(Run).where(*mine).order_by(Run.created_at.desc()).limit(1))


def recent_runs(account_id: int, limit: int = 8, site_id: int | None = None) -> list[Run]:
    """Active and paused runs first, then the newest ended ones; what is scheduled for later is left out.

    Those of one site with `site_id`.
    """
    where = [Run.account_id == account_id, Run.kind.not_in(unattended_kinds())]
    if site_id is not None:
        where.append(Run.site_id == site_id)
    stmt = select(Run).where(*where).order_by(Run.created_at.desc())
    active = db.session.scalars(stmt.where(Run.state.in_(OPEN), ~is_scheduled_later()).limit(limit)).all()
    ended = db.session.scalars(stmt.where(Run.state.in_(ENDED)).limit(limit - len(active))).all()
    return [*active, *ended]


def count_active(account_id: int) -> int:
    """How many runs of this account wait or work now."""
    return db.session.scalar(counting_active(account_id, utcnow() + SOON)) or 0


def counting_active(account_id: int | BindParameter[int], soon: datetime | BindParameter[datetime]) -> Select[int]:
    """A SELECT of how many runs of the account work now or wait for a time before `soon`."""
    where = (Run.account_id == account_id, Run.state.in_(ACTIVE), Run.kind.not_in(unattended_kinds()))
    return select(func.count()).where(*where, ~_is_due_after(soon))


def is_scheduled_later() -> ColumnElement[bool]:
    """The condition for runs that wait for a time more than a minute ahead."""
    return _is_due_after(utcnow() + SOON)


def _is_due_after(instant: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    return and_(Run.state == "queued", Run.due_at > instant)


def claim(session: Session, run_id: uuid.UUID) -> Run | None:
    """Claim a queued run for this worker, which holds it by `lease_token`. Returns None when it cannot be claimed."""
    now = server_now()
    claiming = (
        update(Run)
        .where(Run.id == run_id, Run.state.in_(states_before("running")), Run.due_at <= now)
        .values(
            state="running",
            lease_token=uuid.uuid4(),
            lease_until=now + LEASE,
            attempt=Run.attempt + 1,
            error=None,
            started_at=func.coalesce(Run.started_at, now),
            ended_at=None,
            updated_at=now,
        )
        .returning(Run)
        .execution_options(synchronize_session=False)
    )
    try:
        # What its holder writes later is not kept without it, and a crash that forgets it ends the holder's connection.
        session.connection().exec_driver_sql(NO_WAIT)
        run = session.scalar(claiming)
        session.commit()
    except IntegrityError as error:
        session.rollback()
        if "uq_runs_lane_running" not in str(error.orig):
            raise
        step_back(session, run_id)
        return None
    return run  # None: another worker got there first


def renew_lease(connection: Connection, run_id: uuid.UUID, token: uuid.UUID, values: dict[str, Any]) -> bool | None:
    """Write progress and extend the lease: True to go on, False when cancelled, None when lost. Does not commit."""
    connection.exec_driver_sql(NO_WAIT)
    now = server_now()
    row = connection.execute(
        update(RUNS)
        .where(RUNS.c.id == run_id, RUNS.c.lease_token == token, RUNS.c.state == "running")
        .values(lease_until=now + LEASE, updated_at=now, **values)
        .returning(RUNS.c.cancel_requested)
    ).first()
    return None if row is None else not row[0]


def finish_run(session: Session, run_id: uuid.UUID, token: uuid.UUID, state: str, **values: Any) -> bool:
    """End the run that this worker holds; False when it no longer holds it."""
    result = session.execute(
        update(Run)
        .where(Run.id == run_id, Run.lease_token == token, Run.state.in_(states_before(state)))
        .values(
            state=state, lease_token=None, lease_until=None, ended_at=server_now(), updated_at=server_now(), **values
        )
    )
    session.commit()
    return _changed(result)


def requeue(
    session: Session, run_id: uuid.UUID, token: uuid.UUID, delay: timedelta, *, counts: bool = True, **values: Any
) -> bool:
    """Put the run that this worker holds back, to start again after `delay`; without `counts` the try does not count.

    It is paused instead where a person has asked for that.
    """
    result = session.execute(
        update(Run)
        .where(Run.id == run_id, Run.lease_token == token, Run.state == "running")
        .values(
            **_waiting_again(),
            due_at=server_now() + delay,
            attempt=Run.attempt if counts else Run.attempt - 1,
            updated_at=server_now(),
            **values,
        )
    )
    session.commit()
    return _changed(result)


def _waiting_again() -> dict[str, Any]:
    """The column values of a run that goes back to waiting, or is paused if a person asked for that."""
    rests = Run.pause_requested & ~Run.cancel_requested
    return {
        "state": case((rests, PAUSED), else_="queued"),
        "pause_requested": False,
        "lease_token": None,
        "lease_until": None,
        "enqueued_at": None,
    }


def cancel(run: Run) -> None:
    """Ask a run to stop: at once when it waits, at its next progress report when it works. Flushes.

    Raises Conflict when it has ended or can no longer be undone.
    """
    hooks.run_changing(run)
    now = utcnow()
    cancelled = case((Run.started_at.is_(None), "Cancelled before it started."), else_="Cancelled.")
    stopped = db.session.execute(
        update(Run)
        .where(Run.id == run.id, Run.state.in_(("queued", PAUSED)), Run.can_cancel)
        .values(state="cancelled", cancel_requested=True, ended_at=now, message=cancelled)
    )
    if not _changed(stopped):
        requested = db.session.execute(
            update(Run).where(Run.id == run.id, Run.state == "running", Run.can_cancel).values(cancel_requested=True)
        )
        if not _changed(requested):
            raise Conflict(
                gettext("It is too late to cancel this: it is being finished, or has ended."),
                code="TOO_LATE_TO_CANCEL",
                cure=gettext("Wait for its end, then undo it where it shows."),
            )
    db.session.refresh(run)
    if run.state == "cancelled":  # no worker will tell of its end
        hooks.run_ended(run.id)
    if run.lane is not None:
        feed(run.lane)


def retry(run: Run) -> None:
    """Start a failed or cancelled run again. Flushes; raises Conflict when it is not ended, and like `start_run`."""
    hooks.run_starting(run.account_id, kind_of(run.kind))
    hooks.run_changing(run)
    try:
        with db.session.begin_nested():
            started = _start_again(run)
    except IntegrityError as error:
        raise Conflict(
            gettext("Newer work of the same kind is already under way."),
            code="RUN_ACTIVE",
            cure=gettext("Watch its progress instead."),
        ) from error
    if not started:
        raise Conflict(
            gettext("This work is already waiting or running."), code="RUN_ACTIVE", cure=gettext("Watch its progress.")
        )
    db.session.refresh(run)
    hooks.run_restarted(run)
    enqueue_or_feed(run)


def _start_again(run: Run) -> bool:
    result = db.session.execute(
        update(Run).where(Run.id == run.id, Run.state.in_(("failed", "cancelled"))).values(fresh_start())
    )
    return _changed(result)


@every_account("workers die and Redis forgets whatever the account")
def recover_runs(*, all_workers_dead: bool = False) -> int:
    """Give back runs whose worker died and enqueue what Redis lost. Returns how many. Commits.

    `all_workers_dead` is for the start of a single machine, when no worker can be alive.
    """
    now = db.session.scalar(select(server_now()))  # all machines' clock: leases are of it
    assert now is not None
    if not all_workers_dead and not _is_anything_lost(now):
        return 0
    expired = Run.state == "running"
    if not all_workers_dead:
        expired = expired & (Run.lease_until < now)
    db.session.execute(
        update(Run)
        .where(expired, Run.attempt >= MAX_ATTEMPTS)
        .values(state="failed", ended_at=now, lease_token=None, lease_until=None, error=WORKER_DIED)
    )
    db.session.execute(update(Run).where(expired).values(**_waiting_again()))
    db.session.commit()
    lost_before = now if all_workers_dead else now - LOST_AFTER
    lost = _lost_by_redis(lost_before)
    for run in lost:
        _enqueue_again(run)
    count = len(lost) + feed_all() + feed_all_queues()
    db.session.commit()
    if count:
        log.info("runs_enqueued_again", count=count)
    return count


def _lost_by_redis(before: datetime) -> Sequence[Run]:
    """Locks runs that were handed over before then and wait still, but not in Redis; at most MOST_LOST of them."""
    with_redis = waiting_job_ids()
    stmt = select(Run.id, Run.rq_job_id).where(Run.state == "queued", Run.enqueued_at < before).order_by(Run.due_at)
    unseen = [row for row in db.session.execute(stmt).all() if row.rq_job_id not in with_redis]
    ids = [row.id for row in unseen[:MOST_LOST] if not is_waiting(row.rq_job_id)]
    still = (Run.id.in_(ids), Run.state == "queued", Run.enqueued_at < before)
    return db.session.scalars(select(Run).where(*still).order_by(Run.due_at).with_for_update(skip_locked=True)).all()


def _is_anything_lost(now: datetime) -> bool:
    """True when there may be something to sweep: one question while there is not, every two seconds. Commits."""
    died = (Run.state == "running") & (Run.lease_until < now)
    waits = (Run.state == "queued") & (Run.due_at <= now)
    unseen = or_(Run.enqueued_at.is_(None), Run.enqueued_at < now - LOST_AFTER)
    run_id = db.session.scalar(select(Run.id).where(or_(died, waits & unseen)).limit(1))
    db.session.commit()
    return run_id is not None


WORKER_DIED: dict[str, Any] = {
    "code": "WORKER_DIED",
    "message": f"The work stopped unexpectedly {MAX_ATTEMPTS} times.",
    "cure": "Try it with fewer rows. If it happens again, send us the id of this run.",
    "details": {},
    "retryable": True,
}


def _changed(result: Any) -> bool:
    assert isinstance(result, CursorResult)
    return result.rowcount > 0
