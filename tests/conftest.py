"""Fixtures of all tests: a real PostgreSQL and Redis per xdist worker, clean tables per test."""

import contextvars
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import settings
from psycopg.errors import DeadlockDetected
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

import jobs
from app import create_app
from app.config import ROOT, from_environment
from app.core.db import Base
from app.core.extensions import db, limiter
from app.core.queue import redis_connection
from app.core.row_security import every_account
from app.devstack.postgres import EmbeddedPostgres
from app.devstack.redis_server import EmbeddedRedis
from tests.factories.forks import share_templates

FACTORIES = ("people", "things", "live", "blog", "browser", "work", "plugin", "stripe", "prompts")
pytest_plugins = [f"tests.factories.{name}" for name in FACTORIES]

# Each run tries the same examples, and as long as a busy machine needs: what fails, fails again and for everybody.
# Others are tried with `RANDOM_EXAMPLES=1`, as by `make fuzz`.
settings.register_profile("suite", deadline=None, derandomize=not os.environ.get("RANDOM_EXAMPLES"))
settings.load_profile("suite")


# Files that take long come first: no test process is left with one of them when the others have nothing to do.
LONG_FIRST = (
    "test_make_run.py",
    "browser",
    "wordpress",
    "sync",
    "content",
    "test_hostile_forms.py",
    "test_strangers.py",
    "test_offers.py",
    "test_roles.py",
    "test_lock_order.py",
    "writer",
    "publishing",
    "core",
    "security",
    "billing",
)


# Tests of these wait for PHP and MariaDB, while tests of the others work.
WAITING = ("wordpress", "sync", "publishing")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long ones first, those that wait and those that work by turns: no core then has nothing to do.

    With `--no-loadscope-reorder` they are handed out in this order.
    """

    def room(path: Path) -> str:
        return path.relative_to(ROOT / "tests").parts[0]

    def place(path: Path) -> int:
        return LONG_FIRST.index(room(path)) if room(path) in LONG_FIRST else len(LONG_FIRST)

    files = sorted(dict.fromkeys(item.path for item in items), key=place)
    waiting = [file for file in files if room(file) in WAITING]
    working = [file for file in files if room(file) not in WAITING]
    turns = [file for pair in zip_longest(waiting, working) for file in pair if file is not None]
    places = {file: number for number, file in enumerate(turns)}
    items.sort(key=lambda item: places[item.path])


@dataclass(frozen=True)
class Engines:
    """Addresses of the servers of this test process."""

    folder: Path
    postgres: EmbeddedPostgres
    redis: EmbeddedRedis

    def environment(self) -> dict[str, str]:
        """What an application process needs to use them."""
        return {
            "DATABASE_URL": self.postgres.url,
            "DATABASE_APP_URL": self.postgres.app_url,
            "REDIS_URL": self.redis.url,
            "SECRET_KEY": "a-secret-of-the-tests-only",
            "ENCRYPTION_KEYS": ENCRYPTION_KEY,
            "INSTANCE_PATH": str(self.folder / "instance"),
            "ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "WARNING",
            "STYLEGUIDE": "1",
        }


# Deleting few rows takes a tenth of what truncating does; what many rows were in is truncated. The statements are kept
# with their plans by the connection, whose role is never changed: a change of role throws all plans away.
EMPTY_TABLE = "if pg_relation_size('{0}') > 1000000 then truncate {0} cascade; else delete from {0}; end if;"
RESTART_SEQUENCE = "if (select is_called from {0}) then perform setval('{0}', 1, false); end if;"
EMPTY_TABLES = "create function pg_temp.empty_tables() returns void language plpgsql as $f$ begin {} end $f$"
SEQUENCES = "select quote_ident(sequencename) from pg_sequences where schemaname = 'public'"
ENCRYPTION_KEY = Fernet.generate_key().decode()


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """PostgreSQL and Redis in a short temporary folder, stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="igny8-"))
    folder.chmod(0o755)
    postgres, redis = EmbeddedPostgres(folder / "pg"), EmbeddedRedis(folder / "redis")
    _forgo_durability(postgres)
    try:
        yield Engines(folder, postgres, redis)
    finally:
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _forgo_durability(postgres: EmbeddedPostgres) -> None:
    """Have the server leave writing to disk to the system: only a power cut would lose something."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("alter system set fsync = off")
        connection.execute("alter system set full_page_writes = off")
        connection.execute("select pg_reload_conf()")


class Browser(FlaskClient):
    """A test client whose requests do not see the test's own context, as in life."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Make the request in an empty context; what the test holds is read again afterwards."""
        db.session.rollback()
        kwargs.setdefault("buffered", True)  # read to the end and closed, files too
        answer = contextvars.Context().run(super().open, *args, **kwargs)
        db.session.expire_all()
        return answer


def _without_haste(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings with which a test may hold its transaction for as long as it drives a browser on a busy machine.

    Only this process: the application's other processes keep their limit.
    """
    options = from_environment(environment)["SQLALCHEMY_ENGINE_OPTIONS"]
    arguments = options["connect_args"]
    patient = f"{arguments['options']} -c idle_in_transaction_session_timeout=0"
    return {"SQLALCHEMY_ENGINE_OPTIONS": {**options, "connect_args": {**arguments, "options": patient}}}


@pytest.fixture(scope="session")
def _app(engines: Engines) -> Flask:
    environment = engines.environment()
    overrides = {"TESTING": True, "WTF_CSRF_ENABLED": False, "AUTH_PACE_SECONDS": 0, **_without_haste(environment)}
    share_templates()
    application = create_app(overrides, environment)
    application.config["PROPAGATE_EXCEPTIONS"] = False
    application.test_client_class = Browser
    with application.app_context():
        upgrade(directory=str(ROOT / "migrations"))
    jobs.use_app(application)
    gc.freeze()  # what is loaded by now stays: the collector need not look at it again and again
    gc.set_threshold(100_000, 50, 100)  # and what a test leaves is soon looked at often enough: a twelfth of the time
    return application


@pytest.fixture(scope="session")
def owner_engine(_app: Flask) -> Iterator[Engine]:
    """The way in of the tables' owner, who sees all rows. The application under test never has it."""
    engine = create_engine(_app.config["OWNER_DATABASE_URI"], pool_size=1, pool_pre_ping=True)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def emptying_engine(_app: Flask) -> Iterator[Engine]:
    """A connection of the owner for whom no key and no trigger counts, with `pg_temp.empty_tables()`."""
    role = {"options": "-c session_replication_role=replica"}
    engine = create_engine(_app.config["OWNER_DATABASE_URI"], pool_size=1, pool_pre_ping=True, connect_args=role)

    @event.listens_for(engine, "connect")
    def learn_to_empty(connection: psycopg.Connection, _record: object) -> None:
        tables = [EMPTY_TABLE.format(f'"{table.name}"') for table in Base.metadata.sorted_tables]
        sequences = [RESTART_SEQUENCE.format(name) for (name,) in connection.execute(SEQUENCES)]
        connection.execute(EMPTY_TABLES.format(" ".join(tables + sequences)))
        connection.commit()

    yield engine
    engine.dispose()


@pytest.fixture
def app(_app: Flask, emptying_engine: Engine) -> Iterator[Flask]:
    """The application, inside its context, over empty tables and queues."""
    limiter.enabled = False  # it is one for all applications: a command that a test ran has made another
    with _app.app_context():
        with every_account("tests make and look at rows of any account; requests and jobs have contexts of their own"):
            yield _app
        db.session.remove()
        _empty_tables(emptying_engine)
        redis_connection().flushdb()


def _empty_tables(engine: Engine) -> None:
    """Empty all tables; again after a deadlock with a request that a closed page had sent, as to keep its text."""
    for tries_left in range(4, -1, -1):
        try:
            with engine.begin() as connection:
                connection.execute(text("select pg_temp.empty_tables()"))
            return
        except OperationalError as error:
            if not isinstance(error.orig, DeadlockDetected) or not tries_left:
                raise


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser nobody has signed in with."""
    return app.test_client()
