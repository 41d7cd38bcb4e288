"""What `make run` starts: everything from nothing, stopped cleanly, going on after being killed."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from flask import Flask
from sqlalchemy import func, select

from app.config import ROOT, ConfigError
from app.core.extensions import db
from app.devstack import processes
from app.devstack import stack as devstack
from app.devstack.demo import EMAIL, demo_password
from app.identity.models import User
from tests.conftest import Engines
from tests.factories.live import wait_for


class Stack:
    """One `make run` over a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = processes.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = folder / "output.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **env: str) -> None:
        """Run it with this environment on top of ours."""
        clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        environment = {
            **clean,
            "PORT": str(self.port),
            "INSTANCE_PATH": str(self.folder / "instance"),
            "LOCAL_WORDPRESS": "0",
            "RATELIMIT_ENABLED": "0",
            "WEB_PROCESSES": "1",
            **env,
        }
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "serve"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def said(self) -> str:
        """What it has printed so far."""
        return self.output.read_text()

    def wait_until_healthy(self) -> None:
        """Until web, database, Redis and workers answer."""
        wait_for(self._healthy, what=f"a healthy stack: {self.output}")

    def _healthy(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=30).status_code == 200
        except requests.RequestException:
            return False

    def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(90)

    def left_over(self) -> list[str]:
        """Commands of processes that still work in this folder."""
        found = []
        for process in psutil.process_iter(["cmdline", "environ"]):
            environment = process.info["environ"] or {}
            command = " ".join(process.info["cmdline"] or [])
            mine = environment.get("INSTANCE_PATH") == str(self.folder / "instance")
            if (mine or str(self.folder) in command) and process.pid != os.getpid():
                found.append(command)
        return found


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    one = Stack(tmp_path_factory.mktemp("run"))
    yield one
    if one.process and one.process.poll() is None:
        one.end(signal.SIGTERM)
    # After a kill -9 PostgreSQL stays up for the next start; here there is none.
    for process in psutil.process_iter(["cmdline"]):
        if str(one.folder) in " ".join(process.info["cmdline"] or []):
            process.terminate()


def sign_in(stack: Stack) -> requests.Session:
    """A browser signed in as the demo person."""
    browser = requests.Session()
    browser.trust_env = False
    page = browser.get(f"{stack.url}/login", timeout=20).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = browser.post(
        f"{stack.url}/login",
        data={"email": EMAIL, "password": demo_password(stack.folder / "instance"), "csrf_token": token[1]},
        timeout=20,
    )
    assert answer.url.endswith("/dashboard/"), answer.text
    browser.headers["X-CSRFToken"] = token_of(answer.text)
    return browser


def token_of(page: str) -> str:
    """The CSRF token that a page carries for HTMX."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found
    return found[1]


def test_from_nothing_to_a_connected_demo_and_a_clean_end(stack: Stack) -> None:
    stack.start(LOCAL_WORDPRESS="1", WORDPRESS_PORT=str(processes.free_port()))
    stack.wait_until_healthy()
    wait_for(lambda: "WordPress is at" in stack.said(), 90, "the local WordPress")
    assert f"IGNY8 is at {stack.url}" in stack.said()
    instance = stack.folder / "instance"
    assert f"{EMAIL} / {demo_password(instance)}\n" in stack.said()
    assert f"admin / {(instance / 'wordpress' / 'admin-password').read_text()})" in stack.said()
    for folder in ("media", "redis", "scratch", "secrets", "wordpress", "postgres"):
        assert (instance / folder).stat().st_mode & 0o077 == 0, folder
    browser = sign_in(stack)
    assert "Connected" in browser.get(f"{stack.url}/sites/", timeout=20).text
    assert "cold brew" in browser.get(f"{stack.url}/planner/keywords/", timeout=20).text
    assert stack.end(signal.SIGINT) == 0
    assert stack.left_over() == []
    assert "Traceback" not in stack.said()


def test_killed_in_the_middle_of_a_job_it_goes_on_at_the_next_start(stack: Stack) -> None:
    stack.start()
    stack.wait_until_healthy()
    browser = sign_in(stack)
    assert browser.post(f"{stack.url}/planner/keywords/cluster/", timeout=20).status_code == 200
    assert stack.end(signal.SIGKILL) == -signal.SIGKILL
    wait_for(lambda: processes.is_port_free(stack.port), what="the web process to end with its parent")
    stack.start()
    stack.wait_until_healthy()
    browser = sign_in(stack)

    def clustered() -> bool:
        return "Clustering" in (page := browser.get(f"{stack.url}/runs/menu/", timeout=20).text) and "Made " in page

    wait_for(clustered, what="the clustering to be finished by the second start")
    assert stack.end(signal.SIGTERM) == 0
    assert stack.left_over() == []


def test_a_taken_port_is_told_in_a_sentence(stack: Stack) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", stack.port))
        other.listen()
        stack.start()
        assert stack.process is not None
        assert stack.process.wait(90) == 2
    assert f"Port {stack.port} is taken" in stack.said()
    assert f"PORT={stack.port + 1} make run" in stack.said()


def test_a_port_that_is_none_is_told_in_a_sentence(stack: Stack) -> None:
    stack.start(PORT="http")
    assert stack.process is not None
    assert stack.process.wait(90) == 2
    assert "has to be a number from 1 to 65535" in stack.said()
    assert "Traceback" not in stack.said()


@pytest.mark.parametrize("port", ["http", "0", "65536", "70000", "-1"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(ConfigError, match="has to be a number from 1 to 65535"):
        devstack.Stack({"PORT": port})


def test_with_servers_of_ones_own_nothing_is_embedded_and_no_demo_is_made(
    stack: Stack, engines: Engines, app: Flask
) -> None:
    own = {name: value for name, value in engines.environment().items() if name != "INSTANCE_PATH"}
    stack.start(**own)
    stack.wait_until_healthy()
    instance = stack.folder / "instance"
    assert not (instance / "postgres").exists()
    assert not (instance / "redis").exists()
    assert "Demo log-in" not in stack.said()
    assert db.session.scalar(select(func.count()).select_from(User)) == 0
    assert stack.end(signal.SIGINT) == 0
