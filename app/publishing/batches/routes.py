"""Batches in the browser: the list, one batch with its rows, trying again, cancelling the rest."""

from typing import Any

from flask import Response, render_template, request, url_for

from app.core.access import current_account_id, current_actor, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import NN_, gettext
from app.core.permissions import Permission
from app.core.request_ids import ids_of, parse_version
from app.core.tenancy import owned
from app.core.wording import counted, sentences
from app.publishing import actions
from app.publishing.batches import progress as batch_progress
from app.publishing.batches import services as batches
from app.publishing.blueprint import bp
from app.publishing.models import PublishBatch

MOST_SHOWN = 3


@bp.get("/publishing/batches/")
@requires(Permission.CONTENT_READ)
def list_batches() -> str:
    """The account's batches, the newest first."""
    page = batches.list_batches(current_account_id(), request.args)
    return page_or_partial(
        "publishing/batches.html",
        "publishing/_batches.html",
        page=page,
        list_spec=batches.BATCH_LIST,
        tallies=batch_progress.tallies(page.items),
    )


@bp.get("/publishing/batches/now/")
@requires(Permission.CONTENT_READ)
def batches_now() -> str:
    """The bars of the batches under way (a fragment), and of those in `shown` that have ended since."""
    shown_ids = ids_of(request.args.get("shown", "").split(","))[:MOST_SHOWN]
    active = batches.active_batches(current_account_id(), MOST_SHOWN, shown_ids)
    return render_template("publishing/_batches_now.html", batches=active, tallies=batch_progress.tallies(active))


@bp.get("/publishing/batches/<int:batch_id>/")
@requires(Permission.CONTENT_READ)
def show_batch(batch_id: int) -> str:
    """One batch: `?show=failed` for its failures only."""
    batch = owned(PublishBatch, batch_id, current_account_id())
    query = batch_progress.ROW_LIST.read(request.args)
    return page_or_partial(
        "publishing/batch.html",
        "publishing/_batch.html",
        batch=batch,
        tally=batch_progress.tally_of(batch),
        page=batch_progress.list_batch_rows(batch, query),
        list_spec=batch_progress.ROW_LIST,
        failed_only=query.any,
    )


@bp.post("/publishing/batches/<int:batch_id>/retry/")
@requires(Permission.CONTENT_PUBLISH)
def retry_batch(batch_id: int) -> Any:
    """Start the failed rows again, or only the one at `position`."""
    text = request.form.get("position")
    position = parse_version(text) if text else None
    count = actions.retry_batch(current_account_id(), current_actor(), batch_id, position)
    db.session.commit()
    toast(
        counted(count, NN_("Started %(num)s item again.", "Started %(num)s items again."))
        if count
        else gettext("Nothing is left to be started again."),
        "info",
    )
    return _after(batch_id)


@bp.post("/publishing/batches/<int:batch_id>/cancel/")
@requires(Permission.CONTENT_PUBLISH)
def cancel_batch(batch_id: int) -> Any:
    """Cancel what waits; what is going live goes on, and the toast says so."""
    count = actions.cancel_batch(current_account_id(), current_actor(), batch_id)
    db.session.commit()
    running = batch_progress.tally_of(owned(PublishBatch, batch_id, current_account_id())).running
    cancelled = NN_("Cancelled %(num)s item.", "Cancelled %(num)s items.")
    goes_on = NN_(
        "%(num)s item is being published and will be finished.",
        "%(num)s items are being published and will be finished.",
    )
    toast(
        sentences(
            counted(count, cancelled) if count else gettext("Nothing was waiting any more."),
            counted(running, goes_on) if running else "",
        ),
        "info",
    )
    return _after(batch_id)


def _after(batch_id: int) -> Any:
    """HTMX reloads the region itself; a plain form goes back to the page."""
    if is_partial_request():
        return Response(status=200)
    return redirect_to(url_for("publishing.show_batch", batch_id=batch_id))
