"""Processes of the application that do not import it again: forks of one that has.

Importing takes a processor more than a second, and tests start some hundred processes. What is started runs what
`python -m …` would. `tests/test_make_run.py` and `tests/core/test_workers.py` start some as people do.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any

from app.config import ROOT


class WarmProcess:
    """What was started, to be used like a `subprocess.Popen`."""

    def __init__(self, source: "_Source", pid: int) -> None:
        self._source, self.pid = source, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            self.returncode = self._source.ask(pid=self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, when it has ended; subprocess.TimeoutExpired when it has not within so many seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            time.sleep(0.02)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it the hard way."""
        self.send_signal(signal.SIGKILL)


class _Source:
    """The process that is forked; it ends with this one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.factories.forks"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    def ask(self, **said: Any) -> Any:
        """The answer to this; what is not there any more is an error."""
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            print(json.dumps(said), file=self._process.stdin, flush=True)
            return json.loads(self._process.stdout.readline())


_source = cache(_Source)


def start(*arguments: str, environment: Mapping[str, str], log: Path) -> WarmProcess:
    """Run `python` with these arguments (`-m module …` or `-c code …`) from the project's folder."""
    said = {"arguments": arguments, "environment": dict(environment), "folder": str(ROOT), "log": str(log)}
    return WarmProcess(_source(), _source().ask(**said))


def run(*arguments: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """Do the same and wait for its end; the exit code and what was printed, errors too."""
    with NamedTemporaryFile("r") as said:
        code = start(*arguments, environment=environment, log=Path(said.name)).wait(90)
        return code, said.read()
