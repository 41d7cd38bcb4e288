"""Publishing in the browser: from the Content Manager only."""

from typing import Any

from flask import Response, url_for

from app.auth.access import current_account_id, current_user_id, requires
from app.core.htmx import is_partial_request, redirect_to, toast
from app.extensions import db
from app.publishing import check_routes, conflict_routes, schedule_routes, services, verification
from app.publishing.blueprint import bp
from app.publishing.selection import chosen_ids

__all__ = ["bp", "check_routes", "conflict_routes", "schedule_routes"]


@bp.post("/content/publish/")
@requires("publish")
def publish() -> Any:
    """Publish the chosen content: repeated `content_ids`, or `all_matching=1` with the list's `filter`.

    HTMX gets 200 without content and a toast; a plain form goes back to the list. 404 when one of
    the pieces is not of this account, 422 when nothing was chosen or too much.
    """
    runs = services.start_publishes(current_account_id(), chosen_ids(), current_user_id())
    db.session.commit()
    toast("Publishing 1 item." if len(runs) == 1 else f"Publishing {len(runs)} items.", "info")
    if is_partial_request():
        return Response(status=200)
    return redirect_to(url_for("content.index"))


@bp.post("/content/<int:content_id>/verify/")
@requires("publish")
def verify_content(content_id: int) -> Any:
    """Visit the published page again. 422 when the content was never published from here."""
    verification.start_verification(current_account_id(), content_id, current_user_id())
    db.session.commit()
    toast("Looking at the live page.", "info")
    if is_partial_request():
        return Response(status=200)
    return redirect_to(url_for("content.edit", content_id=content_id))
