"""The application as processes: a web server, workers and a scheduler over the test's engines."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.services import recover_runs
from app.devstack import processes
from tests.conftest import Engines
from tests.factories import warm
from tests.factories.warm import WarmProcess


def wait_for(condition: Callable[[], object], seconds: float = 90, what: str = "condition") -> None:
    """Poll until `condition` holds; fail with `what` otherwise. The time is for machines with much else to do."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s for: {what}")
        time.sleep(0.05)


class LiveApp:
    """Processes of the application; everything started is stopped by `stop`."""

    def __init__(self, engines: Engines) -> None:
        self.port = processes.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {
            **os.environ,
            **engines.environment(),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "PUBLIC_URL": self.url,
            "WEB_PROCESSES": "1",
            "RATELIMIT_ENABLED": "0",
        }
        self.log = engines.folder / "live.log"
        self._started: list[WarmProcess] = []

    def start_web(self, config: str = "gunicorn.conf.py") -> None:
        """Serve, and return when it answers."""
        self.spawn("-m", "gunicorn", "-c", config, "wsgi:app")
        wait_for(self._answers, what=f"the web process; {self.log}")

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/login", timeout=5)
        except (urllib.error.URLError, OSError):
            return False
        return True

    def start_worker(self, *queues: str, **env: str) -> WarmProcess:
        """A worker process over the given queues, all by default."""
        return self.spawn("-m", "app.cli", "worker", *queues, **env)

    def start_scheduler(self) -> WarmProcess:
        """A scheduler process."""
        return self.spawn("-m", "app.cli", "scheduler")

    def spawn(self, *arguments: str, **env: str) -> WarmProcess:
        """Run our Python with these arguments from the project's folder."""
        process = warm.start(*arguments, environment={**self.env, **env}, log=self.log)
        self._started.append(process)
        return process

    def kill(self, process: WarmProcess) -> None:
        """End a process the hard way, as a power cut would."""
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        """End what still runs."""
        for process in self._started:
            if process.poll() is None:
                process.terminate()
        for process in self._started:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill(process)
        self._started.clear()


@pytest.fixture(scope="session")
def _web(engines: Engines, _app: Flask) -> Iterator[LiveApp]:
    live = LiveApp(engines)
    live.start_web()
    yield live
    live.stop()


@pytest.fixture
def web(_web: LiveApp, app: Flask) -> LiveApp:
    """The served application over empty tables; no worker yet."""
    return _web


@pytest.fixture
def workers(engines: Engines, app: Flask, web: LiveApp) -> Iterator[LiveApp]:
    """For starting workers and schedulers that end with the test."""
    live = LiveApp(engines)
    live.env["PUBLIC_URL"] = web.url
    yield live
    live.stop()


def step_of(run: Run) -> str | None:
    """The step that the run is at, as another process wrote it."""
    db.session.rollback()
    return next((step["name"] for step in db.session.get_one(Run, run.id).steps if step["state"] == "running"), None)


def state_of(run: Run) -> str:
    """The run's state, as another process wrote it."""
    db.session.rollback()
    return db.session.get_one(Run, run.id).state


def let_the_lease_pass() -> None:
    """Make it look as if the dead worker had been silent for a minute."""
    db.session.execute(update(Run).where(Run.state == "running").values(lease_until=utcnow() - timedelta(seconds=1)))
    db.session.commit()
    recover_runs()


def has_ended(run: Run) -> bool:
    """Whether it has, as another process wrote it. What waits for another try is handed out as a scheduler does."""
    recover_runs()
    return state_of(run) not in ("queued", "running")
