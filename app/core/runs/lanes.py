"""Lanes: runs that go one after the other, in order.

Of a lane's waiting runs only the first is handed to a worker, the next once that one has ended; so
hundreds of runs for one site keep no worker busy with waiting. The database lets one run of a lane
work at a time. Whatever a crash leaves behind, `feed_all` (part of the sweep) puts right.
"""

import uuid
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from app.core.clock import server_now
from app.core.extensions import db
from app.core.queue import enqueue_after_commit, new_job_id
from app.core.runs.fair_share import ENTRY
from app.core.runs.models import Run


def feed(lane: str) -> bool:
    """Hand over the lane's first waiting run after commit, unless one of the lane works. Flushes.

    The first may be with a worker already. When a later one is, the first is handed over all the same: somebody who
    publishes by hand does not wait for a worker to find time for a batch.
    """
    now, first, at_work = server_now(), aliased(Run), aliased(Run)
    head = (
        select(first.id)
        .where(first.lane == lane, first.state == "queued", first.due_at <= now)
        .order_by(first.place, first.due_at, first.created_at, first.id)
        .limit(1)
        .scalar_subquery()
    )
    busy = select(at_work.id).where(at_work.lane == lane, at_work.state == "running").exists()
    row = db.session.execute(
        update(Run)
        .where(Run.id == head, Run.state == "queued", Run.enqueued_at.is_(None), ~busy)
        .values(enqueued_at=now, rq_job_id=new_job_id())
        .returning(Run.id, Run.queue, Run.rq_job_id)
        .execution_options(synchronize_session=False)
    ).first()
    if row is None:
        return False
    enqueue_after_commit(row.queue, ENTRY, str(row.rq_job_id), str(row.id))
    return True


def postpone_lane(lane: str, until: datetime, step: str) -> None:
    """Make runs that wait in the lane and are due before `until` wait until then; `step` names the reason. Flushes."""
    db.session.execute(
        update(Run)
        .where(Run.lane == lane, Run.state == "queued", Run.due_at < until, Run.can_cancel)
        .values(due_at=until, enqueued_at=None, rq_job_id=None, step=step)
        .execution_options(synchronize_session=False)
    )


def feed_after(run_id: uuid.UUID) -> None:
    """Feed the lane of this run, so that the next one starts; does nothing for a run without a lane. Flushes."""
    lane = db.session.scalar(select(Run.lane).where(Run.id == run_id))
    if lane is not None:
        feed(lane)


def feed_all() -> int:
    """Feed every lane that waits with nobody at work. Returns how many. Flushes."""
    waiting_lanes = select(Run.lane).where(
        Run.lane.is_not(None), Run.state == "queued", Run.due_at <= server_now(), Run.enqueued_at.is_(None)
    )
    lanes = [lane for lane in db.session.scalars(waiting_lanes.distinct()) if lane is not None]
    return sum(feed(lane) for lane in lanes)


def step_back(session: Session, run_id: uuid.UUID) -> None:
    """Put back a run that a worker came for while another of its lane works: it waits to be fed again. Commits."""
    session.execute(update(Run).where(Run.id == run_id, Run.state == "queued").values(enqueued_at=None, rq_job_id=None))
    session.commit()
