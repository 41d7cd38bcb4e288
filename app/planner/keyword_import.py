"""From pasted text or an export to keywords that can be stored. Pure and streaming.

Nothing here touches the database: `parse` yields one `KeywordRow` or `RejectedRow` per record,
in the order of the file, and holds only the normalised forms it has seen.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from app.core import spreadsheets
from app.core.errors import DomainError
from app.core.wording import many
from app.planner import keyword_values as values
from app.planner.keyword_columns import FIELDS, is_address, is_too_long
from app.planner.keyword_records import Line
from app.planner.keyword_tables import RECOGNISED, Choices, Table, pasted_table, read_table
from app.planner.keyword_text import MAX_BYTES

MAX_ROWS = 500_000
COUNTED = 2_000
SHOWN = 120

REASONS = {
    "header": "It names the columns once more.",
    "empty": "No keyword in this row.",
    "too_long": "The keyword has more than 255 characters.",
    "control_characters": "The keyword holds control characters.",
    "duplicate": "The keyword appears earlier in the same import.",
    "not_a_keyword": "The keyword holds no letter, digit or emoji.",
    "address": "This is the address of a page, not a keyword.",
    "too_many_cells": "The row has more cells than the header. Put quotes around cells that hold the delimiter.",
    "unreadable": "The keyword holds characters that could not be read. Import it in another encoding.",
}
_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "volume": ("Volume", values.volume),
    "difficulty": ("Difficulty", values.difficulty),
    "cpc": ("CPC", values.cpc),
    "intent": ("Intent", values.intent),
    "country": ("Country", values.country),
}


@dataclass(frozen=True, slots=True)
class KeywordRow:
    """A keyword to store. `volume` is searches a month, `difficulty` 0 to 100."""

    line: int
    keyword: str
    normalised: str
    volume: int | None = None
    difficulty: int | None = None
    cpc: Decimal | None = None
    intent: str | None = None
    country: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is not stored: `reason` is a key of REASONS, `keyword` its text cut for showing."""

    line: int
    keyword: str
    reason: str

    @property
    def message(self) -> str:
        return REASONS[self.reason]


@dataclass(slots=True)
class LineCount:
    """What each line of a file is: `total` is their sum, and how many lines the file has.

    `above` are the header and what stands over it; `continued` are the further lines of rows whose
    cells hold line ends.
    """

    above: int = 0
    rows: int = 0
    continued: int = 0
    blank: int = 0

    @property
    def total(self) -> int:
        return self.above + self.rows + self.continued + self.blank

    def sentence(self) -> str:
        """The lines in words, so that a person can see that none was swallowed."""
        parts = [
            many(self.above, "header line") if self.above else "",
            many(self.rows, "row"),
            f"{self.continued:,} inside cells of several lines" if self.continued else "",
            f"{self.blank:,} blank" if self.blank else "",
        ]
        return f"{many(self.total, 'line')}: {', '.join(part for part in parts if part)}."


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person checks before importing. `count` and `rejected` are of the whole file, None when it is long."""

    table: Table
    mapping: dict[str, int]
    parsed: list[KeywordRow | RejectedRow]
    count: LineCount | None = None
    rejected: int = 0


def shown(text: str) -> str:
    """Text of a rejected row made safe to show and store: no control characters, cut."""
    printable = "".join("�" if values.is_control(char) else char for char in text[: SHOWN + 1])
    return printable if len(printable) <= SHOWN else printable[: SHOWN - 1] + "…"


def check_keyword(text: str) -> tuple[str, str, str | None]:
    """The keyword as shown, its normalised form, and the reason to reject it or None."""
    if len(text) > values.MAX_KEYWORD * 20:
        return "", "", "too_long"
    keyword = values.clean(spreadsheets.unescape_cell(text))
    if not keyword:
        return "", "", "empty"
    if values.has_control_characters(keyword):
        return "", "", "control_characters"
    normalised = values.normalise(keyword)
    if len(keyword) > values.MAX_KEYWORD or len(normalised) > values.MAX_KEYWORD:
        return "", "", "too_long"
    if "\ufffd" in keyword:
        return "", "", "unreadable"
    if not values.says_something(normalised):
        return "", "", "not_a_keyword"
    if keyword[:4].casefold() == "http" and is_address(keyword):
        return "", "", "address"
    return keyword, normalised, None


def _cell(cells: list[str], index: int | None) -> str:
    return cells[index] if index is not None and index < len(cells) else ""


def _facts(cells: list[str], mapping: Mapping[str, int]) -> tuple[dict[str, Any], tuple[str, ...]]:
    facts: dict[str, Any] = {}
    warnings: list[str] = []
    for name, (label, read) in _READERS.items():
        text = _cell(cells, mapping.get(name))
        try:
            facts[name] = read(text)
        except values.BadValue:
            warnings.append(f"{label} “{shown(text)[:30]}” was not understood and left empty.")
    return facts, tuple(warnings)


def parse_line(line: Line, mapping: Mapping[str, int], width: int) -> KeywordRow | RejectedRow:
    """One record of a table of `width` columns on its own; duplicates are found by `parse`.

    A row with more cells is rejected: a cell was cut in two, and what stands in which column is not known.
    """
    if is_too_long(line.cells, width):
        return RejectedRow(line.number, shown(", ".join(cell.strip() for cell in line.cells)), "too_many_cells")
    text = _cell(line.cells, mapping["keyword"])
    keyword, normalised, reason = check_keyword(text)
    if reason is not None:
        return RejectedRow(line.number, shown(text), reason)
    facts, warnings = _facts(line.cells, mapping)
    return KeywordRow(line.number, keyword, normalised, warnings=warnings, **facts)


def checked_mapping(table: Table, mapping: Mapping[str, int] | None) -> dict[str, int]:
    """The mapping to use: the person's where given, else what was recognised; raises DomainError."""
    chosen = dict(table.mapping if mapping is None else mapping)
    width = len(table.header)
    if any(name not in FIELDS or not 0 <= index < width for name, index in chosen.items()):
        raise DomainError(
            "The column mapping does not fit this file.", code="BAD_MAPPING", cure="Choose the columns again."
        )
    if "keyword" not in chosen:
        raise DomainError(
            "No column is chosen for the keywords.",
            code="NO_KEYWORD_COLUMN",
            cure="Choose the column that holds the keywords.",
            field="map_keyword",
        )
    return chosen


def parse(
    table: Table, mapping: Mapping[str, int] | None = None, count: LineCount | None = None
) -> Iterator[KeywordRow | RejectedRow]:
    """All records, one by one; wholly blank lines are passed over, later duplicates rejected.

    Every line of the file goes into `count`. Raises DomainError past MAX_ROWS records: what was
    yielded until then is valid.
    """
    chosen = checked_mapping(table, mapping)
    seen: set[str] = set()
    count = LineCount() if count is None else count
    count.above = table.first_data_line - 1
    for line in table.lines():
        if not any(cell.strip() for cell in line.cells):
            count.blank += line.height
            continue
        count.rows += 1
        count.continued += line.height - 1
        if count.rows > MAX_ROWS:
            raise _too_many_rows()
        if _is_header(line.cells, table.header):
            yield RejectedRow(line.number, shown(_cell(line.cells, chosen["keyword"])), "header")
        else:
            yield _unless_seen(parse_line(line, chosen, len(table.header)), seen)


def _is_header(cells: list[str], header: Sequence[str]) -> bool:
    """Whether a row names the columns once more, as where several exports were put together."""
    return len(header) > 1 and cells[1:] == list(header[1:]) and cells[0].lstrip("\ufeff") == header[0].lstrip("\ufeff")


def _unless_seen(row: KeywordRow | RejectedRow, seen: set[str]) -> KeywordRow | RejectedRow:
    if isinstance(row, RejectedRow):
        return row
    if row.normalised in seen:
        return RejectedRow(row.line, row.keyword, "duplicate")
    seen.add(row.normalised)
    return row


def _too_many_rows() -> DomainError:
    return DomainError(
        f"The import has more than {MAX_ROWS:,} rows.",
        code="TOO_MANY_ROWS",
        cure="Split the file into smaller ones and import them one after another.",
        field="csv_file",
    )


def table_of(data: bytes | None, pasted: str | None, choices: Choices = RECOGNISED) -> Table:
    """The table of a file or, when there is none, of pasted text; raises DomainError when both are empty."""
    if data:
        return read_table(data, choices)
    text = pasted or ""
    if not text.strip():
        raise DomainError(
            "There are no keywords to import.",
            code="NOTHING_TO_IMPORT",
            cure="Paste keywords, one a line, or choose a CSV file.",
            field="keywords",
        )
    if len(text) > MAX_BYTES:
        raise DomainError(
            "The pasted text is larger than 20 MB.",
            code="PASTE_TOO_LARGE",
            cure="Paste it in parts, or import it as a file of at most 20 MB.",
            field="keywords",
        )
    return pasted_table(text, choices)


def preview(table: Table, mapping: Mapping[str, int] | None = None, rows: int = 8) -> Preview:
    """The first records as they would be stored, and what becomes of the rest of a file of at most COUNTED lines."""
    chosen = checked_mapping(table, mapping)
    if table.count_lines() > COUNTED:
        return Preview(table, chosen, list(islice(parse(table, chosen), rows)))
    count = LineCount()
    parsed = list(parse(table, chosen, count))
    rejected = sum(isinstance(row, RejectedRow) for row in parsed)
    return Preview(table, chosen, parsed[:rows], count, rejected)
