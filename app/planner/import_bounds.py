"""How much of an import a request looks at: all of a short one, the beginning of a long one. Pure."""

from app.core.errors import DomainError
from app.planner.keyword_text import MAX_BYTES

SHORT_LINES = 2000
SHORT_BYTES = 1024 * 1024
HEAD_LINES = 3000
HEAD_BYTES = 256 * 1024
MOST_LINES = 1_000_000  # blank ones too; MAX_ROWS are half of it


def count_lines(data: bytes) -> int:
    """How many lines there are, whichever way they end, in UTF-8 and in UTF-16."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n") - data.count(b"\r\0\n") + 1


def refuse_too_long(data: bytes) -> None:
    """Raise DomainError for what no worker should read either."""
    if len(data) > MAX_BYTES:
        raise DomainError(
            f"The import is larger than {MAX_BYTES // 1024 // 1024} MB.",
            code="FILE_TOO_LARGE",
            cure="Split it into smaller files and import them one after another.",
            field="csv_file",
        )
    if (lines := count_lines(data)) > MOST_LINES:
        raise DomainError(
            f"The import has {lines:,} lines; at most {MOST_LINES:,} can be read at once.",
            code="TOO_MANY_LINES",
            cure="Remove blank lines, or split it into smaller files.",
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
            f"The first {HEAD_LINES:,} lines are blank.",
            code="BLANK_LINES",
            field="csv_file",
            cure="Remove the blank lines at the beginning.",
        )
    return head


def _whole_letters(head: bytes) -> bytes:
    """Without the last line when it may be cut within a letter of UTF-8."""
    whole, newline, cut = head.rpartition(b"\n")
    return whole if newline and cut else head
