"""RQ's worker, whose work horse never outlives it."""

import os
import signal
from typing import Any

from rq import Queue
from rq import Worker as RqWorker
from rq.job import Job

from app.core.local.processes import die_with


class Worker(RqWorker):
    """Forks a horse for each job. When the worker is killed, so is the horse: a run has one worker at a time."""

    def main_work_horse(self, job: Job, queue: Queue) -> Any:
        """In the forked child: ask the kernel to end us with our parent, then work."""
        die_with(self.pid or os.getppid(), signal.SIGKILL)
        return super().main_work_horse(job, queue)
