"""Reviewing suggested clusters in the browser: accept, reject, undo."""

import uuid
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.request_ids import id_of
from app.sites.current import current_site
from app.sites.models import Site
from app.suggestions import actions, services
from app.suggestions import overlaps as overlap
from app.suggestions.services import SUGGESTION_LIST, SURE_SCORES

bp = Blueprint("suggestions", __name__, url_prefix="/content/suggestions")


@bp.get("/")
@requires(Permission.CONTENT_READ)
def index() -> str:
    """Suggested clusters of the present site, the surest first."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    account_id = current_account_id()
    partial = {
        "site": site,
        "filters": SUGGESTION_LIST.read(request.args),
        "page": services.list_open(account_id, site.id, request.args),
        "last": services.last_decision(account_id, site.id),
        "run": services.active_run(account_id, site.id),
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


def _chosen() -> Selection:
    form = request.form
    selection = Selection.of(form.getlist("ids"), form.get("all_matching"), form.get("filter"))
    return selection.required("suggestion")


def _done(message: str, level: str = "success") -> BaseResponse | tuple[str, int]:
    db.session.commit()
    toast(message, level)
    if is_partial_request():
        return "", 204
    return redirect_to(url_for("suggestions.index"))


@bp.post("/find/")
@requires(Permission.CONTENT_WRITE)
def find() -> Any:
    """Look for clusters for what came from WordPress and is in none."""
    site = _site()
    run = services.start_suggesting(current_account_id(), site.id, current_actor().id)
    if run is None:
        message = "There is nothing to suggest: no cluster yet, or nothing from WordPress without one."
        return _done(message, "info")
    return _done("Looking for clusters.", "info")


@bp.post("/accept/")
@requires(Permission.CONTENT_WRITE)
def accept() -> Any:
    """Put the chosen items in their suggested clusters."""
    return _done(actions.accept(current_account_id(), current_actor(), _site().id, _chosen()))


@bp.post("/accept-above/")
@requires(Permission.CONTENT_WRITE)
def accept_above() -> Any:
    """Accept all that are as sure as `least` says."""
    least = id_of(request.form.get("least")) or 0
    return _done(actions.accept_above(current_account_id(), current_actor(), _site().id, least))


@bp.post("/reject/")
@requires(Permission.CONTENT_WRITE)
def reject() -> Any:
    """Do not suggest the chosen ones again."""
    return _done(actions.reject(current_account_id(), _site().id, _chosen()))


@bp.post("/undo/")
@requires(Permission.CONTENT_WRITE)
def undo() -> Any:
    """Take the decision of the form back."""
    site = _site()
    try:
        decision = uuid.UUID(request.form.get("decision", ""))
    except ValueError:
        raise NotFound() from None
    return _done(actions.undo(current_account_id(), current_actor(), site.id, decision), "info")


@bp.get("/overlaps/")
@requires(Permission.CONTENT_READ)
def overlaps() -> str:
    """Topics and texts of the present site that serve one intent."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    account_id = current_account_id()
    last = overlap.last_run(account_id, site.id)
    return render_template(
        "sync/overlaps.html",
        site=site,
        last=last,
        pairs=overlap.pairs_of(last) if last else [],
        run=overlap.active_run(account_id, site.id),
    )


@bp.post("/overlaps/")
@requires(Permission.CONTENT_WRITE)
def find_overlaps() -> Any:
    """Look for overlaps."""
    site = _site()
    overlap.start_search(current_account_id(), site.id, current_actor().id)
    db.session.commit()
    return redirect_to(url_for("suggestions.overlaps"))
