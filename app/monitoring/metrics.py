"""Metrics for Prometheus, counted when asked."""

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import func, select

from app.core.events import delivery
from app.core.extensions import db
from app.core.queue import depths
from app.core.row_security import every_account
from app.core.runs.models import Run
from app.core.runs.states import ACTIVE


@every_account("figures for who runs the machines; nothing of a run but its kind and state")
def render_metrics() -> bytes:
    """Prometheus text format. A queue that cannot be read is left out."""
    registry = CollectorRegistry()
    queue_jobs = Gauge("igny8_queue_jobs", "Jobs waiting for a worker", ["queue"], registry=registry)
    runs = Gauge("igny8_runs", "Runs that wait or work", ["kind", "state"], registry=registry)
    try:
        for queue, depth in depths().items():
            queue_jobs.labels(queue).set(depth)
    except RedisError:
        pass  # its absence is what the alert looks for
    stmt = select(Run.kind, Run.state, func.count()).where(Run.state.in_(ACTIVE)).group_by(Run.kind, Run.state)
    for kind, state, count in db.session.execute(stmt):
        runs.labels(kind, state).set(count)
    events = Gauge("igny8_events", "Events not delivered yet, or given up", ["subscriber", "state"], registry=registry)
    for subscriber, given_up, count in delivery.standing():
        events.labels(subscriber, "given_up" if given_up else "waiting").set(count)
    return generate_latest(registry)
