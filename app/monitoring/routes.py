"""The list of runs and each run."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for

from app.core import limits
from app.core.access import current_account_id, current_actor, current_user_id, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.request_ids import parse_id
from app.core.runs import actions, services
from app.core.runs.kinds import kind_of
from app.identity.people import zone_of
from app.monitoring import activity
from app.monitoring.news import is_news
from app.sites.current import all_sites, work_on

runs = Blueprint("runs", __name__, url_prefix="/runs")


@runs.get("/")
@requires(Permission.ACCOUNT_READ)
def list_activity() -> str:
    """All work of the account, the newest first; the region alone for HTMX.

    Parameters `state kind on type asked since until news ended_from ended_to page`; `on` is the id of a site. The days
    `since` and `until` in which the work ended are in the site's time zone, or in the person's own without a site;
    `news` with the instants `ended_from` and `ended_to` shows the runs that a line of the bell stands for.
    """
    account_id, zone = current_account_id(), _zone_of_list()
    spec = activity.activity_list(zone, is_news(account_id, current_user_id()))
    query = spec.read(request.args)
    return page_or_partial(
        "runs/index.html",
        "runs/_activity.html",
        page=activity.list_runs(account_id, spec, query),
        query=query,
        list_spec=spec,
        kinds=activity.kinds(),
        states=[(key, gettext(label)) for key, label in activity.STATES],
        kind_of=kind_of,
        people=activity.person_names_by_id(account_id),
        sites=activity.site_names_by_id(account_id),
        zone=zone,
    )


def _zone_of_list() -> ZoneInfo:
    site_id = parse_id(request.args.get("on"))
    site = next((site for site in all_sites() if site.id == site_id), None)
    return ZoneInfo(site.time_zone) if site else zone_of(current_user_id())


@runs.get("/menu/")
@requires(Permission.ACCOUNT_READ)
def menu() -> str:
    """The header's list of what is running in the background."""
    recent = services.recent_runs(current_account_id())
    active = services.count_active(current_account_id())
    return render_template("_runs_menu.html", runs=recent, active_runs_count=active)


@runs.get("/<uuid:run_id>/")
@requires(Permission.ACCOUNT_READ)
def show(run_id: uuid.UUID) -> str:
    """One run: the polled bar for HTMX, a page of its own otherwise."""
    run = services.get_run(run_id, current_account_id())
    work_on(run.site_id or 0, "dashboard.index")
    return render_template("_run.html" if is_partial_request() else "runs/show.html", run=run)


@runs.post("/<uuid:run_id>/cancel/")
@requires(Permission.RUNS_CONTROL)
@limits.never_refused
def cancel(run_id: uuid.UUID) -> Any:
    """Ask the run to stop. Answers with its bar, or sends a plain form back to its page."""
    run = services.get_run(run_id, current_account_id())
    actions.cancel_run(current_actor(), run)
    db.session.commit()
    return _after(run_id)


@runs.post("/<uuid:run_id>/retry/")
@requires(Permission.RUNS_CONTROL)
def retry(run_id: uuid.UUID) -> Any:
    """Start an ended run again; 409 when it is active or something newer is."""
    run = services.get_run(run_id, current_account_id())
    actions.retry_run(current_actor(), run)
    db.session.commit()
    toast(gettext("Started again."), "info")
    return _after(run_id)


@runs.post("/<uuid:run_id>/pause/")
@requires(Permission.RUNS_CONTROL)
@limits.never_refused
def pause(run_id: uuid.UUID) -> Any:
    """Have the run wait, once what is under way is done; 409 when it has ended or cannot wait."""
    run = services.get_run(run_id, current_account_id())
    actions.pause_run(current_actor(), run)
    db.session.commit()
    return _after(run_id)


@runs.post("/<uuid:run_id>/resume/")
@requires(Permission.RUNS_CONTROL)
def resume(run_id: uuid.UUID) -> Any:
    """Let the run go on where it stopped; 409 when it is not paused or something newer is under way."""
    run = services.get_run(run_id, current_account_id())
    actions.resume_run(current_actor(), run)
    db.session.commit()
    return _after(run_id)


def _after(run_id: uuid.UUID) -> Any:
    if is_partial_request():
        return render_template("_run.html", run=services.get_run(run_id, current_account_id()))
    return redirect_to(url_for("runs.show", run_id=run_id))
