"""The scheduler process: hands out periodic work, each tick claimed in the database.

Several schedulers may run; a tick goes to the one whose UPDATE finds it due.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import String, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import utcnow
from app.core.db import Base
from app.core.logs import get_logger
from app.extensions import db

log = get_logger(__name__)


class PeriodicTick(Base):
    """When a periodic job was last handed out."""

    __tablename__ = "periodic_ticks"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    last_at: Mapped[datetime]


@dataclass(frozen=True)
class Periodic:
    """A job that comes back every `every`. `call` runs in the scheduler: quick work and enqueuing only."""

    name: str
    every: timedelta
    call: Callable[[], object]


def claim_tick(job: Periodic, now: datetime) -> bool:
    """True when this process may run `job` now. Commits."""
    stmt = insert(PeriodicTick).values(name=job.name, last_at=now)
    stmt = stmt.on_conflict_do_update(
        index_elements=[PeriodicTick.name],
        set_={"last_at": now},
        where=PeriodicTick.last_at <= now - job.every,
    )
    row = db.session.execute(stmt.returning(PeriodicTick.name)).first()
    db.session.commit()
    return row is not None  # no row: another scheduler had this tick


def away_before(name: str, now: datetime) -> timedelta:
    """How long ago this was asked last, of this name and by any scheduler; zero the first time. Commits."""
    tick = db.session.scalar(select(PeriodicTick).where(PeriodicTick.name == name).with_for_update())
    gap = now - tick.last_at if tick else timedelta(0)
    stmt = insert(PeriodicTick).values(name=name, last_at=now)
    db.session.execute(stmt.on_conflict_do_update(index_elements=[PeriodicTick.name], set_={"last_at": now}))
    db.session.commit()
    return gap


def run_due(jobs: list[Periodic]) -> None:
    """Run every job whose tick this process gets; one that fails does not stop the others."""
    for job in jobs:
        try:
            if claim_tick(job, utcnow()):
                job.call()
        except Exception:
            log.exception("periodic_job_failed", job=job.name)
        finally:
            db.session.remove()


def run_forever(app: Flask, jobs: list[Periodic], stop: threading.Event) -> None:
    """Look every second what is due, until `stop` is set."""
    while not stop.is_set():
        with app.app_context():
            run_due(jobs)
        stop.wait(1.0)
