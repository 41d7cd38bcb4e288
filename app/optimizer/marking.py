"""Places of a text, painted: `<mark>` around their words in the HTML, whatever markup lies between. Pure."""

import re
from collections.abc import Iterable

from app.optimizer.analysis import Mark

_TAG = re.compile(r"(<!--.*?-->|<[^>]*>)", re.DOTALL)


def with_marks(html: str, marks: Iterable[Mark]) -> str:
    """`html` with `<mark>` around the words of these places; of places that overlap the first is painted."""
    pieces, position = [], 0
    for mark in sorted(marks, key=lambda mark: (mark.start, mark.end)):
        if mark.start < position or mark.end > len(html):
            continue
        pieces += [html[position : mark.start], _painted(html[mark.start : mark.end])]
        position = mark.end
    return "".join([*pieces, html[position:]])


def _painted(part: str) -> str:
    painted = []
    for piece in _TAG.split(part):
        is_image = piece[:4].lower() == "<img"
        is_text = bool(piece.strip()) and not _TAG.fullmatch(piece)
        painted.append(f"<mark>{piece}</mark>" if is_text or is_image else piece)
    return "".join(painted)
