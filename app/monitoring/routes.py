"""Dashboard, the list of runs, health and metrics."""

import hmac
import uuid
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.core import hosts
from app.core.access import current_account_id, current_actor, public, require, requires
from app.core.errors import NotFound
from app.core.extensions import csrf, db, limiter
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.permissions import Permission
from app.core.runs import actions, services
from app.monitoring import attention
from app.monitoring import health as checks
from app.monitoring.metrics import render_metrics
from app.monitoring.overview import overview
from app.monitoring.published import publish_facts
from app.sites import health as site_health
from app.sites.current import current_site

dashboard = Blueprint("dashboard", __name__)
health = Blueprint("health", __name__)
runs = Blueprint("runs", __name__, url_prefix="/runs")
public("health.healthz", "health.metrics", "dashboard.root", impersonal=True)
csrf.exempt(health)


@dashboard.get("/")
def root() -> BaseResponse:
    """The root address leads to the dashboard, and from there to sign-in."""
    return redirect(url_for("dashboard.index"))


@dashboard.get("/dashboard/")
@requires(Permission.ACCOUNT_READ)
def index() -> str:
    """Where the present site stands and what to do next."""
    site = current_site()
    facts = overview(current_account_id(), site)
    recent = services.recent_runs(current_account_id())
    published = publish_facts(site) if site else None
    return render_template(
        "dashboard/index.html",
        site=site,
        facts=facts,
        runs=recent,
        published=published,
        attention=attention.problems(current_account_id()),
        notices=site_health.sites_with_notices(current_account_id()),
        lag=attention.lag_of(site) if site else None,
    )


@health.get("/healthz")
@limiter.exempt
def healthz() -> tuple[Response, int]:
    """200 when everything answers, else 503: `{status}`; the operator also gets `checks`: database, redis, workers."""
    results = checks.run_checks()
    ok = all(result["ok"] for result in results.values())
    extra = {"checks": results} if _is_operator() else {}
    return jsonify(status="ok" if ok else "degraded", **extra), 200 if ok else 503


@health.get("/metrics")
@limiter.exempt
def metrics() -> Response:
    """Prometheus text: queue depths and runs by state. 404 for everybody but the operator."""
    if not _is_operator():
        raise NotFound()
    return Response(render_metrics(), mimetype="text/plain; version=0.0.4")


def _is_operator() -> bool:
    """Who runs this installation: by METRICS_TOKEN, or without one a caller on this very machine."""
    token = current_app.config["METRICS_TOKEN"]
    if token:
        sent_token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(sent_token.encode(), token.encode())
    return hosts.is_this_machine()


@runs.get("/menu/")
@requires(Permission.ACCOUNT_READ)
def menu() -> str:
    """The header's list of what works in the background."""
    recent = services.recent_runs(current_account_id())
    active = services.count_active(current_account_id())
    return render_template("_runs_menu.html", runs=recent, active_runs_count=active)


@runs.get("/<uuid:run_id>/")
@requires(Permission.ACCOUNT_READ)
def show(run_id: uuid.UUID) -> str:
    """One run: the polled bar for HTMX, a page of its own otherwise."""
    run = services.get_run(run_id, current_account_id())
    return render_template("_run.html" if is_partial_request() else "runs/show.html", run=run)


@runs.post("/<uuid:run_id>/cancel/")
@requires(Permission.RUNS_CONTROL)
def cancel(run_id: uuid.UUID) -> Any:
    """Ask the run to stop. Answers with its bar, or sends a plain form back to its page."""
    run = services.get_run(run_id, current_account_id())
    require(run.cancel_permission)
    actions.cancel_run(current_actor(), run)
    db.session.commit()
    return _after(run_id)


@runs.post("/<uuid:run_id>/retry/")
@requires(Permission.RUNS_CONTROL)
def retry(run_id: uuid.UUID) -> Any:
    """Start an ended run again; 409 when it is active or something newer is."""
    run = services.get_run(run_id, current_account_id())
    require(run.retry_permission)
    actions.retry_run(current_actor(), run)
    db.session.commit()
    toast("Started again.", "info")
    return _after(run_id)


def _after(run_id: uuid.UUID) -> Any:
    if is_partial_request():
        return render_template("_run.html", run=services.get_run(run_id, current_account_id()))
    return redirect_to(url_for("runs.show", run_id=run_id))
