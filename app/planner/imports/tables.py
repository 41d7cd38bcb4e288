"""Understanding a keyword export or a pasted list: its delimiter, header and columns. Pure.

Reads comma, semicolon, tab and pipe separated text, with preamble lines, a `sep=;` line, or none. What had to be
guessed is listed in `notes`, and the person may choose otherwise (`Choices`).
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from app.core.errors import DomainError
from app.core.languages import N_, gettext, ngettext
from app.planner.imports import columns
from app.planner.imports.choices import DELIMITERS, NO, OTHER_SIGNS, RECOGNISED, SEPARATORS, YES, Choices
from app.planner.imports.records import KeywordRecord, Layout, cells_of, physical_lines, record_over_lines, records
from app.planner.imports.text import ENCODINGS, decode

HEAD_LINES = 200
PREAMBLE = 12
_SEPARATOR_LINE = re.compile(r'"?sep=([^\w"])"?[,;\s]*', re.IGNORECASE)
_UNNAMED = N_("No column is named “keyword”. Check which column holds the keywords.")
_CELLS = N_(
    "This was read as one keyword a line, but some lines look like rows of a table. Choose what separates cells."
)
_BULLET = re.compile(r"(?:^|(?<=\r))[ \t]*[-*•◦▪‣–][ \t]+(?=\S)", re.MULTILINE)
_NUMBER = re.compile(r"(?:^|(?<=\r))[ \t]*([0-9]{1,6})[.)][ \t]+(?=\S)", re.MULTILINE)
LEAST_MARKED = 2  # lines of a list with bullets or numbers
_WRAPPED = re.compile(r'"((?:[^"]|"")*)"[,;\s]*')


@dataclass(frozen=True)
class Table:
    """What was understood of a file: its columns, and where the data starts.

    `header_line` is the number of the line that names the columns, the last one if there are several; 0 when none does.
    """

    text: str
    delimiter: str | None
    header: list[str]
    first_data_line: int
    mapping: dict[str, int]
    notes: list[str] = field(default_factory=list)
    needs_check: bool = False
    encoding: str = ""
    header_line: int = 0

    @property
    def separator(self) -> str:
        """The key of SEPARATORS for the delimiter; empty for another one, which the `sep=` line names."""
        return next((name for name, (delimiter, _) in SEPARATORS.items() if delimiter == self.delimiter), "")

    @property
    def reading(self) -> str:
        """How it was read, in words."""
        label = SEPARATORS[self.separator][1].lower() if self.separator else f"“{self.delimiter}”"
        cells = "one keyword a line" if self.delimiter is None else f"cells separated by {label}"
        header = f"the names of the columns in line {self.header_line}" if self.header_line else "no header"
        parts = [ENCODINGS.get(self.encoding, ""), cells, header]
        return f"Read as {', '.join(part for part in parts if part)}."

    def count_lines(self) -> int:
        """About how many lines the text has, with any kind of line ending."""
        return self.text.count("\n") + self.text.count("\r") - self.text.count("\r\n") + 1

    def lines(self) -> Iterator[KeywordRecord]:
        """The data records, blank ones too, read as they are asked for."""
        source = islice(physical_lines(self.text), self.first_data_line - 1, None)
        return records(source, Layout(self.delimiter, len(self.header)), self.first_data_line)


@dataclass(frozen=True)
class _Head:
    """The first lines of a text below its `sep=` line, and which delimiters to try on them."""

    text: str
    lines: list[str]
    delimiters: str
    above: int = 0

    def records(self, layout: Layout, after: int = 0) -> list[KeywordRecord]:
        """The records that hold anything, of the lines `after` so many of them."""
        rows = records(self.lines[after:], layout, self.above + after + 1)
        return [line for line in rows if any(cell.strip() for cell in line.cells)]

    def rows(self, layout: Layout, after: int = 0) -> list[list[str]]:
        """The cells of those records."""
        return [line.cells for line in self.records(layout, after)]


def _head(text: str, choices: Choices) -> _Head:
    lines = list(islice(physical_lines(text), HEAD_LINES))
    named = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    if named is None:
        return _Head(text, lines, choices.delimiters)
    delimiters = choices.delimiters if choices.separator else named[1]
    return _Head(text, lines[1:], delimiters, above=1)


def _unwrapped(text: str) -> str:
    """The text without quotes that a program put around each whole line (`"coffee,10"`), if it did."""
    first = [line for line in islice(physical_lines(text), HEAD_LINES) if line.strip()]
    if len(first) < 2 or not all(map(_WRAPPED.fullmatch, first)):
        return text
    inner = _without_wrap(first[0])
    if not any("keyword" in columns.sniff_columns(cells) for cells in map(inner.split, DELIMITERS) if len(cells) > 1):
        return text
    return "\n".join(map(_without_wrap, physical_lines(text))) + ("\n" if text.endswith(("\n", "\r")) else "")


def _unmarked(text: str) -> str:
    """The text without the bullets of a list, or numbers that count its lines, if each line begins with one."""
    first = [line for line in islice(physical_lines(text), HEAD_LINES) if line.strip()]
    if len(first) < LEAST_MARKED:
        return text
    if all(map(_BULLET.match, first)):
        return _BULLET.sub("", text)
    numbers = [number[1] for number in map(_NUMBER.match, first) if number]
    is_counted = numbers == [str(place) for place in range(1, len(first) + 1)]
    return _NUMBER.sub("", text) if is_counted else text


def _without_wrap(line: str) -> str:
    wrapped = _WRAPPED.fullmatch(line)
    return wrapped[1].replace('""', '"') if wrapped else line


@dataclass(frozen=True)
class _Header:
    line: int
    layout: Layout
    cells: list[str]
    mapping: dict[str, int]

    @property
    def score(self) -> int:
        return len(self.mapping) * 100 + len(self.cells) - self.line


def _find_header(head: _Head, within: int) -> _Header | None:
    """The header among the first lines; preamble lines above it are skipped."""
    best: _Header | None = None
    for number in range(1, len(head.lines[:within]) + 1):
        for delimiter in head.delimiters:
            for candidate in _candidates(head.lines[number - 1 : within], number, delimiter):
                if (best is None or candidate.score > best.score) and _heads_rows(candidate, head):
                    best = candidate
    return best


def _candidates(lines: list[str], number: int, delimiter: str) -> Iterator[_Header]:
    """The first line as a header, and the record over several lines (from Alt+Enter in Excel) that it may begin."""
    cells = cells_of(lines[0], Layout(delimiter))
    yield _Header(number, Layout(delimiter, len(cells)), cells, columns.sniff_columns(cells))
    joined, height = record_over_lines(lines, delimiter)
    if height > 1 and len(joined) > 1:
        names = [" ".join(cell.split()) for cell in joined]
        yield _Header(number + height - 1, Layout(delimiter, len(names)), names, columns.sniff_columns(names))


def _heads_rows(header: _Header, head: _Head) -> bool:
    """Whether a line that names a keyword column is the header of the rows below, rather than a keyword itself."""
    if "keyword" not in header.mapping:
        return False
    if len(header.cells) == 1:
        return header.line == 1 and not _guess_delimiter(head, after=1)
    rows = head.rows(header.layout, after=header.line)
    if not rows:
        return len(header.mapping) > 1
    if len(header.mapping) > 1:  # several names that we know: rows may be shorter
        return header.line == 1 or sum(len(row) > 1 for row in rows) * 2 >= len(rows)
    if _is_prose([header.cells, *rows], header.layout.delimiter):
        return False
    return sum(map(header.layout.fits, rows)) * 2 >= len(rows)


def _is_prose(rows: list[list[str]], delimiter: str | None) -> bool:
    """Whether the commas belong to the keywords: a space follows each, and there are no figures between them."""
    others = [cell for row in rows for cell in row[1:]]
    spaced = bool(others) and all(cell.startswith(" ") for cell in others)
    return delimiter == "," and spaced and not any(map(columns.is_number, others))


def _guess_delimiter(head: _Head, after: int = 0) -> str | None:
    """The delimiter that cuts most lines into the same number of cells, None for one column."""
    lines = [line for line in head.lines[after:] if line.strip()]
    best, best_share = None, 0.6
    for delimiter in head.delimiters:
        rows = [cells_of(line, Layout(delimiter)) for line in lines]
        common, times = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
        share = times / max(1, len(rows))
        if common > 1 and share > best_share and not _is_prose(rows, delimiter):
            best, best_share = delimiter, share
    return best


def read_table(data: bytes, choices: Choices = RECOGNISED) -> Table:
    """Understand an export; raises DomainError with what to do when it is not a table of keywords."""
    decoded = decode(data, choices.encoding)
    table = _understand(_head(_unmarked(_unwrapped(decoded.text)), choices), choices, PREAMBLE)
    check = table.needs_check or decoded.guessed
    return replace(table, notes=[*decoded.notes, *table.notes], needs_check=check, encoding=decoded.encoding)


def pasted_table(text: str, choices: Choices = RECOGNISED) -> Table:
    """Pasted text: one keyword a line, or cells copied from a spreadsheet or an export."""
    head = _head(_unmarked(text.lstrip("\ufeff")), choices)
    lines = [line for line in head.lines if line.strip()]
    tabs = bool(lines) and all("\t" in line.strip() for line in lines)
    header = _find_header(head, PREAMBLE)
    if header and (header.line == 1 or len(header.mapping) > 1):
        return _understand(head, choices, PREAMBLE)
    if tabs or choices.separator or head.above or _figures_behind(head):
        return _understand(head, choices, 1)
    return _list_table(head, choices)


def _figures_behind(head: _Head) -> bool:
    """Whether every pasted line ends with a delimiter and a figure: cells, not commas within keywords."""
    delimiter = _guess_delimiter(head)
    rows = head.rows(Layout(delimiter)) if delimiter else []
    return bool(rows) and all(len(row) > 1 and columns.is_number(row[-1]) for row in rows)


def _understand(head: _Head, choices: Choices, within: int) -> Table:
    if choices.separator == "none":
        return _list_table(head, choices)
    if choices.header == NO:
        return _headless_table(head, choices)
    header = _find_header(head, within) or _by_another_sign(head, within, choices)
    if header is None:
        below = _find_header(head, HEAD_LINES) if within > 1 else None
        unknown = below is None or len(below.mapping) == 1
        return _headless_table(head, choices) if unknown or below is None else _below_preamble(below, head)
    if len(header.cells) == 1 and not choices.separates:
        return _list_table(head, choices)
    return _headed_table(header, head)


def _by_another_sign(head: _Head, within: int, choices: Choices) -> _Header | None:
    """A header cut by an unusual separator, if it then names several columns."""
    if choices.separator or head.above:
        return None
    header = _find_header(replace(head, delimiters=OTHER_SIGNS), within)
    return header if header and len(header.mapping) > 1 else None


def _headed_table(header: _Header, head: _Head) -> Table:
    line = head.above + header.line
    table = Table(head.text, header.layout.delimiter, header.cells, line + 1, header.mapping, header_line=line)
    rows = head.rows(header.layout, after=header.line)
    table = _with_unknown_figures(table, rows)
    return _doubts(_of_keywords(table, rows), rows)


def _with_unknown_figures(table: Table, rows: list[list[str]]) -> Table:
    names = [f"“{name[:40]}”" for name in _unknown_figures(table, rows)]
    if not names:
        return table
    note = ngettext(
        "It is not known what %(names)s holds. Choose the columns.",
        "It is not known what %(names)s hold. Choose the columns.",
        len(names),
        names=", ".join(names[:5]),
    )
    return replace(table, notes=[*table.notes, note], needs_check=True)


def _below_preamble(header: _Header, head: _Head) -> Table:
    """A table whose header is far down; the person has to check it."""
    line = head.above + header.line
    note = gettext("The columns are named in line %(line)s; what stands above was left out.", line=line)
    table = _headed_table(header, head)
    return replace(table, notes=[*table.notes, note], needs_check=True)


def _doubts(table: Table, rows: list[list[str]]) -> Table:
    """The table; if rows or figures would be left out, with a note and to be checked by the person."""
    width = len(table.header)
    longer = [row for row in rows if columns.is_too_long(row, width)]
    notes = []
    if longer:
        example = (table.delimiter or "").join(longer[0])[:60]
        notes.append(
            gettext(
                "Some rows have more cells than the header and are rejected, such as “%(example)s”. "
                "Choose another delimiter, or put quotes around cells that hold it.",
                example=example,
            )
        )
    return replace(table, notes=[*table.notes, *notes], needs_check=True) if notes else table


def _list_table(head: _Head, choices: Choices, *, asks: bool = False) -> Table:
    """One keyword a line; a first line that is the column's name only is passed over.

    The person is asked (`asks`) when some lines look like those of a table.
    """
    first = next((number for number, line in enumerate(head.lines, start=1) if line.strip()), 0)
    named = choices.header == YES or "keyword" in columns.sniff_columns(head.lines[:1])
    if choices.header == NO or not named:
        first = 0
    notes = []
    if first:
        name = head.lines[first - 1].strip()[:60]
        notes.append(gettext("“%(name)s” was read as the name of the column.", name=name))
    line = head.above + first
    header = line if first else 0
    table = Table(head.text, None, ["Keyword"], line + 1, {"keyword": 0}, notes, header_line=header)
    table = _of_keywords(table, head.rows(Layout(None), after=first))
    return (
        replace(table, notes=[*table.notes, gettext(_CELLS)], needs_check=True) if asks and _has_cells(head) else table
    )


def _has_cells(head: _Head) -> bool:
    """Whether several lines end with a figure behind a delimiter, as those of a table do."""
    rows = [cells_of(line, Layout(delimiter)) for delimiter in head.delimiters for line in head.lines]
    return sum(len(row) > 1 and columns.is_number(row[-1]) and row[-1].strip() != "" for row in rows) > 1


def _headless_table(head: _Head, choices: Choices) -> Table:
    """A table that names no keyword column; the one with most words is taken for it, and the person asked."""
    delimiter = choices.separates or _guess_delimiter(head)
    rows = head.rows(Layout(delimiter)) if delimiter else []
    if delimiter is None or not rows:
        return _list_table(head, choices, asks=True)
    width = Counter(map(len, rows)).most_common(1)[0][0]
    layout = Layout(delimiter, width)
    lines = head.records(layout)
    names = _naming_line(lines, layout, choices)
    line = 0 if names is None else names.number + names.height - 1
    header = [f"Column {index + 1}" for index in range(width)] if names is None else names.cells
    body = [record.cells for record in lines if record.number > line]
    mapping = {**_single_figure(body, header), **columns.sniff_columns(header)}
    if choices.header != YES or "keyword" not in mapping:
        mapping["keyword"] = columns.wordiest(body, len(header))
    first = max(line, head.above) + 1
    table = Table(head.text, delimiter, header, first, mapping, [gettext(_UNNAMED)], True, header_line=line)
    return _doubts(_of_keywords(table, body), body)


def _naming_line(lines: list[KeywordRecord], layout: Layout, choices: Choices) -> KeywordRecord | None:
    """The record that names the columns: the first one as wide as most rows, if it has names or the person says so."""
    if choices.header == NO or not lines:
        return None
    fitting = (index for index, line in enumerate(lines[:PREAMBLE]) if len(line.cells) == layout.width)
    first = next(fitting, 0)
    named = choices.header == YES or _names_columns([line.cells for line in lines[first:]])
    return lines[first] if named else None


def _names_columns(rows: list[list[str]]) -> bool:
    """Whether the first row names columns: words above figures, and nothing but words."""
    first, body = rows[0], rows[1:]
    if any(columns.is_number(cell) or columns.is_address(cell.strip()) for cell in first):
        return False
    below = [columns.column(body, index) for index in range(len(first))]
    return any(columns.mostly(cells, columns.is_number) for cells in below)


def _single_figure(rows: list[list[str]], header: list[str]) -> dict[str, int]:
    """The volume in a table without known column names: its only column of figures, unless its name says otherwise."""
    figures = [i for i in range(len(header)) if columns.mostly(columns.column(rows, i), columns.is_number)]
    return {"volume": figures[0]} if len(figures) == 1 and not columns.is_other_figure(header[figures[0]]) else {}


def _unknown_figures(table: Table, rows: list[list[str]]) -> list[str]:
    """The columns of figures with unknown names that may be a volume, difficulty or price."""
    if not {"volume", "difficulty", "cpc"} - table.mapping.keys():
        return []
    free = [(i, name.strip()) for i, name in enumerate(table.header) if i not in table.mapping.values()]
    return [
        name
        for i, name in free
        if name and not columns.is_other_figure(name) and columns.mostly(columns.column(rows, i), columns.is_number)
    ]


def _of_keywords(table: Table, rows: list[list[str]]) -> Table:
    """The table; if its rows are pages, reads its column of top keywords, or raises a DomainError that says so."""
    cells = columns.column(rows, table.mapping["keyword"])
    addresses = [i for i in range(len(table.header)) if columns.mostly(columns.column(rows, i), columns.is_address)]
    counts = columns.mostly(cells, columns.is_number) or columns.mostly(cells, columns.is_address)
    if not addresses or not counts:
        return table
    named = [i for i, name in enumerate(table.header) if columns.plain_label(name) in columns.TOP_KEYWORD]
    best = (named or [columns.wordiest(rows, len(table.header))])[0]
    if not columns.mostly(columns.column(rows, best), columns.is_word):
        raise DomainError(
            gettext("This file lists pages, not keywords."),
            code="PAGES_NOT_KEYWORDS",
            field="csv_file",
            cure=gettext(
                "Export the keywords instead: in Search Console the file Queries.csv, in other tools the report of "
                "keywords."
            ),
        )
    note = gettext(
        "This file lists pages, not keywords: each row is a page. “%(column)s” was taken for the keyword; better "
        "export the report of keywords.",
        column=table.header[best].strip(),
    )
    return replace(table, mapping={**table.mapping, "keyword": best}, notes=[note], needs_check=True)
