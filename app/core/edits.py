"""When two people edit the same row: a form carries what it was filled with, and saving is refused if that has changed.

Only the fields that the form shows count: a run that moved the row or updated its counts is no conflict.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from app.core.errors import Conflict
from app.core.languages import gettext


def etag(values: Mapping[str, Any]) -> str:
    """A digest of the values of some fields: the hidden field `etag` of a form."""
    return sha256(json.dumps(dict(values), sort_keys=True, default=str).encode()).hexdigest()[:32]


class EditConflict(Conflict):
    """Somebody saved this row since the form was filled. `stored` has the present values, by field."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        super().__init__(
            gettext("Somebody else saved this while you were changing it."),
            code="EDIT_CONFLICT",
            cure=gettext("What you typed is still here. Compare, then save again to replace what they saved."),
        )
        self.stored = stored


def check_etag(stored: Mapping[str, Any], expected: str | None) -> None:
    """Raise EditConflict unless `stored` is what the form was filled with. Call it with the row locked.

    Callers that show no form (the API, a rule) expect nothing: None passes.
    """
    if expected is not None and expected != etag(stored):
        raise EditConflict(stored)


def differing(
    stored: Mapping[str, Any], sent: Mapping[str, Any], labels: Mapping[str, str], words: Mapping[str, str]
) -> list[tuple[str, str]]:
    """(label, stored value) of each field whose stored value is not what was sent; `labels` are marked by `N_`.

    `words` says by field what a person reads instead of a stored id.
    """
    return [
        (gettext(label), words.get(name, str(stored[name] or "")))
        for name, label in labels.items()
        if _as_sent(stored[name]) != _as_sent(sent.get(name))
    ]


def _as_sent(value: Any) -> str:
    """The value as a form has it; browsers send lines with line endings of their own."""
    return str(value or "").replace("\r\n", "\n")
