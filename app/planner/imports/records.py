"""From the text of an export to records of cells. Pure.

A quote opens a cell only at the cell's start, so that inch marks are text. A quoted cell may span a
few lines when the record then has as many cells as the header; a quote that is never closed is text
of its own line, and never takes the following lines with it.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

MAX_LINE = 100_000
MAX_COLUMNS = 300
QUOTE_LINES = 300
_WHOLLY_QUOTED = re.compile(r'\s*"((?:[^"]|"")*)"\s*')
_INCHES_BEHIND_OPENING = re.compile(r'"\d[\d.,/]*"\s.*')
_LINK = re.compile(r'\s*=HYPERLINK\(\s*"(?:[^"]|"")*"\s*[,;]\s*"((?:[^"]|"")*)"\s*\)\s*', re.IGNORECASE)
_EXCEL_TEXT = re.compile(r'\s*=\s*[+]?(?:T\()?\s*"((?:[^"]|"")*)"\s*\)?\s*', re.IGNORECASE)
_EXCEL_OPENS = re.compile(r'(?<![^,;\t|\s])=(?="(?:[^"]|"")*"\s*(?:[,;\t|]|\Z))')


@dataclass(frozen=True, slots=True)
class KeywordRecord:
    """One record: the number of its first line (from 1), its cells, and how many lines it takes."""

    number: int
    cells: list[str]
    height: int = 1


@dataclass(frozen=True, slots=True)
class Layout:
    """How lines are cut: at `delimiter` (None: a line is one cell) into about `width` cells (0: not known)."""

    delimiter: str | None
    width: int = 0

    def fits(self, cells: Sequence[str]) -> bool:
        """Whether these can be all the cells of a record; empty ones at the end do not count."""
        if not self.width:
            return len(cells) > 1
        return len(cells) == self.width or (len(cells) > self.width and not any(cells[self.width :]))


@dataclass(frozen=True, slots=True)
class _Quoting:
    """The patterns of a quoted cell. A lone quote closes it only before a delimiter or the line's end."""

    quoted: re.Pattern[str]
    opening: re.Pattern[str]
    rest: re.Pattern[str]


@cache
def _quoting(delimiter: str) -> _Quoting:
    blank = "" if delimiter == " " else "[ \u00a0]*" if delimiter == "\t" else "[ \t\u00a0]*"
    ends = rf"{blank}(?:{re.escape(delimiter)}|\Z)"
    body = rf'((?>(?:[^"]++|""|"(?!{ends}))*))"{blank}'
    return _Quoting(re.compile(rf'{blank}"{body}'), re.compile(rf'{blank}"'), re.compile(body))


def physical_lines(text: str) -> Iterator[str]:
    """The lines of the text, whichever way they end, without the marks of files that were put together."""
    for line in io.StringIO(text, newline=None):
        yield line.removesuffix("\n").lstrip("\ufeff")


def _scan(text: str, position: int, delimiter: str) -> tuple[list[str], str | None]:
    """The cells from `at` on, and the text after the opening quote of a cell that the line does not close."""
    quoting = _quoting(delimiter)
    cells: list[str] = []
    while True:
        quoted = quoting.quoted.match(text, position)
        if quoted:
            cells.append(quoted[1].replace('""', '"'))
            position = quoted.end()
        else:
            opening = quoting.opening.match(text, position)
            if opening:
                return cells, text[opening.end() :]
            end = text.find(delimiter, position)
            cells.append(text[position:] if end < 0 else text[position:end])
            position = len(text) if end < 0 else end
        if position >= len(text):
            return cells, None
        position += 1


def _quoted_cells(line: str, delimiter: str) -> tuple[list[str], str | None]:
    """As `_scan`; lines written to the standard are read by the faster `csv` module."""
    if '\u00a0"' in line or ('\t"' in line and delimiter != "\t"):
        return _scan(line, 0, delimiter)
    try:
        spaces = delimiter != " "
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=spaces, strict=True), []), None
    except csv.Error:
        return _scan(line, 0, delimiter)


def _lone_quote(cell: str) -> str:
    """A cell cut without regard to quotes, stripped of quotes around it or of an opening one that never closes."""
    whole = _WHOLLY_QUOTED.fullmatch(cell)
    if whole:
        return whole[1].replace('""', '"')
    text = cell.lstrip(" ")
    opens = text.startswith('"') and (text.count('"') % 2 or _INCHES_BEHIND_OPENING.fullmatch(text))
    return text[1:].replace('""', '"') if opens else cell


def _unquoted_cells(line: str, delimiter: str) -> list[str]:
    return [_lone_quote(cell) for cell in line.split(delimiter)]


def cells_of(line: str, layout: Layout) -> list[str]:
    """The cells of a line that is a record by itself, whatever its quotes are like."""
    if layout.delimiter is None or len(line) > MAX_LINE:
        return [without_markers(_lone_quote(line[: MAX_LINE + 1]))]
    if '"' not in line:
        return line.split(layout.delimiter)[:MAX_COLUMNS]
    return _alone(line, *_quoted_cells(line, layout.delimiter), layout)


def _alone(line: str, cells: list[str], left_open: str | None, layout: Layout) -> list[str]:
    """The cells of a line by itself, after these were read and the last one was left open."""
    assert layout.delimiter is not None
    if left_open is not None:
        cells = [*cells, *_unquoted_cells(f'"{left_open}', layout.delimiter)]
    if layout.width and not layout.fits(cells):
        readings = [_unquoted_cells(line, layout.delimiter)]
        if '="' in line:  # a spreadsheet's text that holds the delimiter: `="bench, oak"`
            readings.append(_quoted_cells(_EXCEL_OPENS.sub("", line), layout.delimiter)[0])
        cells = next((reading for reading in readings if layout.fits(reading)), cells)
    return [without_markers(cell) for cell in cells[:MAX_COLUMNS]]


def without_markers(cell: str) -> str:
    """A cell without what makes a spreadsheet show it as text or link, and what databases put before quotes.

    `="0123"` is 0123, `=HYPERLINK("https://…";"moka pot")` is moka pot.
    """
    excel = (_EXCEL_TEXT.fullmatch(cell) or _LINK.fullmatch(cell)) if "=" in cell else None
    text = excel[1].replace('""', '"') if excel else cell
    return text.replace('\\"', '"') if '\\"' in text else text


def _join_lines(cells: list[str], open_text: str, ahead: Iterable[str], delimiter: str) -> tuple[list[str], int] | None:
    """The record that begins with these cells and an open one: all its cells, and how many further lines it takes."""
    cells, parts, length = [*cells], [open_text], len(open_text)
    for count, more in enumerate(ahead, start=1):
        length += len(more)
        if length > MAX_LINE:
            return None
        closing = _quoting(delimiter).rest.match(more) if '"' in more else None
        if closing is None:
            parts.append(more)
            continue
        cells.append("\n".join([*parts, closing[1]]).replace('""', '"'))
        if closing.end() >= len(more):
            return cells, count
        further, still_open = _scan(more, closing.end() + 1, delimiter)
        cells += further
        if still_open is None:
            return cells, count
        parts = [still_open]
    return None


def _joined_further_on(
    line: str, cells: list[str], left_open: str, ahead: Iterable[str], layout: Layout
) -> tuple[list[str], int] | None:
    """The record when the open quote is text (`"5" pipe;10;"a`) and a later one opens a cell over several lines."""
    assert layout.delimiter is not None
    text, delimiter, behind = f'"{left_open}'.partition(layout.delimiter)
    if not delimiter:
        return None
    further, still_open = _scan(behind, 0, layout.delimiter)
    if still_open is None:
        return None
    joined = _join_lines([*cells, _lone_quote(text), *further], still_open, ahead, layout.delimiter)
    return joined if joined and layout.fits(joined[0]) else None


def record_over_lines(lines: Sequence[str], delimiter: str) -> tuple[list[str], int]:
    """The cells of a record that begins on the first line and whose quotes close on a later one, and its height.

    No cells when no quote is left open there, or it is never closed.
    """
    cells, left_open = _quoted_cells(lines[0], delimiter) if '"' in lines[0] else ([], None)
    joined = None if left_open is None else _join_lines(cells, left_open, lines[1:], delimiter)
    return ([], 1) if joined is None else (joined[0], 1 + joined[1])


def _belong_together(cells: list[str], lines: list[str], layout: Layout) -> bool:
    """Whether the lines are one record rather than several that begin with an unclosed quote."""
    if not layout.fits(cells):
        return all(len(cells_of(line, layout)) == 1 for line in lines[1:])
    if not layout.fits(cells_of(lines[-1], layout)):
        return True
    closes = lines[-1].count('"') % 2 == 1  # rather than being quoted by itself
    return closes and not layout.fits(cells_of(lines[0], layout))


def _take(number: int, line: str, ahead: deque[str], layout: Layout) -> KeywordRecord:
    """The record that begins on this line; takes the further lines that it spans from those ahead."""
    if layout.delimiter is None or '"' not in line or len(line) > MAX_LINE:
        return KeywordRecord(number, cells_of(line, layout))
    first, left_open = _quoted_cells(line, layout.delimiter)
    joined = None if left_open is None else _join_lines(first, left_open, ahead, layout.delimiter)
    if left_open is not None and (joined is None or not layout.fits(joined[0])):
        joined = _joined_further_on(line, first, left_open, ahead, layout) or joined
    if joined is None or not _belong_together(joined[0], [line, *islice(ahead, joined[1])], layout):
        return KeywordRecord(number, _alone(line, first, left_open, layout))
    cells, extra = joined
    for _ in range(extra):
        ahead.popleft()
    return KeywordRecord(number, [without_markers(cell) for cell in cells[:MAX_COLUMNS]], 1 + extra)


def records(lines: Iterable[str], layout: Layout, first: int = 1) -> Iterator[KeywordRecord]:
    """Every record of the lines, blank ones too; each line is in exactly one. `first` numbers the first line."""
    source = iter(lines)
    ahead: deque[str] = deque()
    number = first
    while ahead or (ahead := deque(islice(source, 1))):
        line = ahead.popleft()
        if '"' in line:
            ahead.extend(islice(source, max(0, QUOTE_LINES - len(ahead))))
        record = _take(number, line, ahead, layout)
        yield record
        number += record.height
