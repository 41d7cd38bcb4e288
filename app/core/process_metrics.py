"""What the web processes count of themselves: how long requests take by route, and connections of the pool.

Under gunicorn each process keeps its numbers in a file of PROMETHEUS_MULTIPROC_DIR, named by its place among the
processes and not by its id: a process that is replaced goes on in the file of the one before, so that there are never
more files than places. `render` adds them up, whichever process is asked.
"""

import os
from pathlib import Path
from typing import Any

from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import event

from app.core.extensions import db

FOLDER, PLACE = "PROMETHEUS_MULTIPROC_DIR", "IGNY8_WEB_PLACE"
BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def process_place() -> str:
    """Where this process stands among the web processes; its id where nobody gave it a place."""
    return os.environ.get(PLACE) or str(os.getpid())


if os.environ.get(FOLDER):
    values.ValueClass = values.MultiProcessValue(process_place)  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
SECONDS = Histogram(
    "igny8_web_request_seconds", "Time of requests by route", ["method", "route"], buckets=BUCKETS, registry=REGISTRY
)
REQUESTS = Counter("igny8_web_requests", "Answered requests", ["method", "route", "status"], registry=REGISTRY)
POOL = Gauge(
    "igny8_web_pool_connections",
    "Connections of the web processes to PostgreSQL that are in use",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
POOL_SIZE = Gauge(
    "igny8_web_pool_limit",
    "Connections that the web processes may have to PostgreSQL",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)


def render() -> bytes:
    """The figures of all web processes of this machine, as Prometheus reads them."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def forget_process(place: str) -> None:
    """What a process that has ended had in use is in use no longer; what it counted stays."""
    for path in Path(os.environ[FOLDER]).glob(f"gauge_live*_{place}.db"):
        path.unlink(missing_ok=True)


def watch_pool(app: Flask) -> None:
    """Count every connection that is taken from the pool and given back."""
    with app.app_context():
        pool: Any = db.engine.pool
    most = int(app.config["SQLALCHEMY_ENGINE_OPTIONS"]["pool_size"]) + 10

    def note(*_: object) -> None:
        POOL.set(max(0, pool.checkedout()))
        POOL_SIZE.set(most)

    event.listen(pool, "checkout", note)
    event.listen(pool, "checkin", note)
