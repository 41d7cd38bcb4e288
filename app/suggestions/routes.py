"""Reviewing suggested clusters in the browser: accept, reject, undo."""

import uuid
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response as BaseResponse

from app.core import audit
from app.core.access import current_account_id, current_user_id, requires
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.wording import many
from app.sites.current import current_site
from app.sites.models import Site
from app.suggestions import services
from app.suggestions.services import SURE_SCORES, Filters

bp = Blueprint("suggestions", __name__, url_prefix="/content/suggestions")


@bp.get("/")
@requires(Permission.CONTENT_READ)
def index() -> str:
    """Suggested clusters of the present site, the surest first."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    account_id, filters = current_account_id(), Filters.read(request.args)
    partial = {
        "site": site,
        "filters": filters,
        "page": services.list_open(account_id, site.id, filters),
        "last": services.last_decision(account_id, site.id),
        "run": services.active(account_id, site.id),
        "has_clusters": services.has_clusters(account_id, site.id),
    }
    if is_partial_request():
        return render_template("sync/_suggestions.html", **partial)
    sure = [(score, services.count_open(account_id, site.id, score)) for score in SURE_SCORES]
    clusters = services.clusters_suggested(account_id, site.id)
    return render_template("sync/suggestions.html", **partial, clusters=clusters, sure=sure, scores=SURE_SCORES)


def _site() -> Site:
    site = current_site()
    if site is None:
        raise NotFound("There is no site yet.", cure="Add a site first.")
    return site


def _chosen(site: Site) -> list[ColumnElement[bool]]:
    form = request.form
    selection = Selection.of(form.getlist("ids"), form.get("all_matching"), form.get("filter"))
    return services.chosen(current_account_id(), site.id, selection.required("suggestion"))


def _done(message: str, level: str = "success") -> BaseResponse | tuple[str, int]:
    db.session.commit()
    toast(message, level)
    if is_partial_request():
        return "", 204
    return redirect_to(url_for("suggestions.index"))


def _changed(message: str, count: int, level: str = "success") -> BaseResponse | tuple[str, int]:
    if count:
        audit.record(current_account_id(), "bulk.suggestions", subject=message, after={"items": count})
    return _done(message, level)


@bp.post("/find/")
@requires(Permission.CONTENT_WRITE)
def find() -> Any:
    """Look for clusters for what came from WordPress and is in none."""
    site = _site()
    run = services.begin(current_account_id(), site.id, current_user_id())
    if run is None:
        message = "There is nothing to suggest: no cluster yet, or nothing from WordPress without one."
        return _done(message, "info")
    return _done("Looking for clusters.", "info")


@bp.post("/accept/")
@requires(Permission.CONTENT_WRITE)
def accept() -> Any:
    """Put the chosen items in their suggested clusters."""
    site = _site()
    count = services.accept(current_account_id(), site.id, _chosen(site))
    return _changed(_said(count), count)


@bp.post("/accept-above/")
@requires(Permission.CONTENT_WRITE)
def accept_above() -> Any:
    """Accept all that are as sure as `least` says."""
    site = _site()
    least = request.form.get("least", "")
    if least not in map(str, SURE_SCORES):
        raise DomainError("No share is chosen.", code="NOTHING_CHOSEN", cure="Choose how sure it has to be.")
    conditions = services.surer_than(current_account_id(), site.id, int(least))
    count = services.accept(current_account_id(), site.id, conditions)
    return _changed(_said(count), count)


def _said(count: int) -> str:
    return f"{many(count, 'item')} put in the suggested clusters." if count else "Nothing was left to accept."


@bp.post("/reject/")
@requires(Permission.CONTENT_WRITE)
def reject() -> Any:
    """Do not suggest the chosen ones again."""
    site = _site()
    count = services.reject(current_account_id(), site.id, _chosen(site))
    return _done(f"{many(count, 'suggestion')} rejected." if count else "Nothing was left to reject.")


@bp.post("/undo/")
@requires(Permission.CONTENT_WRITE)
def undo() -> Any:
    """Take the decision of the form back."""
    site = _site()
    try:
        decision = uuid.UUID(request.form.get("decision", ""))
    except ValueError:
        raise NotFound() from None
    count = services.undo(current_account_id(), site.id, decision)
    return _changed(f"Undone for {many(count, 'item')}." if count else "There was nothing left to undo.", count, "info")
