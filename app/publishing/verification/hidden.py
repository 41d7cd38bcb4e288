"""Elements that a browser does not draw, as their own markup says (pure)."""

import re
from collections.abc import Mapping

VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "param")
)
ROOTS = frozenset(("html", "body"))  # hidden until their scripts have run
STYLE = re.compile(r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)\s*(?:!\s*important\s*)?(?:;|$)")


class Hidden:
    """Whether a parser is within such an element; called for each tag that begins and ends."""

    def __init__(self) -> None:
        self._tag = ""
        self._depth = 0

    def __bool__(self) -> bool:
        return self._depth > 0

    def begins(self, tag: str, attrs: Mapping[str, str]) -> None:
        """An element begins; a paragraph that was not closed ends with the next."""
        if self._depth and tag == self._tag:
            self._depth += tag != "p"
        if self._depth and not (tag == self._tag == "p"):
            return
        self._tag, self._depth = tag, int(_is_hidden(tag, attrs))

    def ends(self, tag: str) -> None:
        """An element ends."""
        if self._depth and tag == self._tag:
            self._depth -= 1


def _is_hidden(tag: str, attrs: Mapping[str, str]) -> bool:
    if tag in VOID or tag in ROOTS:
        return False
    if "hidden" in attrs and attrs["hidden"].lower() != "until-found":
        return True
    return STYLE.search(attrs.get("style", "").lower()) is not None or (tag == "dialog" and "open" not in attrs)
