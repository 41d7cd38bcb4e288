"""A WordPress with the plugin, the application connected to it, and core REST's way in, for the benchmarks."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import requests
from cryptography.fernet import Fernet
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select

import jobs
from app import create_app
from app.accounts.services import accounts_of, sign_up
from app.config import ROOT
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.row_security import act_for
from app.core.runs import Run
from app.devstack.postgres import EmbeddedPostgres
from app.devstack.redis_server import EmbeddedRedis
from app.devstack.wordpress import LocalWordPress
from app.publishing.services import start_publishes
from app.sites import connection
from app.sites.models import Site
from app.sites.services import add_site

PASSWORD_SCRIPT = """<?php
[$password] = WP_Application_Passwords::create_new_application_password(1, ['name' => 'bench']);
echo $password;
"""


@dataclass
class Live:
    """What a benchmark works with, inside an application context."""

    wordpress: LocalWordPress
    environment: dict[str, str]
    core: requests.Session
    account_id: int
    site_id: int

    @property
    def site(self) -> Site:
        """The site's row."""
        return db.session.get_one(Site, self.site_id)


@dataclass(frozen=True)
class Published:
    """Seconds of the whole job, seconds until the page was live, and the verdict."""

    seconds: float
    until_live: float
    verdict: str


@contextmanager
def live_site() -> Iterator[Live]:
    """Everything started, connected, and taken down again."""
    folder = Path(tempfile.mkdtemp(prefix="igny8-bench-"))
    folder.chmod(0o755)
    postgres, redis = EmbeddedPostgres(folder / "pg"), EmbeddedRedis(folder / "redis")
    wordpress = LocalWordPress(folder / "wordpress", title="Bench")
    try:
        wordpress.start()
        environment = environment_of(folder, postgres, redis)
        with make_app(environment).app_context():
            yield _connect(wordpress, environment)
    finally:
        wordpress.stop()
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def environment_of(folder: Path, postgres: EmbeddedPostgres, redis: EmbeddedRedis) -> dict[str, str]:
    """What a process of the application needs to use the benchmark's own engines."""
    return {
        "DATABASE_URL": postgres.url,
        "REDIS_URL": redis.url,
        "SECRET_KEY": "only-for-the-benchmark",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "INSTANCE_PATH": str(folder),
        "LOG_LEVEL": "WARNING",
        "ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
    }


def make_app(environment: dict[str, str]) -> Flask:
    """The application, its tables made."""
    application = create_app({}, environment)
    with application.app_context():
        upgrade(directory=str(ROOT / "migrations"))
    jobs.use_app(application)
    return application


def _connect(wordpress: LocalWordPress, environment: dict[str, str]) -> Live:
    user = sign_up(email="bench@example.com", name="Bench", password="benchmark only", account_name="Bench")
    account_id = accounts_of(user.id)[0].id
    act_for(account_id)
    site = add_site(account_id, name="Bench", url=wordpress.url, time_zone="UTC", sectors=[])
    key = connection.connection_key(connection.make_key(site), "http://127.0.0.1:9")
    db.session.commit()
    wordpress.connect(key)
    connection.check_connection(account_id, site.id)
    session = requests.Session()
    session.trust_env = False
    password = wordpress.run_php(PASSWORD_SCRIPT).strip()
    session.headers["Authorization"] = "Basic " + base64.b64encode(f"admin:{password}".encode()).decode()
    return Live(wordpress, environment, session, account_id, site.id)


def publish(content: Content) -> Published:
    """Publish as a worker would; ends the benchmark when it does not succeed."""
    run = start_publishes(content.account_id, [content.id], THE_APP)[0]
    db.session.commit()
    content_id, run_id = content.id, run.id
    started = time.perf_counter()
    jobs.execute(str(run_id))
    seconds = time.perf_counter() - started
    return _published(run_id, content_id, seconds)


@contextmanager
def working(place: Live) -> Iterator[None]:
    """A worker of its own process, as `make run` starts them."""
    command = [sys.executable, "-m", "app.cli", "worker"]
    worker = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **place.environment})
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(timeout=30)


def publish_by_worker(content: Content, timeout: float = 60) -> Published:
    """Publish as a person does, by a worker that takes it from the queue; `seconds` begin with the commit."""
    run = start_publishes(content.account_id, [content.id], THE_APP)[0]
    content_id, run_id = content.id, run.id
    started = time.perf_counter()
    db.session.commit()
    while time.perf_counter() - started < timeout:
        ended = db.session.scalar(select(Run.ended_at).where(Run.id == run_id))
        db.session.rollback()
        if ended is not None:
            return _published(run_id, content_id, time.perf_counter() - started)
        time.sleep(0.01)
    raise SystemExit("No worker has published it.")


def _published(run_id: UUID, content_id: int, seconds: float) -> Published:
    db.session.expire_all()
    run = db.session.get_one(Run, run_id)
    if run.state != "succeeded":
        raise SystemExit(f"The publish did not succeed: {json.dumps(run.error)} {run.step}")
    published = db.session.get_one(Content, content_id).published_at
    assert published is not None
    assert run.started_at is not None
    return Published(seconds, (published - run.started_at).total_seconds(), str(run.data["verdict"]))
