"""What the form around a list means: the rows that are chosen, the run to show, where to go back to. Routes only."""

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for

from app.core.access import current_account_id
from app.core.errors import NotFound
from app.core.listing.address import PLACE
from app.core.listing.selection import Selection, filters_of
from app.core.runs import Run
from app.core.runs.kinds import RunKind
from app.core.runs.services import get_run, newest_open_run
from app.sites.models import Site


def selection(ids: str = "ids") -> Selection:
    """The rows chosen in the batch form of this request; `ids` is what its boxes are called."""
    form = request.form
    return Selection.of(form.getlist(ids), form.get("all_matching"), form.get("filter"))


def ask_first(chosen: Selection, what: str) -> None:
    """Refuse to treat an empty selection as everything, unless the person was asked (`on_all` of the batch form).

    Raises DomainError.
    """
    if request.form.get("on_all") == "ask":
        chosen.required(what)


def shown_run(kinds: Sequence[RunKind], site: Site | None) -> Run | None:
    """The run to show above a list: the one in `?run=`, else an active or paused one of these kinds on this site."""
    try:
        return get_run(uuid.UUID(request.args.get("run", "")), current_account_id())
    except (ValueError, NotFound):
        pass  # no run is named, or it is not ours: look for an active one
    return newest_open_run(site.account_id, site.id, kinds) if site else None


def back_to(endpoint: str, **values: Any) -> str:
    """The list's address with the filters that the batch form carries."""
    parameters = {**filters_of(request.form.get("filter")), **dict.fromkeys((*PLACE, "run")), **values}
    query = {name: value for name, value in parameters.items() if value is not None}
    return url_for(endpoint) + (f"?{urlencode(query)}" if query else "")
