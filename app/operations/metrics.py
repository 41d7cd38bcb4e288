"""Metrics for Prometheus: the installation's figures, kept for some seconds, and what the web processes count."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from app.core import process_metrics
from app.operations.figures import Figures, late_schedules, take_figures

KEPT_SECONDS = 5.0
Samples = Iterable[tuple[tuple[str, ...], float]]


def _plain(name: str) -> Callable[[Figures], Samples]:
    return lambda figures: figures.of(name).items()


def _first(name: str, factor: float = 1.0) -> Callable[[Figures], Samples]:
    return lambda figures: [((label,), value * factor) for label, value in figures.by_label(name).items()]


def _number(name: str) -> Callable[[Figures], Samples]:
    return lambda figures: [((), figures.number(name))]


def _scaled(name: str, factor: float) -> Callable[[Figures], Samples]:
    return lambda figures: [(labels, value * factor) for labels, value in figures.of(name).items()]


def _queue_jobs(figures: Figures) -> Samples:
    return [((name,), queue.jobs) for name, queue in (figures.queues or {}).items()]


def _queue_age(figures: Figures) -> Samples:
    return [((name,), queue.oldest_seconds) for name, queue in (figures.queues or {}).items()]


def _worker_counts(figures: Figures) -> Samples:
    workers = figures.workers or ()
    return [((name,), sum(name in worker.queues for worker in workers)) for name in figures.queues or {}]


def _free_parts(figures: Figures) -> Samples:
    return [((place,), disk.free / max(1, disk.total)) for place, disk in figures.disks.items()]


def _stripe(figures: Figures) -> Samples:
    return [] if figures.stripe_failures is None else [((), figures.stripe_failures)]


def _imported(figures: Figures) -> Samples:
    return [((), value) for value in figures.of("imported").values()]


def _late(figures: Figures) -> Samples:
    return [((name,), seconds) for name, seconds in late_schedules(figures).items()]


# Name, what it is, labels, where it comes from. What ended, failed or was spent is that of the last hour.
GAUGES: tuple[tuple[str, str, tuple[str, ...], Callable[[Figures], Samples]], ...] = (
    ("igny8_queue_jobs", "Jobs waiting for a worker", ("queue",), _queue_jobs),
    ("igny8_queue_oldest_seconds", "How long the first job has waited for a worker", ("queue",), _queue_age),
    ("igny8_workers", "Workers that take jobs of the queue", ("queue",), _worker_counts),
    ("igny8_runs", "Runs that wait or work", ("kind", "state"), _plain("runs")),
    ("igny8_run_oldest_seconds", "How long the oldest run that is due has waited", ("queue",), _first("oldest_run")),
    ("igny8_runs_ended_hour", "Runs that ended in the last hour", ("kind", "state"), _plain("ended")),
    ("igny8_runs_crashed_hour", "Runs that failed by a defect or a worker's death", ("kind",), _first("crashed")),
    ("igny8_publish_failures_hour", "Publishes that failed, by step", ("step",), _first("publish_failed")),
    ("igny8_publish_seconds", "How long publishes took", ("quantile",), _first("publish_seconds")),
    ("igny8_imported_rows_hour", "Rows that imports from WordPress have handled", (), _imported),
    ("igny8_ai_calls_hour", "Calls to models", ("operation", "state"), _plain("calls")),
    ("igny8_ai_errors_hour", "Calls to models that failed", ("operation", "code"), _plain("call_errors")),
    ("igny8_ai_seconds", "How long calls to models took", ("operation", "quantile"), _scaled("call_ms", 0.001)),
    ("igny8_ai_spend_dollars_hour", "What models have cost", ("operation",), _first("spend_micros", 1e-6)),
    ("igny8_events", "Events not delivered yet, or given up", ("subscriber", "state"), _plain("events")),
    ("igny8_webhooks_given_up_day", "Events for webhooks that were given up", (), _number("webhooks_given_up")),
    ("igny8_outbox_lag_seconds", "How long the oldest that is due waits to be sent", ("outbox",), _first("lag")),
    ("igny8_database_connections", "Connections to the database by state", ("state",), _first("connections")),
    ("igny8_schedule_late_seconds", "How late periodic work is", ("job",), _late),
    ("igny8_stripe_failures_hour", "Failed requests to Stripe and refused webhooks", (), _stripe),
    ("igny8_disk_free_ratio", "Free part of a file system", ("place",), _free_parts),
    ("igny8_backup_age_seconds", "Time since the last good backup, or proven restore", ("kind",), _first("backup")),
)


class _Kept:
    """The last text; one thread counts, the others get what it counted."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.until = 0.0
        self.text = b""


_kept = _Kept()


def render_metrics() -> bytes:
    """Prometheus text format. What cannot be read is left out: its absence is what an alert looks for."""
    with _kept.lock:
        if time.monotonic() >= _kept.until:
            _kept.text = render_figures(take_figures())
            _kept.until = time.monotonic() + KEPT_SECONDS
        return _kept.text + process_metrics.render()


def forget_figures() -> None:
    """Count anew the next time."""
    _kept.until = 0.0


class _FiguresCollector:
    """Hands figures to prometheus-client as they are: its own gauges would go through the files of the processes."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Each figure with its samples."""
        for name, text, labels, samples in GAUGES:
            family = GaugeMetricFamily(name, text, labels=labels)
            for label_values, number in samples(self._figures):
                family.add_metric(label_values if labels else (), number)
            yield family


def render_figures(figures: Figures) -> bytes:
    """These figures as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(_FiguresCollector(figures))
    return generate_latest(registry)
