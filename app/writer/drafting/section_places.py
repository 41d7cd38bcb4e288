"""Where a section is in a text, and the text with the section replaced. Pure: all around it stays byte for byte."""

import re

from app.ai.wording import title_key
from app.content.blocks import TextPiece, split
from app.writer.drafting.draft_text import read_text

_HEADING = re.compile(r"<h([1-6])\b", re.IGNORECASE)


def headings_of(html: str) -> list[str]:
    """The second-level headings whose sections can be rewritten, each once."""
    return list(dict.fromkeys(block.text for block in read_text(html).headings if block.level == 2))


def section_of(html: str, heading: str) -> str | None:
    """The section under a heading, with it; None when the heading is not in the text."""
    place = _place(html, heading)
    return None if place is None else html[place[0] : place[1]]


def with_section(html: str, heading: str, section: str) -> str | None:
    """The text with `section` in place of the one under this heading; None when the heading is not in the text."""
    place = _place(html, heading)
    if place is None:
        return None
    old = html[place[0] : place[1]]
    after = old[len(old.rstrip()) :]
    return html[: place[0]] + section.strip() + after + html[place[1] :]


def text_before(html: str, heading: str) -> str:
    """The text before a section."""
    place = _place(html, heading)
    return html[: place[0]] if place is not None else ""


def _place(html: str, heading: str) -> tuple[int, int] | None:
    """Offsets of the section: from its heading to the next of its level or above."""
    offset, start, level = 0, None, 0
    for piece in split(html):
        piece_level = _level(piece)
        if start is not None and piece_level and piece_level <= level:
            return start, offset
        if start is None and piece_level and title_key(_words(piece)) == title_key(heading):
            start, level = offset, piece_level
        offset += len(piece.raw)
    return None if start is None else (start, offset)


def _level(piece: TextPiece) -> int:
    """The level of the heading that a piece is; 0 for any other."""
    if piece.kind not in ("block", "element") or piece.name not in ("heading", "h1", "h2", "h3", "h4", "h5", "h6"):
        return 0
    match = _HEADING.search(piece.raw)
    return int(match[1]) if match else 0


def _words(piece: TextPiece) -> str:
    return " ".join(block.text for block in read_text(piece.raw).blocks)
