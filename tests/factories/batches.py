"""Working off batches: the queue in this process, and a batch read fresh."""

from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import select, update

import jobs
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.queue import QUEUES, redis_connection
from app.core.runs import Run
from app.core.runs.lanes import ENTRY
from app.core.runs.services import recover_runs
from app.publishing.batches import progress as batch_progress
from app.publishing.batches.progress import BatchCounts, RowView
from app.publishing.models import PublishBatch


def waiting_jobs() -> list[str]:
    """Ids of runs that lie in Redis, in the order in which workers take them."""
    connection = redis_connection()
    return [
        Job.fetch(job_id, connection=connection, serializer=JSONSerializer).args[0]
        for name in QUEUES
        for job_id in Queue(name, connection=connection).get_job_ids()
    ]


def take_one() -> str | None:
    """Do what a worker does with its next job; the id of its run."""
    connection = redis_connection()
    for name in QUEUES:
        queue = Queue(name, connection=connection)
        while queue.count and (job_id := queue.pop_job_id()):
            job = Job.fetch(job_id, connection=connection, serializer=JSONSerializer)
            if job.func_name != ENTRY:
                continue  # an event is told: not what these tests are about
            run_id: str = job.args[0]
            jobs.execute(run_id)
            db.session.rollback()
            return run_id
    return None


def work_off(most: int = 500) -> list[str]:
    """Work until the queues are empty; what was worked on, in order."""
    done: list[str] = []
    while len(done) < most and (run_id := take_one()):
        done.append(run_id)
    return done


def work_to_the_end() -> None:
    """Work off everything, with no waiting between the tries."""
    for _ in range(10):
        work_off()
        again = update(Run).where(Run.state == "queued", Run.attempt > 0).values(due_at=utcnow())
        db.session.execute(again)
        db.session.commit()
        if not recover_runs():
            return


def tally(batch_id: int) -> BatchCounts:
    """The batch's counts as others see them."""
    db.session.rollback()
    return batch_progress.tally_of(db.session.get_one(PublishBatch, batch_id))


def rows(batch_id: int) -> list[RowView]:
    """The first page of its rows."""
    db.session.rollback()
    db.session.expire_all()
    query = batch_progress.ROW_LIST.read({})
    return list(batch_progress.list_batch_rows(db.session.get_one(PublishBatch, batch_id), query).items)


def only_batch() -> PublishBatch:
    """The one batch there is."""
    return db.session.scalars(select(PublishBatch)).one()
