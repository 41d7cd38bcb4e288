"""RQ's worker: what somebody waits for is done at once, all else in a process of its own."""

import os
import signal
from typing import Any

from redis import Redis
from redis.client import Pipeline
from rq import Queue
from rq import Worker as RqWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker
from rq.worker_registration import register

from app.core.own_jobs import OwnJob
from app.core.parent_death import die_with
from app.core.queue import SHORT

TTL_SECONDS = 45  # it says each 30 s that it is there


class Worker(SimpleWorker, RqWorker):
    """Does short jobs itself, with its warm connections and compiled statements; forks a horse for any other.

    A horse (RQ's forked child) gives back the memory that a clustering or an import took, and is killed with its
    worker: a run has one worker at a time.
    """

    def __init__(self, queues: list[str], *, connection: Redis, **options: Any) -> None:
        super().__init__(
            queues,
            connection=connection,
            job_class=OwnJob,
            serializer=JSONSerializer,
            worker_ttl=TTL_SECONDS,
            **options,
        )

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Say that the worker is there, and who it is where Redis has forgotten that: RQ says it at the start alone."""
        super().heartbeat(timeout, pipeline)
        if pipeline is None and not self.connection.hexists(self.key, "birth"):
            with self.connection.pipeline() as entry:
                entry.hset(self.key, mapping=self.serialize())
                register(self, entry)
                entry.execute()

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job here or in a fork."""
        kind = SimpleWorker if queue.name == SHORT else RqWorker
        kind.execute_job(self, job, queue)

    def get_heartbeat_ttl(self, job: Job) -> int:
        """Seconds until Redis takes the worker for dead: it sends no heartbeats while it works on a short job."""
        kind = SimpleWorker if job.origin == SHORT else RqWorker
        return int(kind.get_heartbeat_ttl(self, job))

    def main_work_horse(self, job: Job, queue: Queue) -> Any:
        """In the forked child: ask the kernel to end us with our parent, then work."""
        die_with(self.pid or os.getppid(), signal.SIGKILL)
        return super().main_work_horse(job, queue)
