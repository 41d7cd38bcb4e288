"""What the System page shows. Each part is read by itself: one that cannot be read does not hide the others."""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import metadata
from typing import Any, TypeVar

from redis.exceptions import RedisError
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from app.core import features
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.queue import redis_connection
from app.core.scheduler import PeriodicTick
from app.operations.alert_mails import open_alerts
from app.operations.figures import Figures, take_figures
from app.operations.health import run_checks
from app.operations.models import KINDS, BackupRecord, OperatorAlert

PACKAGES = ("flask", "werkzeug", "sqlalchemy", "psycopg", "rq", "redis", "gunicorn", "openai", "stripe", "cryptography")
LATE = timedelta(minutes=5)
SLOWEST = text(
    "select calls, mean_exec_time as mean_ms, total_exec_time as total_ms, left(query, 200) as query "
    "from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database()) "
    "order by total_exec_time desc limit 10"
)
T = TypeVar("T")


@dataclass(frozen=True)
class ScheduleRow:
    """A periodic job: how often it comes, when it came last, and when it is due next."""

    name: str
    every: timedelta
    last_at: datetime | None
    next_at: datetime | None
    is_late: bool

    @property
    def interval(self) -> str:
        """How often it comes, as `24 h`, `5 min` or `30 s`."""
        seconds = int(self.every.total_seconds())
        size, unit = next((size, unit) for size, unit in ((3600, "h"), (60, "min"), (1, "s")) if seconds % size == 0)
        return f"{seconds // size} {unit}"


@dataclass(frozen=True)
class SystemState:
    """All of the page."""

    checks: Mapping[str, Mapping[str, Any]]
    alerts: Sequence[OperatorAlert]
    figures: Figures
    schedules: Sequence[ScheduleRow]
    backups: Mapping[str, BackupRecord | None]
    failed_backups: Sequence[BackupRecord]
    statements: Sequence[Any] | None
    versions: Mapping[str, str]


def read_state() -> SystemState:
    """How the installation is now."""
    now = utcnow()
    return SystemState(
        checks=run_checks(),
        alerts=_read(open_alerts, []),
        figures=_read(take_figures, Figures(now)),
        schedules=_read(lambda: schedules(now), []),
        backups=_read(newest_backups, {}),
        failed_backups=_read(failed_backups, []),
        statements=_read(_slow_statements, None),
        versions=_read(_versions, {}),
    )


def _read(part: Callable[[], T], missing: T) -> T:
    try:
        return part()
    except (SQLAlchemyError, RedisError, OSError):
        db.session.rollback()
        return missing


def schedules(now: datetime) -> list[ScheduleRow]:
    """Every periodic job, by name."""
    last = {tick.name: tick.last_at for tick in db.session.scalars(select(PeriodicTick))}
    rows = []
    for job in sorted(features.periodic(), key=lambda job: job.name):
        last_at = last.get(job.name)
        next_at = last_at + job.every if last_at else None
        is_late = next_at is None or next_at + LATE < now
        rows.append(ScheduleRow(job.name, job.every, last_at, next_at, is_late))
    return rows


def newest_backups() -> dict[str, BackupRecord | None]:
    """The last good record of each kind; that of `drill` is the last restore that was proven."""
    return {kind: _newest(kind, "good") for kind in KINDS}


def _newest(kind: str, state: str) -> BackupRecord | None:
    stmt = select(BackupRecord).where(BackupRecord.kind == kind, BackupRecord.state == state)
    return db.session.scalar(stmt.order_by(BackupRecord.id.desc()).limit(1))


def failed_backups() -> list[BackupRecord]:
    """What failed last of each kind, where nothing good came after it."""
    pairs = [(_newest(kind, "failed"), _newest(kind, "good")) for kind in KINDS]
    return [failed for failed, good in pairs if failed is not None and (good is None or good.id < failed.id)]


def _slow_statements() -> Sequence[Any] | None:
    """The statements that take most of the database's time; None where pg_stat_statements is not there for us."""
    if db.session.scalar(text("select to_regclass('pg_stat_statements')")) is None:
        return None
    return db.session.execute(SLOWEST).all()


def _versions() -> dict[str, str]:
    versions = {"Python": platform.python_version()}
    versions["PostgreSQL"] = str(db.session.scalar(text("show server_version")))
    versions["Redis"] = str(redis_connection().info("server").get("redis_version"))
    versions["Schema"] = str(db.session.scalar(text("select version_num from alembic_version")))
    return versions | {name: metadata.version(name) for name in PACKAGES}
