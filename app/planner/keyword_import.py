"""From pasted text or an export to keywords that can be stored. Pure and streaming.

Nothing here touches the database: `parse` yields one `KeywordRow` or `RejectedRow` per record,
in the order of the file, and holds only the normalised forms it has seen.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.core.errors import DomainError
from app.planner import keyword_values as values
from app.planner.keyword_tables import FIELDS, MAX_BYTES, Line, Table, pasted_table, read_table

MAX_ROWS = 500_000
SHOWN = 120

REASONS = {
    "empty": "No keyword in this row.",
    "too_long": "The keyword has more than 255 characters.",
    "control_characters": "The keyword holds control characters.",
    "duplicate": "The keyword appears earlier in the same import.",
    "not_a_keyword": "The keyword holds no letter or digit.",
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


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person checks before importing."""

    header: list[str]
    mapping: dict[str, int]
    rows: list[Line]
    notes: list[str]
    parsed: list[KeywordRow | RejectedRow]


def shown(text: str) -> str:
    """Text of a rejected row made safe to show and store: no control characters, cut."""
    printable = "".join(char if char.isprintable() else "�" for char in text[: SHOWN + 1])
    return printable if len(printable) <= SHOWN else printable[: SHOWN - 1] + "…"


def check_keyword(text: str) -> tuple[str, str, str | None]:
    """The keyword as shown, its normalised form, and the reason to reject it or None."""
    if len(text) > values.MAX_KEYWORD * 20:
        return "", "", "too_long"
    keyword = values.clean(text)
    if not keyword:
        return "", "", "empty"
    if values.has_control_characters(keyword):
        return "", "", "control_characters"
    normalised = values.normalise(keyword)
    if len(keyword) > values.MAX_KEYWORD or len(normalised) > values.MAX_KEYWORD:
        return "", "", "too_long"
    if not any(char.isalnum() for char in normalised):
        return "", "", "not_a_keyword"
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


def parse_line(line: Line, mapping: Mapping[str, int]) -> KeywordRow | RejectedRow:
    """One record on its own; duplicates are found by `parse`."""
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


def parse(table: Table, mapping: Mapping[str, int] | None = None) -> Iterator[KeywordRow | RejectedRow]:
    """All records, one by one; wholly blank lines are passed over, later duplicates rejected.

    Raises DomainError past MAX_ROWS records: what was yielded until then is valid.
    """
    chosen = checked_mapping(table, mapping)
    seen: set[str] = set()
    count = 0
    for line in table.lines():
        if not any(cell.strip() for cell in line.cells):
            continue
        count += 1
        if count > MAX_ROWS:
            raise _too_many_rows()
        row = parse_line(line, chosen)
        if isinstance(row, KeywordRow):
            if row.normalised in seen:
                row = RejectedRow(line.number, row.keyword, "duplicate")
            else:
                seen.add(row.normalised)
        yield row


def _too_many_rows() -> DomainError:
    return DomainError(
        f"The import has more than {MAX_ROWS:,} rows.",
        code="TOO_MANY_ROWS",
        cure="Split the file into smaller ones and import them one after another.",
        field="csv_file",
    )


def table_of(data: bytes | None, pasted: str | None) -> Table:
    """The table of a file or, when there is none, of pasted text; raises DomainError when both are empty."""
    if data:
        return read_table(data)
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
    return pasted_table(text)


def preview(table: Table, mapping: Mapping[str, int] | None = None, rows: int = 8) -> Preview:
    """The first records, raw and as they would be stored."""
    chosen = checked_mapping(table, mapping)
    first: list[Line] = []
    for line in table.lines():
        if any(cell.strip() for cell in line.cells):
            first.append(line)
        if len(first) >= rows:
            break
    return Preview(table.header, chosen, first, table.notes, [parse_line(line, chosen) for line in first])
