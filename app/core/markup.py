"""Cleaning HTML in bounded time: what is nested beyond reason is not parsed at all. Pure."""

import re
from typing import Any

import nh3

MAX_NESTING = 500
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# A second one closes the first, or nothing can be in it: however many there are, they do not nest.
_SHALLOW = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
     "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "colgroup")
)  # fmt: skip


def too_nested(html: str) -> bool:
    """True when elements stand in each other more than MAX_NESTING deep: parsing takes the square of that."""
    depth = 0
    for match in _TAG.finditer(html):
        if match[2].lower() not in _SHALLOW:
            depth = max(0, depth - 1) if match[1] else depth + 1
            if depth > MAX_NESTING:
                return True
    return False


def cleaned(html: str, **options: Any) -> str:
    """`nh3.clean` with these options; HTML nested beyond reason comes back as text."""
    return nh3.clean_text(html) if too_nested(html) else nh3.clean(html, **options)
