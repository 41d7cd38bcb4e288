"""The scheduler process: hands out periodic work, each tick claimed in the database.

Several schedulers may run; a tick goes to the one whose UPDATE finds it due. Between ticks a scheduler sleeps.
"""

import importlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import String, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import utcnow
from app.core.db import Base
from app.core.extensions import db
from app.core.logs import get_logger

MOST_SKEW = timedelta(minutes=1)  # between the clocks of schedulers; a tick further ahead is of a clock set back
EARLY = timedelta(milliseconds=50)  # a process that wakes up a moment sooner than last time need not wake up again
LONGEST_WAIT = 300.0  # seconds: the monotonic clock stands still while a machine sleeps
SHORTEST_WAIT = 0.02
RETRY = 5.0
log = get_logger(__name__)


class PeriodicTick(Base):
    """When a periodic job was last handed out."""

    __tablename__ = "periodic_ticks"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    last_at: Mapped[datetime]


CLAIM = text(
    "insert into periodic_ticks (name, last_at) values (:name, :now) on conflict (name) do update "
    "set last_at = excluded.last_at where periodic_ticks.last_at <= :before or periodic_ticks.last_at > :after "
    "returning name"
)


@dataclass(frozen=True)
class Periodic:
    """A job that comes back every `every`. `call` runs in the scheduler: quick work only."""

    name: str
    every: timedelta
    call: Callable[[], object] | str

    def run(self) -> object:
        """Call it; a function of `jobs/` is named by its dotted path and found now."""
        if isinstance(self.call, str):
            module, name = self.call.rsplit(".", 1)
            return getattr(importlib.import_module(module), name)()
        return self.call()


def claim_tick(job: Periodic, now: datetime) -> bool:
    """True when this process may run `job` now. In a transaction of its own."""
    values = {"name": job.name, "now": now, "before": now - job.every + EARLY, "after": now + MOST_SKEW}
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        row = connection.execute(CLAIM, values).first()
    return row is not None  # no row: another scheduler had this tick


def time_since_last_call(name: str, now: datetime) -> timedelta:
    """How long ago any scheduler last called this with this name; zero the first time. Commits."""
    tick = db.session.scalar(select(PeriodicTick).where(PeriodicTick.name == name).with_for_update())
    gap = now - tick.last_at if tick else timedelta(0)
    stmt = insert(PeriodicTick).values(name=name, last_at=now)
    db.session.execute(stmt.on_conflict_do_update(index_elements=[PeriodicTick.name], set_={"last_at": now}))
    db.session.commit()
    return gap


class Timetable:
    """When this process looks at each job next, on the monotonic clock: at once, and then when it is due.

    Ticks that fall together stay together, so that a process without work wakes up as seldom as can be.
    """

    def __init__(self, jobs: Sequence[Periodic]) -> None:
        self._jobs = jobs
        self._next = dict.fromkeys((job.name for job in jobs), time.monotonic())

    def run_due(self) -> None:
        """Run every job whose tick this process gets; one that fails does not stop the others."""
        now = utcnow()  # of all ticks of this round, so that they are due together next time too
        for job in self._jobs:
            planned = self._next[job.name]
            if planned <= time.monotonic():
                wait = min(_run(job, now), LONGEST_WAIT)
                missed = int(max(0.0, time.monotonic() - planned) / wait)
                self._next[job.name] = planned + (missed + 1) * wait

    def seconds_to_sleep(self) -> float:
        """Until the next job is looked at."""
        return max(0.0, min(self._next.values()) - time.monotonic())


def _run(job: Periodic, now: datetime) -> float:
    """Run the job if its tick is ours; seconds until it may be due again."""
    every = job.every.total_seconds()
    try:
        if not claim_tick(job, now):
            last_at = db.session.scalar(select(PeriodicTick.last_at).where(PeriodicTick.name == job.name)) or now
            return min(max((last_at + job.every - now).total_seconds(), SHORTEST_WAIT), every)
        job.run()
    except Exception:
        log.exception("periodic_job_failed", job=job.name)
        return min(every, RETRY)
    finally:
        db.session.remove()
    return every


def run_forever(app: Flask, jobs: Sequence[Periodic], stop: threading.Event) -> None:
    """Run what is due and sleep until something is again, until `stop` is set."""
    timetable = Timetable(jobs)
    while not stop.is_set():
        with app.app_context():
            timetable.run_due()
        stop.wait(timetable.seconds_to_sleep())
