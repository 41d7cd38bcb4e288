"""The trash in the browser: the list, restoring, and deleting for good after a question."""

from typing import Any

from flask import render_template, request, url_for

from app.content import actions
from app.content.blueprint import bp
from app.content.models import Content
from app.content.trash import listing as trash_list
from app.content.trash.services import Ids
from app.core.access import current_account_id, current_actor, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import NN_
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.core.wording import counted
from app.saved_views.batch_form import selection
from app.sites.current import current_site, needed_site


@bp.get("/trash/")
@requires(Permission.CONTENT_READ)
def trash() -> str:
    """What is in the trash of the present site."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    page = trash_list.list_trash(current_account_id(), site.id, request.args)
    return page_or_partial(
        "content/trash.html",
        "content/_trash.html",
        site=site,
        page=page,
        names=trash_list.trashed_by_names(page.items),
        list_spec=trash_list.TRASH_LIST,
        narrowed=trash_list.TRASH_LIST.read(request.args).any,
    )


def _meant() -> tuple[int, Ids]:
    """The site and the rows of the trash that the form means; a single row may be on any site of the account."""
    chosen = selection("content_ids").required("item")
    if len(chosen.ids) == 1 and not chosen.all_matching:
        return owned(Content, chosen.ids[0], current_account_id()).site_id, chosen.ids
    site = needed_site()
    if chosen.all_matching:
        return site.id, trash_list.ids_in_trash(current_account_id(), site.id, chosen.filters)
    return site.id, chosen.ids


@bp.post("/trash/restore/")
@requires(Permission.CONTENT_WRITE)
def restore() -> Any:
    """Put the chosen rows back into the lists. Redirects to the editor for a single one, unless HTMX asks."""
    site_id, ids = _meant()
    done = actions.restore_from_trash(current_account_id(), current_actor(), site_id, ids)
    return _answer(done, url_for("content.edit", content_id=ids[0]) if isinstance(ids, list) and len(ids) == 1 else "")


def _answer(done: actions.BulkDone, leads_to: str = "") -> Any:
    db.session.commit()
    toast(done.message, changed=done.count)
    if is_partial_request() and done.run is None:
        return "", 204
    run = str(done.run.id) if done.run else None
    return redirect_to(leads_to or url_for("content.index" if run else "content.trash", run=run))


@bp.post("/trash/delete/ask/")
@requires(Permission.CONTENT_WRITE)
def ask_delete() -> str:
    """The confirmation before the chosen rows are deleted for good: what is deleted with them, and what stays."""
    site_id, ids = _meant()
    return _ask(site_id, ids)


def _ask(site_id: int, ids: Ids, error: str = "") -> str:
    form = request.form
    return render_template(
        "content/delete_for_good.html",
        summary=trash_list.summarize_deletion(current_account_id(), site_id, ids),
        content_ids=ids if isinstance(ids, list) else [],
        all_matching="" if isinstance(ids, list) else "1",
        filter=form.get("filter", ""),
        error=error,
    )


@bp.post("/trash/delete/")
@requires(Permission.CONTENT_WRITE)
def delete_for_good() -> Any:
    """Delete the chosen rows for good.

    For more than one, their number has to be typed: otherwise 422 with the confirmation again.
    """
    site_id, ids = _meant()
    summary = trash_list.summarize_deletion(current_account_id(), site_id, ids)
    if summary.count != 1 and request.form.get("typed", "").strip().replace(",", "") != str(summary.count):
        words = NN_("Type %(num)s to delete %(num)s item for good.", "Type %(num)s to delete %(num)s items for good.")
        return _ask(site_id, ids, counted(summary.count, words)), 422
    return _answer(actions.delete_for_good(current_account_id(), current_actor(), site_id, ids))
