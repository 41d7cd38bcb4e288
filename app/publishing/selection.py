"""Which content a form of the Content Manager means. Routes only."""

from flask import request

from app.content.listing import CONTENT_LIST, matching_ids
from app.content.services import Ids
from app.core.access import current_account_id
from app.core.errors import NotFound
from app.core.languages import gettext, local_number
from app.core.listing.pages import ids_in_order
from app.core.request_ids import ids_of
from app.saved_views.batch_form import selection
from app.sites.current import current_site
from app.sites.error_codes import error_for

MOST_AT_ONCE = 5000


def all_are_meant() -> bool:
    """True when the form means every row that matches, not only those on the page."""
    return request.form.get("all_matching") == "1"


def chosen_ids() -> list[int]:
    """Repeated `content_ids`, or all that match `filter` with `all_matching=1`, in the order of the list.

    Raises DomainError when nothing is chosen, more than MOST_AT_ONCE, or by filters that cannot be read.
    """
    ids = _matching() if all_are_meant() else ids_of(request.form.getlist("content_ids"), at_most=MOST_AT_ONCE + 1)
    if not ids:
        raise error_for("NOTHING_SELECTED")
    if len(ids) > MOST_AT_ONCE:
        raise error_for(
            "TOO_MANY",
            message=gettext(
                "At most %(most_at_once)s items can be chosen at once.",
                most_at_once=local_number(MOST_AT_ONCE),
            ),
        )
    return ids


def chosen_rows() -> tuple[int, Ids]:
    """The present site, and its rows that the form means: those ticked, or a SELECT of all that match.

    Raises DomainError when nothing is chosen, NotFound without a site.
    """
    chosen, site = selection("content_ids").required("item"), current_site()
    if site is None:
        raise NotFound(gettext("There is no site yet."), cure=gettext("Add a site first."))
    if chosen.all_matching:
        return site.id, matching_ids(current_account_id(), site.id, CONTENT_LIST.read_exactly(chosen.filters))
    return site.id, chosen.ids


def _matching() -> list[int]:
    site = current_site()
    if site is None:
        return []
    query = CONTENT_LIST.read_exactly(selection("content_ids").filters)
    stmt = matching_ids(current_account_id(), site.id, query)
    return ids_in_order(CONTENT_LIST, query, stmt, MOST_AT_ONCE + 1)
