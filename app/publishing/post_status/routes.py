"""Moving content to the trash and unpublishing it, in the browser, each after a confirmation; and undoing both."""

from typing import Any

from flask import Response, render_template, request, url_for

from app.content import services as content_services
from app.content.models import Content
from app.content.services import Ids
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.languages import NN_, gettext
from app.core.permissions import Permission
from app.core.request_ids import parse_id
from app.core.tenancy import owned
from app.core.wording import counted, left_out_sentence, sentences
from app.publishing import actions
from app.publishing.blueprint import bp
from app.publishing.post_status import services as post_status
from app.publishing.post_status import summary as unpublish_summary
from app.publishing.selection import all_are_meant, chosen_rows

SAID = {
    post_status.DRAFT: NN_("Unpublishing %(num)s post in WordPress.", "Unpublishing %(num)s posts in WordPress."),
    post_status.TRASH: NN_("Moving %(num)s post to WordPress's trash.", "Moving %(num)s posts to WordPress's trash."),
    post_status.RESTORE: NN_(
        "Restoring %(num)s post from WordPress's trash.", "Restoring %(num)s posts from WordPress's trash."
    ),
}

NOT_SO = {
    post_status.DRAFT: NN_(
        "%(num)s that is not public there or is at work", "%(num)s that are not public there or are at work"
    ),
    post_status.TRASH: NN_("%(num)s that is not there or is at work", "%(num)s that are not there or are at work"),
    post_status.RESTORE: NN_("%(num)s that is not in WordPress's trash", "%(num)s that are not in WordPress's trash"),
}


def _meant() -> tuple[int, Ids]:
    """The site and the rows that the form means; one row may be of any site of the account."""
    site_id, ids = chosen_rows()
    alone = _alone(ids)
    return (alone.site_id if alone else site_id), ids


def _alone(ids: Ids) -> Content | None:
    """The one content that is meant, if it is one."""
    return owned(Content, ids[0], current_account_id()) if isinstance(ids, list) and len(ids) == 1 else None


def _is_more_than_asked(count: int) -> bool:
    asked_about = parse_id(request.form.get("asked_about"))
    return asked_about is not None and count > asked_about


def _carried(ids: Ids) -> dict[str, Any]:
    """The selection's values that a confirmation page carries along."""
    listed = isinstance(ids, list)
    return {
        "content_ids": ids if listed else [],
        "all_matching": "" if listed else "1",
        "filter": request.form.get("filter", ""),
    }


@bp.post("/content/trash/ask/")
@requires(Permission.CONTENT_WRITE)
def ask_trash() -> str:
    """The confirmation before the chosen rows are moved to the trash: what happens to them, here and in WordPress."""
    site_id, ids = _meant()
    summary = unpublish_summary.summarize_trash(current_account_id(), site_id, ids)
    return _ask_trash(summary, ids)


def _ask_trash(summary: unpublish_summary.TrashSummary, ids: Ids, *, more: bool = False) -> str:
    return render_template("publishing/trash.html", summary=summary, more=more, **_carried(ids))


@bp.post("/content/trash/")
@requires(Permission.CONTENT_WRITE)
def move_to_trash() -> Any:
    """Move the chosen rows to the trash here, and with `in_wordpress=1` their posts to WordPress's trash.

    422 with the question again when more rows match than it was asked about (`asked_about`).
    """
    site_id, ids = _meant()
    account_id, actor = current_account_id(), current_actor()
    if all_are_meant():
        summary = unpublish_summary.summarize_trash(account_id, site_id, ids)
        if _is_more_than_asked(summary.count):
            return _ask_trash(summary, ids, more=True), 422
    in_wordpress = request.form.get("in_wordpress") == "1"
    done, there = actions.move_to_trash(account_id, actor, site_id, ids, in_wordpress=in_wordpress)
    db.session.commit()
    toast(sentences(done.message, counted(there, SAID[post_status.TRASH]) if there else ""), changed=done.count)
    if is_partial_request() and done.run is None:
        return "", 204
    return redirect_to(url_for("content.index", run=str(done.run.id) if done.run else None))


@bp.post("/content/unpublish/ask/")
@requires(Permission.CONTENT_PUBLISH)
def ask_unpublish() -> str:
    """The confirmation before rows are unpublished: how many disappear for visitors, and which are left out."""
    site_id, ids = _meant()
    summary = unpublish_summary.summarize_unpublish(current_account_id(), site_id, ids)
    return _ask_unpublish(summary, ids)


def _ask_unpublish(summary: unpublish_summary.UnpublishSummary, ids: Ids, *, more: bool = False) -> str:
    return render_template("publishing/unpublish.html", summary=summary, more=more, **_carried(ids))


@bp.post("/content/post-status/<any(draft, trash, restore):action>/")
@requires(Permission.CONTENT_PUBLISH)
def change_post_status(action: str) -> Any:
    """Have the posts of the chosen rows made drafts, moved to WordPress's trash, or out of it, each as a run.

    404 when a piece is not of this account, 409 or 422 when a single piece cannot be changed like that. 422 with the
    question again when more rows match than it was asked about (`asked_about`).
    """
    site_id, ids = _meant()
    account_id, alone = current_account_id(), _alone(ids)
    if action == post_status.DRAFT and all_are_meant():
        summary = unpublish_summary.summarize_unpublish(account_id, site_id, ids)
        if _is_more_than_asked(summary.count):
            return _ask_unpublish(summary, ids, more=True), 422
    count = actions.change_post_status(account_id, current_actor(), site_id, ids, action, alone=alone)
    if not count:
        message = gettext("None of these can be changed so in WordPress now.")
        raise DomainError(message, code="NOTHING_DONE", cure=gettext("Reload the page."))
    db.session.commit()
    left_out = [] if alone else [(content_services.count_ids(ids) - count, NOT_SO[action])]
    toast(sentences(counted(count, SAID[action]), left_out_sentence(left_out)), "info")
    if is_partial_request():
        return Response(status=200)
    return redirect_to(url_for("content.edit", content_id=alone.id) if alone else url_for("content.index"))
