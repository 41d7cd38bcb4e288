"""Turns pasted text or an export into keywords that can be stored. Pure and streaming.

Nothing here touches the database: `parse_table` yields one `KeywordRow` or `RejectedRow` per record, in the order of
the file, and holds only the normalised forms it has seen.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from typing import Any

from app.core import spreadsheets
from app.core.errors import DomainError
from app.core.languages import N_, NN_, gettext, local_number, ngettext
from app.core.wording import counted
from app.planner.imports import own_exports
from app.planner.imports.choices import RECOGNISED, Choices
from app.planner.imports.columns import FIELDS, is_address, is_too_long, volume_bounds
from app.planner.imports.own_exports import OwnSite
from app.planner.imports.records import KeywordRecord
from app.planner.imports.tables import Table, pasted_table, read_table
from app.planner.imports.text import MAX_BYTES
from app.planner.keywords import values
from app.planner.keywords.intents import flag_columns, flagged, intent
from app.planner.keywords.totals import first_sum_line, is_footer, is_total

MAX_ROWS = 500_000
COUNTED = 2_000
SHOWN = 120
PROBLEMS = 5

REASONS = {
    "header": N_("It names the columns once more."),
    "empty": N_("No keyword in this row."),
    "too_long": N_("The keyword has more than 255 characters."),
    "control_characters": N_("The keyword holds control characters."),
    "duplicate": N_("The keyword appears earlier in the same import."),
    "not_provided": N_("This stands for keywords that are not provided."),
    "not_a_keyword": N_("The keyword holds no letter, digit or emoji."),
    "address": N_("This is the address of a page, not a keyword."),
    "total": N_("This is the sum of the rows above, not a keyword."),
    "footer": N_("This says where the file comes from, and is no keyword."),
    "too_many_cells": N_("The row has more cells than the header. Put quotes around cells that hold the delimiter."),
    "other_site": N_("It is of another site. To take it all the same, remove the column that names the site."),
    "unreadable": N_("The keyword holds characters that could not be read. Import it in another encoding."),
}
_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "volume": (N_("Volume"), values.read_volume),
    "difficulty": (N_("Difficulty"), values.difficulty),
    "cpc": (N_("CPC"), values.cpc),
    "intent": (N_("Intent"), intent),
    "country": (N_("Country"), values.country),
    "clicks": (N_("Clicks"), values.read_count),
    "impressions": (N_("Impressions"), values.read_count),
    "position": (N_("Position"), values.position),
}


@dataclass(frozen=True, slots=True)
class KeywordRow:
    """A keyword to store.

    `volume` is searches a month, the middle of `volume_range` if there is one; `difficulty` 0 to 100. `clicks`,
    `impressions` and the average `position` are Search Console's.
    """

    line: int
    keyword: str
    normalised: str
    volume: int | None = None
    difficulty: int | None = None
    cpc: Decimal | None = None
    intent: str | None = None
    country: str | None = None
    volume_range: tuple[int, int] | None = None
    clicks: int | None = None
    impressions: int | None = None
    position: Decimal | None = None
    warnings: tuple[str, ...] = ()

    @property
    def was_measured(self) -> bool:
        """Whether it has Search Console figures; a position alone is another tool's rank."""
        return (self.clicks, self.impressions) != (None, None)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is not stored: `reason` is a key of REASONS, `keyword` its text cut for showing, `cells` all of it."""

    line: int
    keyword: str
    reason: str
    cells: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        return REASONS[self.reason]


@dataclass(slots=True)
class LineCount:
    """How many lines of a file are of each kind: `total` is their sum, the number of lines in the file.

    `above` are the header and the lines over it; `continued` are the further lines of rows whose cells contain line
    breaks.
    """

    above: int = 0
    rows: int = 0
    continued: int = 0
    blank: int = 0

    @property
    def total(self) -> int:
        return self.above + self.rows + self.continued + self.blank

    def summary(self) -> str:
        """The counts in words, so that a person can see that no line was lost."""
        parts = [counted(self.rows, NN_("%(num)s row", "%(num)s rows"))]
        if self.above:
            parts.insert(0, counted(self.above, NN_("%(num)s header line", "%(num)s header lines")))
        if self.continued:
            inside = NN_("%(num)s inside cells of several lines", "%(num)s inside cells of several lines")
            parts.append(counted(self.continued, inside))
        if self.blank:
            parts.append(counted(self.blank, NN_("%(num)s blank", "%(num)s blank")))
        return ngettext(
            "%(num)s line: %(parts)s.",
            "%(num)s lines: %(parts)s.",
            self.total,
            parts=", ".join(parts),
        )


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What a person checks before importing: the first rows, and of those behind them the first with problems.

    `count` and `rejected` are of the whole file, None when it is long.
    """

    table: Table
    mapping: dict[str, int]
    parsed: list[KeywordRow | RejectedRow]
    problems: list[KeywordRow | RejectedRow]
    count: LineCount | None = None
    rejected: int = 0


def printable(text: str) -> str:
    """Text of a rejected row made safe to show and store: no control characters, cut."""
    text_shown = "".join("�" if values.is_control(char) else char for char in text[: SHOWN + 1])
    return text_shown if len(text_shown) <= SHOWN else text_shown[: SHOWN - 1] + "…"


def check_keyword(text: str) -> tuple[str, str, str | None]:
    """The keyword as shown, its normalised form, and the reason to reject it or None."""
    if len(text) > values.MAX_KEYWORD * 20:
        return "", "", "too_long"
    keyword = values.clean_keyword(spreadsheets.unescape_cell(text))
    if not keyword:
        return "", "", "empty"
    if values.has_control_characters(keyword):
        return "", "", "control_characters"
    normalised = values.normalise_keyword(keyword)
    if len(keyword) > values.MAX_KEYWORD or len(normalised) > values.MAX_KEYWORD:
        return "", "", "too_long"
    if "\ufffd" in keyword:
        return "", "", "unreadable"
    if normalised in values.NO_KEYWORD:
        return "", "", "not_provided"
    if not values.says_something(normalised):
        return "", "", "not_a_keyword"
    if keyword[:4].casefold() == "http" and is_address(keyword):
        return "", "", "address"
    return keyword, normalised, None


def _cell(cells: list[str], index: int | None) -> str:
    return cells[index] if index is not None and index < len(cells) else ""


def _facts(
    cells: list[str], mapping: Mapping[str, int], flags: Mapping[int, str]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    facts: dict[str, Any] = {}
    warnings: list[str] = []
    for name, (label, read) in _READERS.items():
        if name not in mapping:
            continue
        text = _cell(cells, mapping[name])
        try:
            by_flags = name == "intent" and (mapping[name] in flags or not text.strip())
            facts[name] = flagged(cells, flags) if by_flags else read(text)
        except values.BadValue:
            words = gettext(
                "%(label)s “%(text)s” was not understood and left empty.",
                label=gettext(label),
                text=printable(text)[:30],
            )
            warnings.append(words)
    facts["volume_range"] = values.volume_range(_cell(cells, mapping.get("volume"))) if facts.get("volume") else None
    return facts, tuple(warnings)


def _rejected(line: KeywordRecord, text: str, reason: str) -> RejectedRow:
    return RejectedRow(line.number, printable(text), reason, tuple(line.cells))


def parse_line(
    line: KeywordRecord, mapping: Mapping[str, int], width: int, flags: Mapping[int, str]
) -> KeywordRow | RejectedRow:
    """One record of a table of `width` columns on its own; duplicates are found by `parse_table`.

    `flags` are the columns that say yes or no to an intent: used when the mapped column is one of them, or empty. A row
    with more cells is rejected: a cell was cut in two, so the columns do not match.
    """
    if is_too_long(line.cells, width):
        return _rejected(line, ", ".join(cell.strip() for cell in line.cells), "too_many_cells")
    text = _cell(line.cells, mapping["keyword"])
    keyword, normalised, reason = check_keyword(text)
    if reason is not None:
        return _rejected(line, text, reason)
    facts, warnings = _facts(line.cells, mapping, flags)
    return KeywordRow(line.number, keyword, normalised, warnings=warnings, **facts)


def checked_mapping(table: Table, mapping: Mapping[str, int] | None) -> dict[str, int]:
    """The mapping to use: the person's where given, else what was recognised; raises DomainError."""
    chosen = dict(table.mapping if mapping is None else mapping)
    width = len(table.header)
    if any(name not in FIELDS or not 0 <= index < width for name, index in chosen.items()):
        raise DomainError(
            gettext("The column mapping does not fit this file."),
            code="BAD_MAPPING",
            cure=gettext("Choose the columns again."),
        )
    if "keyword" not in chosen:
        raise DomainError(
            gettext("No column is chosen for the keywords."),
            code="NO_KEYWORD_COLUMN",
            cure=gettext("Choose the column that holds the keywords."),
            field="map_keyword",
        )
    return chosen


def parse_table(
    table: Table,
    mapping: Mapping[str, int] | None = None,
    count: LineCount | None = None,
    site: OwnSite | None = None,
) -> Iterator[KeywordRow | RejectedRow]:
    """All records, one by one; wholly blank lines are passed over, later duplicates rejected.

    Every line of the file goes into `count`. Of our own files, rows of other sites than `site`
    are rejected. Raises DomainError past MAX_ROWS records: what was yielded until then is valid.
    """
    chosen, flags = checked_mapping(table, mapping), flag_columns(table.header)
    seen: set[str] = set()
    count = LineCount() if count is None else count
    count.above = table.first_data_line - 1
    last, above = first_sum_line(table.text), [0, 0, 0]
    bounds = volume_bounds(table.header, chosen.get("volume"))
    is_elsewhere = own_exports.elsewhere(table.header, site) if site else None
    for line in table.lines():
        if not any(cell.strip() for cell in line.cells):
            count.blank += line.height
            continue
        if count.rows == MAX_ROWS:
            raise _too_many_rows()
        count.rows += 1
        count.continued += line.height - 1
        if _is_header(line.cells, table.header):
            yield _rejected(line, _cell(line.cells, chosen["keyword"]), "header")
            continue
        if is_elsewhere is not None and is_elsewhere(line.cells):
            yield _rejected(line, _cell(line.cells, chosen["keyword"]), "other_site")
            continue
        row = parse_line(line, chosen, len(table.header), flags)
        if isinstance(row, KeywordRow) and len(table.header) > 1 and is_footer(line.cells, last - line.number):
            row = _rejected(line, row.keyword, "footer")
        elif isinstance(row, KeywordRow) and len(table.header) > 1:
            row = _within_bounds(row, line.cells, bounds)
            figures = (row.volume, row.clicks, row.impressions)
            if line.number + line.height > last and is_total(row.normalised, figures, above):
                row = _rejected(line, row.keyword, "total")
            else:
                above = [total + (figure or 0) for total, figure in zip(above, figures, strict=True)]
        yield _unless_seen(line, row, seen)


def _within_bounds(row: KeywordRow, cells: Sequence[str], bounds: tuple[int, int] | None) -> KeywordRow:
    """The row with its volume range, taken from the two columns in `bounds`."""
    if bounds is None or max(bounds) >= len(cells):
        return row
    span = values.volume_range(f"{cells[bounds[0]].strip()} – {cells[bounds[1]].strip()}")
    return row if span is None else replace(row, volume=sum(span) // 2, volume_range=span)


def _is_header(cells: list[str], header: Sequence[str]) -> bool:
    """Whether a row repeats the header, as in files put together from several exports."""
    return len(header) > 1 and cells[1:] == list(header[1:]) and cells[0].lstrip("\ufeff") == header[0].lstrip("\ufeff")


def _unless_seen(line: KeywordRecord, row: KeywordRow | RejectedRow, seen: set[str]) -> KeywordRow | RejectedRow:
    if isinstance(row, RejectedRow):
        return row
    if row.normalised in seen:
        return _rejected(line, row.keyword, "duplicate")
    seen.add(row.normalised)
    return row


def _too_many_rows() -> DomainError:
    return DomainError(
        gettext("The import has more than %(max_rows)s rows.", max_rows=local_number(MAX_ROWS)),
        code="TOO_MANY_ROWS",
        cure=gettext("Split the file into smaller ones and import them one after another."),
        field="csv_file",
    )


def table_of(data: bytes | None, pasted: str | None, choices: Choices = RECOGNISED) -> Table:
    """The table of a file or, when there is none, of pasted text.

    Raises DomainError when both are empty, and for our file of another list.
    """
    table = _read(data, pasted, choices)
    own_exports.refuse_other_lists(table.text)
    return table


def _read(data: bytes | None, pasted: str | None, choices: Choices) -> Table:
    if data:
        return read_table(data, choices)
    text = pasted or ""
    if not text.strip():
        raise DomainError(
            gettext("There are no keywords to import."),
            code="NOTHING_TO_IMPORT",
            cure=gettext("Paste keywords, one a line, or choose a CSV file."),
            field="keywords",
        )
    if len(text) > MAX_BYTES:
        raise DomainError(
            gettext("The pasted text is larger than 20 MB."),
            code="PASTE_TOO_LARGE",
            cure=gettext("Paste it in parts, or import it as a file of at most 20 MB."),
            field="keywords",
        )
    return pasted_table(text, choices)


def preview_table(
    table: Table, mapping: Mapping[str, int] | None = None, rows: int = 8, site: OwnSite | None = None
) -> ImportPreview:
    """The first records as they would be stored, and what becomes of the rest of a file of at most COUNTED lines.

    Of a longer one, the first COUNTED records are looked at for problems.
    """
    chosen = checked_mapping(table, mapping)
    whole = table.count_lines() <= COUNTED
    count = LineCount()
    parsed = list(islice(parse_table(table, chosen, count, site), COUNTED))
    problems = [row for row in parsed[rows:] if isinstance(row, RejectedRow) or row.warnings][:PROBLEMS]
    rejected = sum(isinstance(row, RejectedRow) for row in parsed)
    return ImportPreview(table, chosen, parsed[:rows], problems, count if whole else None, rejected if whole else 0)
