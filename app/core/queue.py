"""Handing work to RQ: only after commit, by id, and never losing it when Redis is away."""

import uuid
from functools import lru_cache
from typing import Any

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.serializers import JSONSerializer
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from app.core.extensions import db
from app.core.logs import get_logger
from app.core.own_jobs import OwnJob

SHORT = "interactive"  # what takes seconds and somebody waits for
QUEUES = (SHORT, "default", "bulk")
JOB_TIMEOUT_SECONDS = 3600
PENDING, BEFORE_SAVEPOINTS = "igny8_enqueue", "igny8_enqueue_before"
log = get_logger(__name__)


@lru_cache(maxsize=4)
def _connection(url: str) -> Redis:
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5, health_check_interval=30)


def redis_connection() -> Redis:
    """The application's Redis connection pool."""
    return _connection(current_app.config["REDIS_URL"])


def queue_of(name: str) -> Queue:
    """An RQ queue whose jobs are written as JSON: who writes into Redis cannot have objects made of it."""
    return Queue(name, connection=redis_connection(), job_class=OwnJob, serializer=JSONSerializer)


def enqueue_after_commit(queue: str, function: str, job_id: str, *args: Any) -> None:
    """Put `function(*args)` on `queue` once the present transaction has committed.

    Nothing is enqueued when it rolls back. When Redis does not answer, the run stays
    `queued` in the database and the sweep (`jobs.sweep`) enqueues it later.
    """
    db.session().info.setdefault(PENDING, []).append((queue, function, job_id, args))


def enqueue_once_after_commit(queue: str, function: str, *args: Any) -> None:
    """Like `enqueue_after_commit`, but at most once in a transaction for the same function and arguments."""
    pending = db.session().info.get(PENDING, [])
    if not any((name, path, pending_args) == (queue, function, args) for name, path, _job_id, pending_args in pending):
        enqueue_after_commit(queue, function, new_job_id(), *args)


def enqueue_now(
    queue: str, function: str, job_id: str, *args: Any, seconds: int = JOB_TIMEOUT_SECONDS, at_front: bool = False
) -> bool:
    """Enqueue at once a job that may take so many seconds; False, with a log line, when Redis does not answer."""
    try:
        queue_of(queue).enqueue(
            function,
            args=args,
            job_id=job_id,
            job_timeout=seconds,
            result_ttl=60,
            failure_ttl=86400,
            at_front=at_front,
        )
    except (RedisError, OSError) as error:
        log.warning("enqueue_failed", queue=queue, function=function, job_id=job_id, error=str(error))
        return False
    return True


def is_waiting(job_id: str | None) -> bool:
    """True when RQ still holds this job for a worker."""
    if not job_id:
        return False
    try:
        job = OwnJob.fetch(job_id, connection=redis_connection(), serializer=JSONSerializer)
        return job.get_status() in ("queued", "scheduled")
    except NoSuchJobError:
        return False


def waiting_job_ids() -> set[str]:
    """The RQ job ids in all queues; raises RedisError when Redis does not answer."""
    return {job_id for name in QUEUES for job_id in queue_of(name).get_job_ids()}


def new_job_id() -> str:
    """A fresh RQ job id."""
    return uuid.uuid4().hex


def depths() -> dict[str, int]:
    """Number of jobs that wait, by queue."""
    return {name: queue_of(name).count for name in QUEUES}


@event.listens_for(Session, "after_commit")
def _send(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint is let go: nobody else sees what it holds before the transaction commits
    for queue, function, job_id, args in session.info.pop(PENDING, []):
        enqueue_now(queue, function, job_id, *args)


@event.listens_for(Session, "after_transaction_create")
def _note_savepoint(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info.setdefault(BEFORE_SAVEPOINTS, {})[transaction] = len(session.info.get(PENDING, []))


@event.listens_for(Session, "after_transaction_end")
def _forget_savepoint(session: Session, transaction: SessionTransaction) -> None:
    session.info.get(BEFORE_SAVEPOINTS, {}).pop(transaction, None)


@event.listens_for(Session, "after_rollback")
def _drop_pending(session: Session) -> None:
    """Drop what would have been enqueued; on the rollback of a savepoint, only what was added after it."""
    kept = session.info.get(BEFORE_SAVEPOINTS, {}).get(session.get_nested_transaction(), 0)
    del session.info.get(PENDING, [])[kept:]
