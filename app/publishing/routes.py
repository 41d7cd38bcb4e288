"""Publishing in the browser: from the Content Manager only."""

from typing import Any

from flask import Response, url_for

from app.core.access import current_account_id, current_actor, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.languages import NN_, gettext
from app.core.permissions import Permission
from app.core.wording import counted, left_out_sentence, sentences
from app.publishing import actions, editor_routes
from app.publishing.batches import routes as batch_routes
from app.publishing.blueprint import bp
from app.publishing.checks import routes as check_routes
from app.publishing.post_status import routes as life_routes
from app.publishing.schedule import calendar_routes
from app.publishing.schedule import routes as schedule_routes
from app.publishing.selection import all_are_meant, chosen_ids
from app.publishing.verification import services as verification

__all__ = [
    "batch_routes",
    "bp",
    "calendar_routes",
    "check_routes",
    "editor_routes",
    "life_routes",
    "schedule_routes",
]


@bp.post("/content/publish/")
@requires(Permission.CONTENT_PUBLISH)
def start_publishing() -> Any:
    """Publish the chosen content: repeated `content_ids`, or `all_matching=1` with the list's `filter`.

    Several make a batch, and the answer leads to its page; one leads to its editor, which shows the steps. HTMX gets
    200 without content and a toast for rows that it shows itself. 404 when one of the contents is not of this account,
    422 when nothing was chosen or too much.
    """
    content_ids = chosen_ids()
    start = actions.start_publishing(current_account_id(), current_actor(), content_ids)
    db.session.commit()
    left_out = [
        (
            start.joined,
            NN_("%(num)s item that was being published already", "%(num)s items that were being published already"),
        ),
        (start.away, actions.AWAY),
    ]
    publishing = counted(start.count, NN_("Publishing %(num)s item.", "Publishing %(num)s items."))
    overridden = counted(
        start.unscheduled,
        NN_("%(num)s scheduled publish is cancelled by it.", "%(num)s scheduled publishes are cancelled by it."),
    )
    words = sentences(publishing, overridden if start.unscheduled else "", left_out_sentence(left_out))
    toast(words, "warning" if start.unscheduled else "info")  # a warning stays when the work has ended
    if is_partial_request() and (start.batch is None or not all_are_meant()):
        return Response(status=200)
    if start.batch is None:
        return redirect_to(url_for("content.edit", content_id=content_ids[0]))
    return redirect_to(url_for("publishing.show_batch", batch_id=start.batch.id))


@bp.post("/content/<int:content_id>/verify/")
@requires(Permission.CONTENT_PUBLISH)
def verify_content(content_id: int) -> Any:
    """Visit the published page again. 422 when the content was never published from here."""
    verification.start_verification(current_account_id(), content_id, current_actor())
    db.session.commit()
    toast(gettext("Looking at the live page."), "info")
    if is_partial_request():
        return Response(status=200)
    return redirect_to(url_for("content.edit", content_id=content_id))
