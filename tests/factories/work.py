"""Runs worked off in the test's own process, and the AI stand-in."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, update

import jobs
from app.core.extensions import db
from app.core.permissions import Permission
from app.core.queue import redis_connection
from app.core.runs import Run
from app.core.runs.kinds import RunKind
from tests.fakes.openai_server import KEY, MODEL, FakeOpenAI


def a_kind(name: str = "t", job: str = "jobs.none", module: str | None = None) -> RunKind:
    """A kind of run that no feature has."""
    return RunKind(name, job, name.capitalize(), permission=Permission.PLANNER_WRITE, module=module)


@pytest.fixture
def openai(app: Flask) -> Iterator[FakeOpenAI]:
    """A model that the app is set up to ask."""
    with FakeOpenAI() as server:
        given = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url, "OPENAI_MODEL": MODEL}
        before = {name: app.config[name] for name in given}
        app.config.update(given)
        yield server
        app.config.update(before)


def newest_run() -> Run:
    """The run that was started last."""
    return db.session.scalars(select(Run).order_by(Run.created_at.desc()).limit(1)).one()


def work(run: Run) -> Run:
    """Do the run's work now; the run as it ended."""
    jobs.execute(str(run.id))
    db.session.expire_all()
    return db.session.get_one(Run, run.id)


def put_back(run: Run) -> None:
    """Give the run of a worker that died to the next one."""
    db.session.rollback()
    db.session.execute(update(Run).where(Run.id == run.id).values(state="queued", lease_token=None))
    db.session.commit()


def let_the_breaker_pass() -> None:
    """Every endpoint that is left alone may be asked again."""
    for key in redis_connection().scan_iter("igny8:ai:breaker:*"):
        redis_connection().delete(key)
