"""Which content a form of the Content Manager means. Routes only."""

from flask import request

from app.content.listing import CONTENT_LIST, matching_ids
from app.core.access import current_account_id
from app.core.listing.pages import ids_in_order
from app.core.listing.selection import filters_of
from app.core.request_ids import ids_of
from app.sites.current import current_site
from app.sites.error_codes import error_for

MOST_AT_ONCE = 5000


def all_are_meant() -> bool:
    """True when the form means every row that matches, not only those on the page."""
    return request.form.get("all_matching") == "1"


def chosen_ids() -> list[int]:
    """Repeated `content_ids`, or all that match `filter` with `all_matching=1`, in the order of the list.

    Raises DomainError when nothing is chosen, or more than MOST_AT_ONCE.
    """
    ids = _matching() if all_are_meant() else ids_of(request.form.getlist("content_ids"), at_most=MOST_AT_ONCE + 1)
    if not ids:
        raise error_for("NOTHING_SELECTED")
    if len(ids) > MOST_AT_ONCE:
        raise error_for("TOO_MANY", message=f"At most {MOST_AT_ONCE:,} items can be published or scheduled at once.")
    return ids


def _matching() -> list[int]:
    site = current_site()
    if site is None:
        return []
    query = CONTENT_LIST.read(filters_of(request.form.get("filter")))
    stmt = matching_ids(current_account_id(), site.id, query)
    return ids_in_order(CONTENT_LIST, query, stmt, MOST_AT_ONCE + 1)
