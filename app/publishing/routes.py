"""Publishing in the browser: from the Content Manager only."""

from typing import Any

from flask import Blueprint, Response, request, url_for

from app.auth.access import current_account_id, current_user_id, requires
from app.content.listing import Filters, matching_ids
from app.content.models import Content
from app.core.errors import DomainError
from app.core.htmx import is_partial_request, redirect_to, toast
from app.extensions import db
from app.publishing import services
from app.sites.current import current_site

bp = Blueprint("publishing", __name__)
MOST_AT_ONCE = 500


@bp.post("/content/publish/")
@requires("publish")
def publish() -> Any:
    """Publish the chosen content: repeated `content_ids`, or `all_matching=1` with the list's `filter`.

    HTMX gets 200 without content and a toast; a plain form goes back to the
    list. 404 when one of the pieces is not of this account, 422 when nothing was chosen or too much.
    """
    runs = services.start_publishes(current_account_id(), _chosen_ids(), current_user_id())
    db.session.commit()
    toast("Publishing 1 item." if len(runs) == 1 else f"Publishing {len(runs)} items.", "info")
    if is_partial_request():
        return Response(status=200)
    return redirect_to(url_for("content.index"))


def _chosen_ids() -> list[int]:
    if request.form.get("all_matching") == "1":
        ids = _matching_ids()
    else:
        ids = [int(text) for text in request.form.getlist("content_ids") if text.isdecimal() and len(text) < 19]
    if not ids:
        raise DomainError("Nothing is selected.", code="NOTHING_SELECTED", cure="Select at least one row.")
    if len(ids) > MOST_AT_ONCE:
        raise DomainError(
            f"At most {MOST_AT_ONCE} items can be published at once.", code="TOO_MANY",
            cure="Narrow the list down with a filter, and publish it in parts.",
        )  # fmt: skip
    return ids


def _matching_ids() -> list[int]:
    site = current_site()
    if site is None:
        return []
    filters = Filters.read_query(request.form.get("filter", "").lstrip("?"))
    stmt = matching_ids(current_account_id(), site.id, filters)
    return list(db.session.scalars(stmt.order_by(Content.id).limit(MOST_AT_ONCE + 1)))
