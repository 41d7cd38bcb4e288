"""Changes as a person reads them: what stood there and what would, word by word. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

from app.core.languages import gettext
from app.core.side_by_side import Part, side_by_side
from app.optimizer.rewrite.changes import HTML, REASONS, ProposedChange
from app.optimizer.rewrite.passages import bare_text

_ALT = re.compile(r"\salt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_SOURCE = re.compile(r"\ssrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_LEVEL = re.compile(r"<h([1-6])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change with its two texts in parts, each marked when it is only on this side. `place` says where it is."""

    change: ProposedChange
    reason: str
    before: Sequence[Part]
    after: Sequence[Part]
    place: str = ""


def shown_change(change: ProposedChange) -> ShownChange:
    """A change for a page, in the language of the person."""
    before, after, place = _texts(change)
    rows = side_by_side(before, after)
    theirs = [part for row in rows for part in row.theirs]
    ours = [part for row in rows for part in row.ours]
    return ShownChange(change, gettext(REASONS[change.reason]), theirs, ours, place)


def _texts(change: ProposedChange) -> tuple[str, str, str]:
    if change.field != HTML:
        return change.before, change.after, ""
    if change.reason == "alt":
        source = _attribute(_SOURCE, change.after).rpartition("/")[2][:80]
        place = "" if source.startswith("igny8-image:") else source
        return _attribute(_ALT, change.before), _attribute(_ALT, change.after), place
    before, after = (unescape(bare_text(html)).strip() for html in (change.before, change.after))
    if change.reason == "heading":
        levels = [match[1] for html in (change.before, change.after) if (match := _LEVEL.search(html))]
        return gettext("Heading %(level)s", level=levels[0]), gettext("Heading %(level)s", level=levels[1]), before
    return (before, after, "") if before != after else (change.before, change.after, "")


def _attribute(pattern: re.Pattern[str], tag: str) -> str:
    match = pattern.search(tag)
    return unescape(match[1] or match[2] or "") if match else ""
