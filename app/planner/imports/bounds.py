"""How much of an import is read within a request: all of a short one, the beginning of a long one. Pure."""

import re

from app.core.errors import DomainError
from app.core.languages import gettext, local_number
from app.planner.imports.text import MAX_BYTES

SHORT_LINES = 2000
SHORT_BYTES = 1024 * 1024
HEAD_LINES = 3000
HEAD_BYTES = 256 * 1024
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
MOST_LINES = 1_000_000  # blank ones too; MAX_ROWS are half of it


def count_lines(data: bytes) -> int:
    """How many lines there are, with any kind of line ending, in UTF-8 or UTF-16."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n") - data.count(b"\r\0\n") + 1


def refuse_too_long(data: bytes) -> None:
    """Raise DomainError for what is too long even for a worker."""
    if len(data) > MAX_BYTES:
        raise DomainError(
            gettext("The import is larger than %(max_bytes)s MB.", max_bytes=MAX_BYTES // 1024 // 1024),
            code="FILE_TOO_LARGE",
            cure=gettext("Split it into smaller files and import them one after another."),
            field="csv_file",
        )
    if (lines := count_lines(data)) > MOST_LINES:
        raise DomainError(
            gettext(
                "The import has %(lines)s lines; at most %(most_lines)s can be read at once.",
                lines=local_number(lines),
                most_lines=local_number(MOST_LINES),
            ),
            code="TOO_MANY_LINES",
            cure=gettext("Remove blank lines, or split it into smaller files."),
            field="csv_file",
        )


def is_short(data: bytes) -> bool:
    """True when a request may read all of it."""
    return len(data) <= SHORT_BYTES and count_lines(data) <= SHORT_LINES


def head_of(data: bytes) -> bytes:
    """The first lines of a long import, enough to tell its columns; raises DomainError when nothing is in them."""
    if is_short(data):
        return data
    head = b"\n".join(data[:HEAD_BYTES].split(b"\n", HEAD_LINES)[:HEAD_LINES])
    head = head[: len(head) - len(head) % 2] if b"\0" in head else _whole_letters(head)
    if not head.replace(b"\0", b"").strip():
        raise DomainError(
            gettext("The first %(head_lines)s lines are blank.", head_lines=local_number(HEAD_LINES)),
            code="BLANK_LINES",
            field="csv_file",
            cure=gettext("Remove the blank lines at the beginning."),
        )
    return head


def beyond_ascii(data: bytes, head: bytes) -> bytes:
    """The first lines with letters beyond ASCII, for files whose head has none that show the encoding."""
    if len(head) == len(data) or not head.isascii() or b"\0" in head:
        return b""
    match = _BEYOND_ASCII.search(data, len(head))
    if match is None:
        return b""
    start = data.rfind(b"\n", 0, match.start()) + 1
    lines = data[start : start + HEAD_BYTES]
    return _whole_letters(lines) if start + HEAD_BYTES < len(data) else lines


def _whole_letters(head: bytes) -> bytes:
    """The bytes without their last line if that may be cut inside a UTF-8 character."""
    whole, newline, cut = head.rpartition(b"\n")
    return whole if newline and cut else head
