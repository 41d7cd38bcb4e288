"""The elements that browsers make of a text in HTML, by a parser of the HTML standard (Lexbor). Pure, bounded time.

Browsers differ by whether scripts run (`noscript`) and by age (`select`): the tree is built in each of these ways.
"""

import re
from collections.abc import Iterator
from itertools import product

from selectolax.lexbor import LexborHTMLParser

MOST_WORK = 200_000_000  # steps: tags times depth, which is what a parser may need for hostile nesting
_WAS = "igny8-was"
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_CLOSED_BY_OTHERS = frozenset(("p", "li", "dd", "dt", "br", "hr", "img", "embed", "meta"))
# Formatting elements are opened anew in each later block, without limit. Others, which are not, stand in for them:
# `span` ends a drawing (SVG) as they do, an unknown element goes on in it.
_ENDS_DRAWING = frozenset(("b", "big", "code", "em", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"))
_STANDS_IN = dict.fromkeys(_ENDS_DRAWING, "span") | {"a": "x-a", "template": "x-template"}


def elements(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each element of each of these trees, as its lower-case name and attributes; an element may come several times."""
    html = html.encode("utf-8", "replace").decode()
    readings = {
        _with_stand_ins(html, {"font": font} | ({"select": "div"} if select else {}))
        for font, select in product(("span", "x-font"), (False, True))
    }
    for reading, scripting in product(sorted(readings), (True, False) if "<noscript" in html.lower() else (True,)):
        tree = LexborHTMLParser(f"<!doctype html><body>{reading}", scripting=scripting)
        for node in tree.root.traverse() if tree.root else ():
            values = {name.lower(): value or "" for name, value in node.attributes.items()}
            yield values.pop(_WAS, "") or (node.tag or "").lower(), values


def parsed(html: str) -> LexborHTMLParser:
    """The tree as browsers that run scripts make it, with stand-ins for the elements of formatting."""
    reading = _with_stand_ins(html.encode("utf-8", "replace").decode(), {"font": "span"})
    return LexborHTMLParser(f"<!doctype html><body>{reading}", scripting=True)


def is_too_deep(html: str) -> bool:
    """True for nesting that would keep a parser busy for long: nobody writes such a text by hand."""
    tags = depth = deepest = 0
    for match in _TAG.finditer(html):
        tags += 1
        if match[2].lower() not in _CLOSED_BY_OTHERS:
            depth = max(0, depth - 1) if match[1] else depth + 1
            deepest = max(deepest, depth)
    return tags * deepest > MOST_WORK


def _with_stand_ins(html: str, more: dict[str, str]) -> str:
    names = _STANDS_IN | more

    def stand_in(match: re.Match[str]) -> str:
        closing, name = match[1], match[2].lower()
        if name not in names:
            return match[0]
        return f"<{closing}{names[name]}" + ("" if closing else f" {_WAS}={name} ")

    return _TAG.sub(stand_in, html)
