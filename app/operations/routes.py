"""Health and metrics for machines, the System page for who runs the installation."""

from flask import Blueprint, Response, jsonify

from app.core.access import public
from app.core.errors import NotFound
from app.core.extensions import csrf, limiter
from app.operations import health as checks
from app.operations.metrics import render_metrics
from app.operations.operators import is_operators_machine

health = Blueprint("health", __name__)
public("health.healthz", "health.metrics", impersonal=True)
csrf.exempt(health)


@health.get("/healthz")
@limiter.exempt
def healthz() -> tuple[Response, int]:
    """200 when everything answers, else 503: `{status}`; the operator also gets `checks`: database, redis, workers."""
    results = checks.run_checks()
    ok = all(result["ok"] for result in results.values())
    extra = {"checks": results} if is_operators_machine() else {}
    return jsonify(status="ok" if ok else "degraded", **extra), 200 if ok else 503


@health.get("/metrics")
@limiter.exempt
def metrics() -> Response:
    """Prometheus text: queues, runs, publishes, models, outboxes, web. 404 for everybody but the operator."""
    if not is_operators_machine():
        raise NotFound()
    return Response(render_metrics(), mimetype="text/plain; version=0.0.4")
