"""Finding anything from anywhere, and the keys that the pages know."""

from flask import Blueprint, request, url_for

from app.accounts import module_routes
from app.core import features
from app.core.access import current_account_id, offers, requires
from app.core.features import FoundItem
from app.core.htmx import page_or_partial
from app.core.languages import gettext
from app.core.permissions import Permission
from app.sites.current import current_site

bp = Blueprint("find", __name__)


@bp.get("/find/")
@requires(Permission.ACCOUNT_READ)
def index() -> str:
    """Pages, actions and items of every feature that match `?q=`; what HTMX gets is the list alone."""
    words = request.args.get("q", "").strip()
    actions = [
        (gettext(action.label), url_for(action.endpoint) + action.query, action.icon)
        for action in features.actions()
        if offers(action.permission) and module_routes.is_served(action.endpoint)
    ]
    return page_or_partial("find/index.html", "find/_results.html", q=words, actions=actions, items=_items(words))


def _items(words: str) -> list[tuple[str, str, list[tuple[FoundItem, str]]]]:
    """(heading, icon, [(finding, its address)]) of each feature that found something."""
    site = current_site()
    if site is None:
        return []
    groups = []
    for switch, finder in features.finders():
        if offers(finder.permission) and (switch is None or module_routes.module_on(switch)):
            rows = finder.find(current_account_id(), site.id, words)
            groups.append(
                (gettext(finder.label), finder.icon, [(row, url_for(row.endpoint, **row.values)) for row in rows])
            )
    return [group for group in groups if group[2]]
