"""Texts in which there is nothing to see. Pure."""

import unicodedata

_WITHOUT_PICTURE = frozenset("\u034f\u115f\u1160\u180b\u180c\u180d\u180e\u2800\u3164\uffa0") | frozenset(
    map(chr, range(0xFE00, 0xFE10))
)
_SPACES_AND_MARKS = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf"))


def is_blank(text: str) -> bool:
    """Whether all of a text is white space, or characters that have no width or no picture."""
    return all(char in _WITHOUT_PICTURE or unicodedata.category(char) in _SPACES_AND_MARKS for char in text)


def visible_line(text: str) -> str:
    """The text with single spaces, as names are stored; empty where there is nothing to see in it."""
    line = " ".join(text.split())
    return "" if is_blank(line) else line
