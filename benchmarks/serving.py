"""The application behind its own web server, over engines of its own, for what looks at pages in a browser."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Page

from app.config import ROOT
from app.core.extensions import db
from app.devstack.postgres import EmbeddedPostgres
from app.devstack.processes import free_port
from app.devstack.redis_server import EmbeddedRedis
from benchmarks.live import environment_of, make_app

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
OPTIONS = ["--no-sandbox", "--disable-background-networking"]
START_SECONDS = 60
T = TypeVar("T")


@contextmanager
def served(fill: Callable[[], T]) -> Iterator[tuple[str, T]]:
    """The address of the application, and what `fill` made in its empty tables."""
    folder = Path(tempfile.mkdtemp(prefix="igny8-bench-"))
    folder.chmod(0o755)
    postgres, redis = EmbeddedPostgres(folder / "pg"), EmbeddedRedis(folder / "redis")
    url, server = f"http://127.0.0.1:{(port := free_port())}", None
    try:
        environment = environment_of(folder, postgres, redis)
        environment |= {"PUBLIC_URL": url, "RATELIMIT_ENABLED": "0", "STYLEGUIDE": "1"}
        with make_app(environment).app_context():
            made = fill()
            db.session.remove()
            db.engine.dispose()
        settings = {**os.environ, **environment, "HOST": "127.0.0.1", "PORT": str(port), "WEB_PROCESSES": "1"}
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
        server = subprocess.Popen(command, cwd=ROOT, env=settings, stdin=subprocess.DEVNULL)
        _wait_for(f"{url}/login")
        yield url, made
    finally:
        if server is not None:
            server.terminate()
            server.wait(20)
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def sign_in(page: Page, url: str, email: str, password: str) -> None:
    """By the form."""
    page.goto(f"{url}/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard/")
