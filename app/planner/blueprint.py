"""The planner's blueprint, and what its routes share."""

import uuid
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request, url_for

from app.core.access import current_account_id
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.listing.address import PLACE
from app.core.listing.selection import Selection, filters_of
from app.core.runs import Run
from app.core.runs.services import get_run
from app.sites.current import current_site
from app.sites.models import Site

bp = Blueprint("planner", __name__, url_prefix="/planner")


def needed_site() -> Site:
    """The present site; raises DomainError when the account has none yet."""
    site = current_site()
    if site is None:
        raise DomainError("There is no site yet.", code="NO_SITE", cure="Add a site first, under Sites.")
    return site


def selection() -> Selection:
    """The rows chosen in the batch form of this request."""
    form = request.form
    return Selection.of(form.getlist("ids"), form.get("all_matching"), form.get("filter"))


def ask_first(chosen: Selection, what: str) -> None:
    """Refuse to take nothing selected for everything, unless the person was asked (`on_all` of the batch form).

    Raises DomainError.
    """
    if request.form.get("on_all") == "ask":
        chosen.required(what)


def shown_run(kinds: tuple[str, ...], site: Site | None) -> Run | None:
    """The run to show above a list: the one in `?run=`, else an active one of these kinds on this site."""
    try:
        return get_run(uuid.UUID(request.args.get("run", "")), current_account_id())
    except (ValueError, NotFound):
        pass  # no run is named, or it is not ours: look for an active one
    if site is None:
        return None
    active = (
        db.select(Run)
        .where(
            Run.account_id == current_account_id(),
            Run.site_id == site.id,
            Run.kind.in_(kinds),
            Run.state.in_(("queued", "running")),
        )
        .order_by(Run.created_at.desc())
    )
    found: Run | None = db.session.scalar(active.limit(1))
    return found


def back_to(endpoint: str, **values: Any) -> str:
    """The list's address with the filters that the batch form carries."""
    wanted = {**filters_of(request.form.get("filter")), **dict.fromkeys((*PLACE, "run")), **values}
    query = {name: value for name, value in wanted.items() if value is not None}
    return url_for(endpoint) + (f"?{urlencode(query)}" if query else "")
