"""Workers: short jobs are done by the worker itself, others in a process that ends with them."""

import os
import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from rq import Queue
from rq import Worker as RqWorker
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

import jobs
from app.config import ROOT
from app.core.own_jobs import OwnJob
from app.core.queue import SHORT, is_waiting, queue_of, redis_connection
from app.core.worker import Worker
from app.operations.health import run_checks
from tests.conftest import Engines
from tests.factories import warm
from tests.factories.warm import WarmProcess

PATIENCE_SECONDS = 60
ENQUEUED = re.compile(r'(?:ENTRY = |enqueue_now\(\s*"\w+",\s*)"(jobs[\w.]+)"')
OTHERS = ("os.getpid", "os.listdir", "time.sleep", "tests.core.test_workers.loaded")
WORKER = (
    f"from app.core.own_jobs import allow_functions; allow_functions{OTHERS}; "
    "import sys; from app.cli import main; sys.exit(main())"
)


@pytest.fixture
def worker(app: Flask, engines: Engines) -> Iterator[WarmProcess]:
    """A worker of its own."""
    environment, log = {**os.environ, **engines.environment()}, engines.folder / "workers.log"
    process = warm.start("-c", WORKER, "worker", SHORT, "default", environment=environment, log=log)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def cold_worker(app: Flask, engines: Engines) -> Iterator[None]:
    """A worker as it is started in production."""
    command = [sys.executable, "-c", WORKER, "worker", SHORT, "default"]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **engines.environment()}) as process:
        yield
        process.kill()


def enqueue(queue: str, function: str, *args: object) -> Job:
    return queue_of(queue).enqueue(function, args=args, result_ttl=60)


def wait_for(job: Job, *states: JobStatus) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while job.get_status() not in states:
        assert time.monotonic() < deadline, job.get_status()
        time.sleep(0.05)


def test_a_short_job_is_done_by_the_worker_itself_and_another_in_a_fork(worker: WarmProcess) -> None:
    pids = []
    for queue in (SHORT, "default", "default", SHORT):
        job = enqueue(queue, "os.getpid")
        wait_for(job, JobStatus.FINISHED)
        pids.append(job.return_value())
    assert pids[0] == pids[3] == worker.pid
    assert len({worker.pid, pids[1], pids[2]}) == 3


@pytest.mark.parametrize("queue", [SHORT, "default"])
def test_a_worker_that_is_told_to_stop_ends_its_job_first(worker: WarmProcess, queue: str) -> None:
    job, next_job = enqueue(queue, "time.sleep", 1.5), enqueue(queue, "os.getpid")
    wait_for(job, JobStatus.STARTED)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=PATIENCE_SECONDS) == 0
    assert job.get_status() == JobStatus.FINISHED
    assert next_job.get_status() == JobStatus.QUEUED  # for the next worker


def test_a_worker_that_redis_has_forgotten_is_there_again_with_its_next_sign(app: Flask) -> None:
    connection = redis_connection()
    worker = Worker([SHORT, "default"], connection=connection)
    worker.register_birth()  # type: ignore[no-untyped-call]
    connection.flushdb()
    assert run_checks()["workers"] == {"ok": False, "detail": "no worker is running"}
    worker.heartbeat()
    assert run_checks()["workers"] == {"ok": True, "detail": "1 working"}
    assert [RqWorker.count(queue=queue_of(queue)) for queue in (SHORT, "default", "bulk")] == [1, 1, 0]
    assert 0 < connection.ttl(worker.key) <= 120


def test_a_short_job_that_fails_leaves_the_worker_at_work(worker: WarmProcess) -> None:
    broken, after = enqueue(SHORT, "os.listdir", "/nowhere"), enqueue(SHORT, "os.getpid")
    wait_for(broken, JobStatus.FAILED)
    wait_for(after, JobStatus.FINISHED)
    assert after.return_value() == worker.pid


@pytest.mark.parametrize("queue", [SHORT, "default"])
def test_what_is_not_of_ours_is_not_run(worker: WarmProcess, tmp_path: Path, queue: str) -> None:
    mark = tmp_path / "run"
    pickled = Queue(queue, connection=redis_connection()).enqueue(os.mkdir, str(mark))
    foreign, called_back = enqueue(queue, "os.mkdir", str(mark)), enqueue(queue, "os.getpid")
    redis_connection().hset(called_back.key, "success_callback_name", "os.mkdir")
    unreadable, after = enqueue(queue, "os.getpid"), enqueue(queue, "os.getpid")
    redis_connection().hset(unreadable.key, "meta", pickle.dumps({"a": 1}))
    for job, state in ((pickled, "failed"), (foreign, "failed"), (called_back, "finished"), (after, "finished")):
        wait_for(job, JobStatus(state))
    assert not mark.exists()
    assert not is_waiting(pickled.id)  # so that the sweep enqueues its run again, as JSON
    assert not is_waiting(unreadable.id)
    assert worker.poll() is None


def test_every_function_that_is_enqueued_may_be_called() -> None:
    named = {
        name
        for folder in ("app", "jobs")
        for path in (ROOT / folder).rglob("*.py")
        for name in ENQUEUED.findall(path.read_text("utf-8"))
    }
    assert len(named) >= 7
    for name in named:
        job = OwnJob.create(name, connection=Redis(), serializer=JSONSerializer)
        assert callable(job.func), name


def loaded() -> bool:
    """Run by a worker: whether the jobs were there before the first one was asked for."""
    return "jobs.publishing" in sys.modules


@pytest.mark.usefixtures("cold_worker")
@pytest.mark.parametrize("queue", [SHORT, "default"])
def test_a_worker_is_warm_before_its_first_job(queue: str) -> None:
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
