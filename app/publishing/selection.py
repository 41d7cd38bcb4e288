"""Which content a form of the Content Manager means. Routes only."""

from flask import request

from app.content.listing import SORTS, Filters, matching_ids
from app.content.models import Content
from app.core.access import current_account_id
from app.core.extensions import db
from app.core.request_ids import ids_of
from app.sites.current import current_site
from app.sites.error_codes import told

MOST_AT_ONCE = 5000


def all_are_meant() -> bool:
    """True when the form means every row that matches, not only those on the page."""
    return request.form.get("all_matching") == "1"


def chosen_ids() -> list[int]:
    """Repeated `content_ids`, or all that match `filter` with `all_matching=1`, in the order of the list.

    Raises DomainError when nothing is chosen, or more than MOST_AT_ONCE.
    """
    ids = _matching() if all_are_meant() else ids_of(request.form.getlist("content_ids"))
    if not ids:
        raise told("NOTHING_SELECTED")
    if len(ids) > MOST_AT_ONCE:
        raise told("TOO_MANY", message=f"At most {MOST_AT_ONCE:,} items can be published or scheduled at once.")
    return ids


def _matching() -> list[int]:
    site = current_site()
    if site is None:
        return []
    filters = Filters.read_query(request.form.get("filter", "").lstrip("?"))
    stmt = matching_ids(current_account_id(), site.id, filters)
    column, descending = SORTS[filters.sort.lstrip("-")], filters.sort.startswith("-")
    order = (column.desc(), Content.id.desc()) if descending else (column.asc(), Content.id.asc())
    return list(db.session.scalars(stmt.order_by(*order).limit(MOST_AT_ONCE + 1)))
