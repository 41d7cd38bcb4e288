"""Turning the bytes of a keyword export into rows of cells. Pure.

Reads comma, semicolon, tab and pipe separated text in UTF-8, UTF-16 or Windows-1252, with or
without byte order mark and preamble lines. A broken quote costs one row, never the rest of the file.
"""

import csv
import io
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from app.core.errors import DomainError

MAX_BYTES = 20 * 1024 * 1024
MAX_LINE = 100_000
MAX_COLUMNS = 300
QUOTE_LINES = 40
HEAD_LINES = 30
DELIMITERS = "\t,;|"

FIELDS = ("keyword", "volume", "difficulty", "cpc", "intent", "country")
HEADERS: dict[str, tuple[str, ...]] = {
    "keyword": (
        "keyword", "keywords", "query", "queries", "top queries", "search term", "search terms", "term",
        "search query", "keyword phrase", "phrase", "suchbegriff", "palabra clave", "mot clé", "key phrase",
    ),
    "volume": (
        "volume", "search volume", "search_volume", "avg. monthly searches", "avg monthly searches",
        "average monthly searches", "monthly searches", "monthly volume", "searches", "sv", "vol",
        "suchvolumen", "global volume", "avg. search volume",
    ),
    "difficulty": (
        "keyword difficulty", "keyword_difficulty", "kd", "kd %", "kd%", "difficulty", "seo difficulty",
        "keyword difficulty index", "keyword difficulty (kd)", "organic difficulty",
    ),
    "cpc": (
        "cpc", "cpc (usd)", "cpc (eur)", "cpc (gbp)", "cost per click", "avg. cpc", "average cpc",
        "top of page bid (high range)", "top of page bid (low range)", "cpc $",
    ),
    "intent": ("intent", "intents", "search intent", "keyword intent", "main intent", "user intent"),
    "country": ("country", "location", "country code", "database", "target country", "region"),
}  # fmt: skip
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "This is an Excel workbook or a ZIP file, not a CSV."),
    (b"PK\x05\x06", "This is an empty ZIP file, not a CSV."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook, not a CSV."),
    (b"%PDF", "This is a PDF, not a CSV."),
    (b"\x1f\x8b", "This is a compressed file, not a CSV."),
    (b"\x89PNG", "This is a picture, not a CSV."),
    (b"\xff\xd8\xff", "This is a picture, not a CSV."),
    (b"GIF8", "This is a picture, not a CSV."),
)
_SAVE_AS_CSV = "Open it in your spreadsheet program, save it as “CSV UTF-8”, and choose that file."


@dataclass(frozen=True, slots=True)
class Line:
    """One record of the file: the number of its first line (from 1) and its cells."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """What was understood of a file: its columns, and where the data starts."""

    text: str
    delimiter: str | None
    header: list[str]
    first_data_line: int
    mapping: dict[str, int]
    notes: list[str] = field(default_factory=list)
    needs_mapping: bool = False

    def count_lines(self) -> int:
        """How many lines the text has, whichever way they end."""
        return self.text.count("\n") + self.text.count("\r") - self.text.count("\r\n") + 1

    def lines(self) -> Iterator[Line]:
        """The data records, read as they are asked for."""
        for line in records(self.text, self.delimiter):
            if line.number >= self.first_data_line:
                yield line


def _refuse(message: str, cure: str, code: str = "NOT_A_CSV") -> DomainError:
    return DomainError(message, code=code, cure=cure, field="csv_file")


def _refuse_other_kinds(data: bytes) -> None:
    for signature, message in _SIGNATURES:
        if data.startswith(signature):
            raise _refuse(message, _SAVE_AS_CSV)
    start = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<svg", b"<script")):
        raise _refuse(
            "This is a web page or XML, not a CSV. The export may have needed you to sign in.",
            "Download the export again and check that it opens as a table.",
        )
    if start.startswith((b'{"', b"[{", b"{\n", b"{\r")):
        raise _refuse("This is JSON, not a CSV.", "Export the keywords as CSV instead.")


def _utf16_without_mark(data: bytes) -> str | None:
    sample = data[:4000]
    if len(sample) < 4:
        return None
    odd, even = sample[1::2].count(0), sample[0::2].count(0)
    if odd > len(sample) * 0.3 and even < len(sample) * 0.05:
        return "utf-16-le"
    if even > len(sample) * 0.3 and odd < len(sample) * 0.05:
        return "utf-16-be"
    return None


def decode(data: bytes) -> tuple[str, list[str]]:
    """The file's text and remarks on how it was read; raises DomainError when it is not a text table."""
    if len(data) > MAX_BYTES:
        raise _refuse(
            f"The file has {len(data) / 1024 / 1024:.0f} MB; at most 20 MB can be read at once.",
            "Split it into smaller files and import them one after another.",
            code="FILE_TOO_LARGE",
        )
    if not data.strip():
        raise _refuse("The file is empty.", "Choose a file with at least one keyword.", code="FILE_EMPTY")
    _refuse_other_kinds(data)
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    encoding = "utf-16" if marked else _utf16_without_mark(data) or "utf-8-sig"
    notes: list[str] = []
    try:
        text = data.decode(encoding, errors="strict" if encoding == "utf-8-sig" else "replace")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        notes.append("The file is not UTF-8; it was read as Windows-1252. Check the accents in the preview.")
    _refuse_binary(text)
    return text.removeprefix("\ufeff"), notes


def _refuse_binary(text: str) -> None:
    sample = text[:20_000]
    odd = sum(1 for char in sample if (char < " " and char not in "\t\r\n\f\v") or char == "\ufffd")
    if odd > max(4, len(sample) * 0.02):
        raise _refuse("This file holds binary data, not a table of keywords.", _SAVE_AS_CSV)


def _physical_lines(text: str) -> Iterator[str]:
    for line in io.StringIO(text, newline=None):
        yield line.removesuffix("\n")


def _logical_lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """Number, text and whether quotes are balanced; a quoted cell may span a few lines."""
    source = _physical_lines(text)
    ahead: deque[str] = deque()
    number = 0
    while ahead or (ahead := deque(islice(source, 1))):
        line = ahead.popleft()
        number += 1
        extra = 0
        if line.count('"') % 2:
            ahead.extend(islice(source, max(0, QUOTE_LINES - len(ahead))))
            extra = _lines_to_closing_quote(line, ahead)
        balanced = line.count('"') % 2 == 0 or extra > 0
        yield number, "\n".join([line, *(ahead.popleft() for _ in range(extra))]), balanced
        number += extra


def _lines_to_closing_quote(line: str, ahead: Iterable[str]) -> int:
    """How many of the lines ahead belong to the record that `line` opens; 0 when its quote never closes."""
    length = len(line)
    for count, more in enumerate(ahead, start=1):
        length += len(more)
        if length > MAX_LINE:
            return 0
        if more.count('"') % 2:
            return count
    return 0


def _cells(line: str, delimiter: str | None, quoted: bool) -> list[str]:
    if delimiter is None:
        return [line]
    if len(line) > MAX_LINE:
        return [line[:MAX_LINE]]
    if not quoted:
        return line.split(delimiter)[:MAX_COLUMNS]
    try:
        return next(csv.reader([line], delimiter=delimiter), [])[:MAX_COLUMNS]
    except csv.Error:
        return line.split(delimiter)[:MAX_COLUMNS]


def records(text: str, delimiter: str | None) -> Iterator[Line]:
    """Every record of the text with its line number; `delimiter` None means one cell a line."""
    if delimiter is None:
        for number, line in enumerate(_physical_lines(text), start=1):
            yield Line(number, [line])
        return
    for number, line, quoted in _logical_lines(text):
        yield Line(number, _cells(line, delimiter, quoted))


def _label(cell: str) -> str:
    return " ".join(cell.replace("_", " ").strip().strip('"').casefold().split())


_BY_LABEL = {_label(name): key for key, names in HEADERS.items() for name in names}


def sniff_columns(header: Iterable[str]) -> dict[str, int]:
    """Which column holds which field, by the names that the common exports use."""
    found: dict[str, int] = {}
    ranks: dict[str, int] = {}
    for index, cell in enumerate(header):
        key = _BY_LABEL.get(_label(cell))
        if key is None:
            continue
        rank = [_label(name) for name in HEADERS[key]].index(_label(cell))
        if key not in found or rank < ranks[key]:
            found[key], ranks[key] = index, rank
    return found


def _head(text: str) -> list[str]:
    return list(islice(_physical_lines(text), HEAD_LINES))


def _find_header(head: list[str]) -> tuple[int, str | None, list[str]] | None:
    """Line number, delimiter and cells of the header; preamble lines above it are passed over."""
    best: tuple[int, int, str | None, list[str]] | None = None
    for number, line in enumerate(head[:12], start=1):
        for delimiter in DELIMITERS:
            cells = _cells(line, delimiter, quoted=line.count('"') % 2 == 0)
            mapping = sniff_columns(cells)
            if "keyword" in mapping and (len(cells) > 1 or number == 1):
                score = len(mapping) * 100 + len(cells) - number
                if best is None or score > best[0]:
                    best = (score, number, delimiter if len(cells) > 1 else None, cells)
    return None if best is None else best[1:]


def _guess_delimiter(head: list[str]) -> str | None:
    """The delimiter that cuts most lines into the same number of cells, None for one column."""
    lines = [line for line in head if line.strip()]
    best, best_share = None, 0.6
    for delimiter in DELIMITERS:
        counts = [len(_cells(line, delimiter, line.count('"') % 2 == 0)) for line in lines]
        common, times = Counter(counts).most_common(1)[0] if counts else (1, 0)
        share = times / max(1, len(counts))
        if common > 1 and share > best_share:
            best, best_share = delimiter, share
    return best


def _wordiest_column(rows: list[list[str]]) -> int:
    def letters(index: int) -> int:
        return sum(any(char.isalpha() for char in row[index]) for row in rows if index < len(row))

    width = max((len(row) for row in rows), default=1)
    return max(range(width), key=lambda index: (letters(index), -index))


def read_table(data: bytes) -> Table:
    """Understand an export; raises DomainError with what to do when it is none."""
    text, notes = decode(data)
    head = _head(text)
    header = _find_header(head)
    if header is not None:
        number, delimiter, cells = header
        return Table(text, delimiter, cells, number + 1, sniff_columns(cells), notes)
    return headless_table(text, head, notes)


def headless_table(text: str, head: list[str], notes: list[str]) -> Table:
    """A table whose first line is data already; the column with most words is taken for the keyword."""
    delimiter = _guess_delimiter(head)
    rows = [_cells(line, delimiter, line.count('"') % 2 == 0) for line in head if line.strip()]
    width = max((len(row) for row in rows), default=1)
    column = _wordiest_column(rows) if delimiter else 0
    if delimiter:
        notes = [*notes, "No column is named “keyword”. Check which column holds the keywords."]
    names = [f"Column {index + 1}" for index in range(width)]
    return Table(text, delimiter, names, 1, {"keyword": column}, notes, needs_mapping=delimiter is not None)


def pasted_table(text: str) -> Table:
    """Pasted text: one keyword a line, or cells copied from a spreadsheet with their header."""
    text = text.removeprefix("\ufeff")
    head = _head(text)
    header = _find_header(head[:1])
    if header is not None:
        _, delimiter, cells = header
        return Table(text, delimiter, cells, 2, sniff_columns(cells))
    lines = [line for line in head if line.strip()]
    if lines and all("\t" in line.strip() for line in lines):
        return headless_table(text, head, [])
    return Table(text, None, ["Keyword"], 1, {"keyword": 0})
