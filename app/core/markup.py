"""Cleaning HTML in bounded time and memory: what is nested beyond reason is not parsed at all. Pure."""

import re
from html import escape
from typing import Any

import nh3

MAX_NESTING = 500
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
# Reopened by parsers in each later paragraph until they are closed: one million bytes can become billions.
_FORMATTING = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
)
# The next one closes the one before, or nothing can be in it: however many there are, they do not nest.
_SHALLOW = frozenset(
    (
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "dt",
        "dd",
        "tr",
        "td",
        "th",
        "thead",
        "tbody",
        "tfoot",
        "option",
        "colgroup",
    )
)
_SHALLOW_IN_SVG = frozenset(("p", "li", "dt", "dd", "br", "hr", "img", "embed", "meta"))


def is_too_nested(html: str) -> bool:
    """True when more than MAX_NESTING elements are open at once: parsing takes at least the square of that."""
    lower = html.lower()
    shallow = _SHALLOW_IN_SVG if "<svg" in lower or "<math" in lower else _SHALLOW
    stack: list[str] = []
    formatting = dict.fromkeys(_FORMATTING, 0)
    for match in _TAG.finditer(lower):
        closes, name = match.groups()
        if name in shallow:
            continue
        if name in formatting:
            formatting[name] = max(0, formatting[name] - 1) if closes else formatting[name] + 1
        elif not closes:
            stack.append(name)
        elif name in stack:
            del stack[len(stack) - 1 - stack[::-1].index(name) :]
        if len(stack) + sum(formatting.values()) > MAX_NESTING:
            return True
    return False


def cut_at_unclosed(html: str) -> str:
    """`html` up to the first comment or tag that never ends: a parser would read to the end again from each."""
    comment = html.find("<!--", html.rfind("-->") + 1)
    before_comment = html if comment < 0 else html[:comment]
    bracket = before_comment.find("<", before_comment.rfind(">") + 1)
    return before_comment if bracket < 0 else before_comment[:bracket]


def without_comments(html: str) -> str:
    """`html` with a space for each comment; one that never ends stays."""
    pieces, position = [], 0
    while (start := html.find("<!--", position)) >= 0 and (end := html.find("-->", start + 4)) >= 0:
        pieces.append(html[position:start])
        position = end + 3
    return " ".join([*pieces, html[position:]])


def clean_html(html: str, **options: Any) -> str:
    """`nh3.clean` with these options; HTML nested beyond reason comes back as text."""
    return escape(html) if is_too_nested(html) else nh3.clean(html, **options)
