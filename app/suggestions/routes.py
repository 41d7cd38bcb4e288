"""Reviewing suggested clusters in the browser: accept, reject, undo."""

import uuid
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.languages import gettext
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.request_ids import parse_id
from app.core.wording import Changed
from app.saved_views.batch_form import selection
from app.sites.current import current_site, needed_site
from app.suggestions import actions, services
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
        "has_clusters": services.has_suggestible_clusters(account_id, site.id),
    }
    if is_partial_request():
        return render_template("sync/_suggestions.html", **partial)
    sure = [(score, services.count_undecided(account_id, site.id, score)) for score in SURE_SCORES]
    clusters = services.clusters_suggested(account_id, site.id)
    return render_template("sync/suggestions.html", **partial, clusters=clusters, sure=sure, scores=SURE_SCORES)


def _chosen() -> Selection:
    return selection().required("suggestion")


def _done(result: Changed, level: str = "success") -> BaseResponse | tuple[str, int]:
    db.session.commit()
    toast(result.message, level, changed=result.count)
    if is_partial_request():
        return "", 204
    return redirect_to(url_for("suggestions.index"))


@bp.post("/find/")
@requires(Permission.CONTENT_WRITE)
def find() -> Any:
    """Start looking for clusters for content from WordPress that is in none."""
    site = needed_site()
    run = services.start_suggesting(current_account_id(), site.id, current_actor())
    if run is None:
        message = gettext("There is nothing to suggest: no cluster yet, or nothing from WordPress without one.")
        return _done(Changed(message, 0))
    return _done(Changed(gettext("Looking for clusters."), 0))


@bp.post("/accept/")
@requires(Permission.CONTENT_WRITE)
def accept() -> Any:
    """Put the chosen items in their suggested clusters."""
    return _done(actions.accept(current_account_id(), current_actor(), needed_site().id, _chosen()))


@bp.post("/accept-above/")
@requires(Permission.CONTENT_WRITE)
def accept_above() -> Any:
    """Accept all that are as sure as `least` says."""
    least = parse_id(request.form.get("least")) or 0
    return _done(actions.accept_above(current_account_id(), current_actor(), needed_site().id, least))


@bp.post("/reject/")
@requires(Permission.CONTENT_WRITE)
def reject() -> Any:
    """Do not suggest the chosen ones again."""
    return _done(actions.reject(current_account_id(), needed_site().id, _chosen()))


@bp.post("/undo/")
@requires(Permission.CONTENT_WRITE)
def undo() -> Any:
    """Undo the decision of the form."""
    site = needed_site()
    try:
        decision = uuid.UUID(request.form.get("decision", ""))
    except ValueError:
        raise NotFound() from None
    return _done(actions.undo(current_account_id(), current_actor(), site.id, decision), "info")
