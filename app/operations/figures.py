"""The figures of an installation: what metrics, alerts and the System page say comes from here.

Nothing of a tenant but numbers: kinds, operations and codes are names of the application. The database is asked by one
statement that reads from indexes what is active and what ended in the last hour, and gives up after three seconds.
"""

import shutil
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import current_app
from redis.exceptions import RedisError
from rq import Worker
from rq.exceptions import NoSuchJobError
from rq.serializers import JSONSerializer
from sqlalchemy import text

from app.core import features, media, tallies
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.own_jobs import OwnJob
from app.core.queue import QUEUES, queue_of, redis_connection
from app.core.row_security import every_account

MOST_MILLISECONDS = 3000
STRIPE_FAILURES = "stripe_failures"
# Each row is a name, two labels and a number.
FIGURES = text("""
with ended as materialized (
  select kind, state, error, started_at, ended_at, done from runs where ended_at > now() - interval '1 hour'
  limit 200000
), calls as materialized (
  select operation, state, error_code, ms, cost_micros from (
    select operation, state, error_code, ms, cost_micros, created_at from ai_calls order by id desc limit 20000
  ) newest where created_at > now() - interval '1 hour'
)
select 'runs' as name, kind as a, state as b, count(*)::float8 as value from runs
  where state in ('queued', 'running') group by kind, state
union all select 'oldest_run', queue, '', extract(epoch from now() - min(due_at)) from runs
  where state = 'queued' and due_at <= now() group by queue
union all select 'ended', kind, state, count(*) from ended group by kind, state
union all select 'crashed', kind, '', count(*) from ended
  where state = 'failed' and error ->> 'code' in ('UNEXPECTED', 'WORKER_DIED') group by kind
union all select 'publish_failed', coalesce(error ->> 'step', 'none'), '', count(*) from ended
  where kind = 'publish' and state = 'failed' group by 2
union all select 'publish_seconds', part::text, '',
    percentile_cont(part) within group (order by extract(epoch from ended_at - started_at))
  from ended, unnest(array[0.5, 0.95]::float8[]) part
  where kind = 'publish' and state = 'succeeded' group by part
union all select 'imported', '', '', coalesce(sum(done), 0) from (
    select done from ended where kind = 'import'
    union all select done from runs where kind = 'import' and state = 'running'
  ) imports
union all select 'calls', operation, state, count(*) from calls group by operation, state
union all select 'call_errors', operation, error_code, count(*) from calls
  where error_code is not null group by operation, error_code
union all select 'call_ms', operation, part::text, percentile_cont(part) within group (order by ms)
  from calls, unnest(array[0.5, 0.95]::float8[]) part where ms is not null group by operation, part
union all select 'spend_micros', operation, '', coalesce(sum(cost_micros), 0) from calls group by operation
union all select 'events', subscriber, case when due_at is null then 'given_up' else 'waiting' end, count(*)
  from event_deliveries group by 2, 3
union all select 'webhooks_given_up', '', '', count(*) from webhook_deliveries
  where state = 'failed' and ended_at > now() - interval '1 day' and created_at > now() - interval '30 days'
union all select 'webhook_accounts', '', '', count(distinct account_id) from webhook_deliveries
  where state = 'failed' and ended_at > now() - interval '1 day' and created_at > now() - interval '30 days'
union all select 'lag', 'events', '', extract(epoch from now() - min(due_at)) from event_deliveries
union all select 'lag', 'mails', '', extract(epoch from now() - min(due_at)) from outgoing_mails
  where state = 'queued' and due_at <= now()
union all select 'lag', 'wordpress', '', extract(epoch from now() - min(pull_due_at)) from site_syncs
  where pull_due_at <= now()
union all select 'connections', coalesce(state, 'hidden'), '', count(*) from pg_stat_activity
  where datname = current_database() group by 2
union all select 'tick', name, '', extract(epoch from now() - last_at) from periodic_ticks
union all select 'backup', kind, '', extract(epoch from now() - max(ended_at)) from backup_records
  where state = 'good' group by kind
""")


@dataclass(frozen=True)
class QueueFigures:
    """Jobs that wait for a worker, and for how long the first has waited."""

    jobs: int
    oldest_seconds: float


@dataclass(frozen=True)
class WorkerFigures:
    """A worker process as Redis knows it."""

    name: str
    state: str
    queues: tuple[str, ...]
    heartbeat: datetime | None


@dataclass(frozen=True)
class DiskFigures:
    """Bytes of the file system that a folder is on."""

    free: int
    total: int


Counts = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Figures:
    """What was counted at `taken_at`. `queues`, `workers` and `stripe_failures` are None when Redis is away.

    `rows` has the numbers of the database by name and then by labels; empty when it is away.
    """

    taken_at: datetime
    rows: Mapping[str, Counts] = field(default_factory=dict)
    queues: Mapping[str, QueueFigures] | None = None
    workers: tuple[WorkerFigures, ...] | None = None
    stripe_failures: int | None = None
    disks: Mapping[str, DiskFigures] = field(default_factory=dict)

    def of(self, name: str) -> Counts:
        """The numbers of this name, by their two labels."""
        return self.rows.get(name, {})

    def number(self, name: str) -> float:
        """The number of this name, which has no labels; 0 where there is none."""
        return sum(self.of(name).values())

    def by_label(self, name: str) -> dict[str, float]:
        """The numbers of this name by their first label."""
        return {first: value for (first, _), value in self.of(name).items()}


def take_figures() -> Figures:
    """Count now. Raises SQLAlchemyError when the database does not answer in time; Redis may be away."""
    rows = _ask_database()
    try:
        queues = {name: _queue(name) for name in QUEUES}
        workers, stripe_failures = _read_workers(), tallies.tallied(STRIPE_FAILURES)
    except (RedisError, OSError):
        return Figures(utcnow(), rows, disks=_disks())
    return Figures(utcnow(), rows, queues, workers, stripe_failures, _disks())


@every_account("figures for who runs the machines; numbers alone")
def _ask_database() -> Mapping[str, Counts]:
    db.session.execute(text(f"set local statement_timeout = {MOST_MILLISECONDS}"))
    rows: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for name, first, second, value in db.session.execute(FIGURES):
        if value is not None:
            rows[name][first, second] = float(value)
    db.session.commit()
    return rows


def _queue(name: str) -> QueueFigures:
    queue = queue_of(name)
    first = queue.get_job_ids(0, 1)
    return QueueFigures(queue.count, _age_of(first[0]) if first else 0.0)


def _age_of(job_id: str) -> float:
    try:
        job = OwnJob.fetch(job_id, connection=redis_connection(), serializer=JSONSerializer)
    except NoSuchJobError:  # a worker took it meanwhile
        return 0.0
    return max(0.0, (utcnow() - _aware(job.enqueued_at or job.created_at)).total_seconds())


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _read_workers() -> tuple[WorkerFigures, ...]:
    workers: list[Any] = Worker.all(connection=redis_connection(), job_class=OwnJob, serializer=JSONSerializer)
    return tuple(
        WorkerFigures(
            worker.name,
            str(getattr(worker.get_state(), "value", worker.get_state())),
            tuple(worker.queue_names()),
            _aware(worker.last_heartbeat) if worker.last_heartbeat else None,
        )
        for worker in sorted(workers, key=lambda worker: str(worker.name))
    )


def _disks() -> dict[str, DiskFigures]:
    """The file systems that this process writes to, by what is kept there."""
    folders = {"instance": Path(current_app.config["INSTANCE_PATH"])}
    with suppress(DomainError):  # kept by a server
        folders["media"] = media.media_folder()
    if current_app.config["BACKUP_FOLDER"]:
        folders["backups"] = Path(current_app.config["BACKUP_FOLDER"])
    return {name: _disk_of(folder) for name, folder in folders.items()}


def _disk_of(folder: Path) -> DiskFigures:
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return DiskFigures(usage.free, usage.total)


def late_schedules(figures: Figures) -> dict[str, float]:
    """Seconds by which each periodic job is late; none for those that are not."""
    since = figures.by_label("tick")
    late = {job.name: since.get(job.name, 0.0) - job.every.total_seconds() for job in features.periodic()}
    return {name: max(0.0, seconds) for name, seconds in late.items()}
