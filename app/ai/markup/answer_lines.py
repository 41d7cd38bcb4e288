"""Answers in plain lines or paragraphs, where JSON was asked for. Pure."""

import re
from collections.abc import Sequence
from itertools import pairwise

LEAST_LETTERS = 150  # of prose that is taken for a section
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+(\S[^\n]*)", re.MULTILINE)
_ITEM = re.compile(r"^[0-9]{1,3}[.)][ \t]+(\S[^\n]*)", re.MULTILINE)
_BULLET = re.compile(r"^[-*•][ \t]+(\S[^\n]*)", re.MULTILINE)
_NUMBERED_NAME = re.compile(r"^\W*(?:[A-Za-z]+ )?([0-9]{1,3})(?:[.):|\]]|\*\*|\s[-–—|])+[ \t]*(\S[^\n]*)", re.MULTILINE)
_NAME_END = re.compile(r"\s*\|.*$|[\s.]+$")
_LINE_OF_LIST = re.compile(r"^[ \t]{0,3}(?:[-*+•]|[0-9]{1,3}[.)])[ \t]+\S", re.MULTILINE)
_BOLD = re.compile(r"\A\*\*([^*\n]+)\*\*[ \t]*[:–—-]?[ \t]*")
_DECLINES = re.compile(
    r"\b(?:I(?:['’]?m| am) (?:sorry|unable|not able)|I apologi[sz]e|I (?:cannot|can['’]t|can not|won['’]t)"
    r"|as an AI|tut mir leid|ich kann (?:leider|nicht)|je suis désolé|je ne peux pas|lo siento|no puedo)\b",
    re.IGNORECASE,
)


def headed_parts(text: str) -> list[tuple[str, str]]:
    """Headings and what stands under each, else lines with numbers or bullets and what follows each.

    Nothing for less than two.
    """
    text = text.strip()
    if text.startswith(("{", "[", "<")) or declines(text):
        return []
    for pattern in (_HEADING, _ITEM, _BULLET):
        marks = list(pattern.finditer(text))
        if len(marks) > 1:
            return _parts_at(text, marks)
    return []


def _parts_at(text: str, marks: Sequence[re.Match[str]]) -> list[tuple[str, str]]:
    ends = [*(after.start() for _mark, after in pairwise(marks)), len(text)]
    parts = []
    for mark, end in zip(marks, ends, strict=True):
        bold = _BOLD.match(mark[1])
        head, rest = (bold[1].rstrip(": "), mark[1][bold.end() :]) if bold else (mark[1].strip(), "")
        parts.append((head, f"{rest}\n{text[mark.end() : end]}".strip()))
    return parts


def numbered_names(text: str) -> list[tuple[str, str]]:
    """The number and the name of each line such as `1. Kettles`, `Cluster 1: Kettles` or `| 1 | Kettles |`."""
    if text.lstrip().startswith(("{", "[", "<")) or declines(text):
        return []
    return [(match[1], _NAME_END.sub("", match[2])) for match in _NUMBERED_NAME.finditer(text)]


def fields_of_prose(text: str) -> dict[str, str] | None:
    """The body that paragraphs or a list are, without heading or JSON; None for what is too short, asks or declines."""
    text = text.strip()
    has_parts = re.search(r"\S[ \t]*\n[ \t]*\n\s*\S", text) or len(_LINE_OF_LIST.findall(text)) > 1
    is_json = text.startswith(("{", "[", "```")) or text.endswith(("}", "]")) or '"content_html"' in text
    if len(text) < LEAST_LETTERS or not has_parts or is_json or text.endswith("?") or declines(text):
        return None
    return {"content_html": text}


def declines(text: str) -> bool:
    """Whether an answer begins with words that it will not be given."""
    return bool(_DECLINES.search(text[:300]))
