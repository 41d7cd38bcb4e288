"""The bell: what ended or failed since the person last looked."""

from typing import Any

from flask import Blueprint, render_template, request, url_for

from app.core.access import current_account_id, current_user_id, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, redirect_to
from app.core.listing.filters import instant_of
from app.core.permissions import Permission
from app.core.runs.kinds import kind_of
from app.monitoring import news

bp = Blueprint("news", __name__, url_prefix="/news")


@bp.get("/")
@requires(Permission.ACCOUNT_READ)
def index() -> str:
    """The news of the last week, with those that are new marked; HTMX gets the closed bell with their number."""
    account_id, user_id = current_account_id(), current_user_id()
    if is_partial_request():
        return render_template("news/_bell.html", news_count=news.count_news(account_id, user_id))
    return render_template("news/index.html", **_listed(account_id, user_id))


@bp.post("/seen/")
@requires(Permission.ACCOUNT_READ)
def see() -> Any:
    """The person opens the news: HTMX gets the bell with the list, in which what was new stays marked.

    `until` says how far the news went on the page that was sent before.
    """
    account_id, user_id = current_account_id(), current_user_id()
    listed = _listed(account_id, user_id)
    until = instant_of(request.form.get("until", "")) or listed["until"]
    if until is not None:
        news.mark_seen(account_id, user_id, until)
    db.session.commit()
    if is_partial_request():
        return render_template("news/_bell.html", news_count=0, **listed)
    return redirect_to(url_for("news.index"))


def _listed(account_id: int, user_id: int) -> dict[str, Any]:
    lines = news.list_news(account_id, user_id)
    return {"lines": lines, "until": news.end_of(lines), "kind_of": kind_of}
