"""Workers: short jobs are done by the worker itself, others in a process that ends with them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from rq import Queue
from rq.job import Job, JobStatus

import jobs
from app.config import ROOT
from app.core.queue import SHORT, redis_connection
from tests.conftest import Engines

PATIENCE_SECONDS = 60


@pytest.fixture
def worker(app: Flask, engines: Engines) -> Iterator[subprocess.Popen[bytes]]:
    """A worker as it is started in production."""
    command = [sys.executable, "-m", "app.cli", "worker", SHORT, "default"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **engines.environment()})
    yield process
    process.kill()
    process.wait()


def enqueue(queue: str, function: str, *args: object) -> Job:
    return Queue(queue, connection=redis_connection()).enqueue(function, args=args, result_ttl=60)


def wait_for(job: Job, *states: JobStatus) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while job.get_status() not in states:
        assert time.monotonic() < deadline, job.get_status()
        time.sleep(0.05)


def test_a_short_job_is_done_by_the_worker_itself_and_another_in_a_fork(worker: subprocess.Popen[bytes]) -> None:
    pids = []
    for queue in (SHORT, "default", "default", SHORT):
        job = enqueue(queue, "os.getpid")
        wait_for(job, JobStatus.FINISHED)
        pids.append(job.return_value())
    assert pids[0] == pids[3] == worker.pid
    assert len({worker.pid, pids[1], pids[2]}) == 3


@pytest.mark.parametrize("queue", [SHORT, "default"])
def test_a_worker_that_is_told_to_stop_ends_its_job_first(worker: subprocess.Popen[bytes], queue: str) -> None:
    job, next_job = enqueue(queue, "time.sleep", 1.5), enqueue(queue, "os.getpid")
    wait_for(job, JobStatus.STARTED)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=PATIENCE_SECONDS) == 0
    assert job.get_status() == JobStatus.FINISHED
    assert next_job.get_status() == JobStatus.QUEUED  # for the next worker


def test_a_short_job_that_fails_leaves_the_worker_at_work(worker: subprocess.Popen[bytes]) -> None:
    broken, after = enqueue(SHORT, "os.listdir", "/nowhere"), enqueue(SHORT, "os.getpid")
    wait_for(broken, JobStatus.FAILED)
    wait_for(after, JobStatus.FINISHED)
    assert after.return_value() == worker.pid


def loaded() -> bool:
    """Run by a worker: whether the jobs were there before the first one was asked for."""
    return "jobs.publishing" in sys.modules


@pytest.mark.parametrize("queue", [SHORT, "default"])
def test_a_worker_is_warm_before_its_first_job(worker: subprocess.Popen[bytes], queue: str) -> None:
    job = enqueue(queue, "tests.core.test_workers.loaded")
    wait_for(job, JobStatus.FINISHED)
    assert job.return_value() is True


def test_a_worker_warms_up_without_a_database_too(app: Flask, engines: Engines) -> None:
    jobs.warm_up()
    engines.postgres.stop()
    try:
        jobs.warm_up()
    finally:
        engines.postgres.start()
