"""Importing a site in the browser: what the site has, how far an import is, and its result."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db, limiter
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.permissions import Permission
from app.core.runs import Run
from app.core.spreadsheets import csv_line
from app.sites.current import current_site, work_on
from app.sites.models import Site
from app.suggestions import services
from app.sync.imports import actions, site_imports
from app.sync.imports.models import ImportProblem, SiteImport
from app.sync.imports.survey import survey

bp = Blueprint("imports", __name__, url_prefix="/content/import")
SHOWN_PROBLEMS = 20
SHOWN_SUGGESTIONS = 5
DOWNLOADED = 50_000
WORDS = {"term": "term", "post": "post"}


@bp.get("/")
@requires(Permission.SITES_READ)
def index() -> str:
    """What can be imported from the present site, or the import that is under way or stopped."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    return _page(site)


def _page(site: Site, **more: Any) -> str:
    account_id = current_account_id()
    past = list(site_imports.recent(account_id, site.id))
    now = past[0] if past and (past[0][1].is_active or site_imports.is_stalled(*past[0])) else None
    if request.args.get("new") and now and not now[1].is_active:
        now = None
    facts: dict[str, Any] = _facts(*now) if now else {}
    facts["suggested"] = services.count_undecided(account_id, site.id)
    return render_template("sync/import.html", site=site, now=now, past=past, **facts, **more)


@bp.get("/choices/")
@requires(Permission.SITES_READ)
@limiter.limit("30 per minute")
def choices() -> Any:
    """The form with what WordPress holds (it is asked now), or why it cannot be asked."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    holds, error = None, None
    try:
        holds = survey(current_account_id(), site.id)
    except DomainError as failure:
        error = failure
    if is_partial_request():
        return render_template(
            "sync/_choices.html", site=site, holds=holds, error=error, statuses=site_imports.STATUSES
        )
    return _page(site, holds=holds, error=error, statuses=site_imports.STATUSES)


@bp.post("/")
@requires(Permission.CONTENT_WRITE)
def start() -> Any:
    """Begin to import the present site; a second click finds the import of the first."""
    site = current_site()
    if site is None:
        return redirect_to(url_for("imports.index"))
    types, statuses = request.form.getlist("types"), request.form.getlist("statuses")
    try:
        run = actions.start_site_import(current_account_id(), current_actor(), site.id, types=types, statuses=statuses)
    except DomainError as error:
        toast(f"{error.message} {error.cure}", "error")
        return redirect_to(url_for("imports.index", site=site.id))
    db.session.commit()
    return redirect_to(url_for("imports.show", run_id=run.id))


@bp.get("/<uuid:run_id>/")
@requires(Permission.SITES_READ)
def show(run_id: uuid.UUID) -> str:
    """One import: its progress bar, or its result."""
    site_import, run = site_imports.import_of(current_account_id(), run_id)
    work_on(site_import.site_id, "imports.index")
    return page_or_partial("sync/show.html", "sync/_import.html", **_facts(site_import, run))


def _facts(site_import: SiteImport, run: Run) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "site_import": site_import,
        "run": run,
        "left": site_imports.seconds_left(site_import),
        "problems": [],
    }
    facts["why_left_out"] = site_imports.why_left_out(site_import)
    if site_import.problems:
        facts["problems"] = site_imports.problems_of(site_import, SHOWN_PROBLEMS)
    if site_import.finished_at is not None:
        facts["conflicts"] = site_imports.count_conflicts(site_import)
        first = services.list_open(site_import.account_id, site_import.site_id, {})
        facts |= {"suggested": first.total, "suggestions": first.items[:SHOWN_SUGGESTIONS]}
        facts["suggesting"] = services.active_run(site_import.account_id, site_import.site_id)
    return facts


@bp.get("/<uuid:run_id>/problems.csv")
@requires(Permission.SITES_READ)
def problems(run_id: uuid.UUID) -> Response:
    """The problems: what could not be imported as it is."""
    site_import, _run = site_imports.import_of(current_account_id(), run_id)
    rows = site_imports.problems_of(site_import, DOWNLOADED)
    headers = {"Content-Disposition": 'attachment; filename="import-problems.csv"'}
    return Response(_as_csv(rows), mimetype="text/csv", headers=headers)


def _as_csv(rows: Sequence[ImportProblem]) -> Iterator[str]:
    yield "\ufeff" + csv_line(["What", "Id in WordPress", "Title", "Problem"])
    for row in rows:
        yield csv_line([WORDS.get(row.object, row.object), str(row.object_id or ""), row.title, row.message])


@bp.post("/<uuid:run_id>/pause/")
@requires(Permission.CONTENT_WRITE)
def pause(run_id: uuid.UUID) -> Any:
    """Stop at the next page, to go on later."""
    actions.pause_import(current_account_id(), current_actor(), run_id)
    return _after(run_id)


@bp.post("/<uuid:run_id>/resume/")
@requires(Permission.CONTENT_WRITE)
def resume(run_id: uuid.UUID) -> Any:
    """Go on from where it stopped."""
    actions.resume_import(current_account_id(), current_actor(), run_id)
    return _after(run_id)


@bp.post("/<uuid:run_id>/cancel/")
@requires(Permission.CONTENT_WRITE)
def cancel(run_id: uuid.UUID) -> Any:
    """Stop; what was imported stays."""
    actions.cancel_import(current_account_id(), current_actor(), run_id)
    return _after(run_id)


def _after(run_id: uuid.UUID) -> Any:
    db.session.commit()
    if is_partial_request():
        return render_template("sync/_import.html", **_facts(*site_imports.import_of(current_account_id(), run_id)))
    return redirect_to(url_for("imports.show", run_id=run_id))
