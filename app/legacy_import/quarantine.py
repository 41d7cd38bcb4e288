"""Quarantined rows as a table: to download, to mend, and to give back. Services flush; callers commit."""

import csv
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic_core import to_json
from sqlalchemy import ARRAY, Text, cast, func, select, update

from app.core import spreadsheets
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.legacy_import.models import QUARANTINED, STAGED, LegacyImport, LegacyRow
from app.legacy_import.reasons import quarantine_words
from app.legacy_import.staging import storable_row
from app.legacy_import.targets import R

KEY, REASON, NULL = "igny8 key", "igny8 reason", r"\N"
AT_ONCE, SHOWN, MOST_ROWS = 500, 20, 100_000
QUIET = {"synchronize_session": False}


def shown_rows(legacy: LegacyImport, table: str) -> list[dict[str, Any]]:
    """The first quarantined rows of a table, with their reasons in words."""
    stmt = _quarantined(legacy.id, table).order_by(R.c.id).limit(SHOWN)
    return [
        {"key": row.old_key, "words": quarantine_words(row.reason, row.detail), "text": _text_of(row.raw)}
        for row in db.session.execute(stmt)
    ]


def count_reasons(legacy: LegacyImport, table: str) -> list[tuple[str, int]]:
    """The reasons of a table's quarantined rows, the most frequent first."""
    where = (R.c.import_id == legacy.id, R.c.source_table == table, R.c.state == QUARANTINED)
    stmt = select(R.c.reason, func.count()).where(*where).group_by(R.c.reason).order_by(func.count().desc())
    return [(row[0], row[1]) for row in db.session.execute(stmt)]


def _text_of(raw: dict[str, Any]) -> str:
    return " · ".join(f"{name}: {str(value)[:60]}" for name, value in list(raw.items())[:6] if value)[:300]


def _quarantined(import_id: int, table: str) -> Any:
    return select(R.c.id, R.c.old_key, R.c.raw, R.c.reason, R.c.detail).where(
        R.c.import_id == import_id, R.c.source_table == table, R.c.state == QUARANTINED
    )


def write_csv(legacy: LegacyImport, table: str) -> Path:
    """All quarantined rows of a table as a CSV file, which the caller deletes. Raises NotFound when there are none."""
    facts = legacy.tables.get(table)
    if facts is None:
        raise NotFound()
    columns = _columns_of(legacy.id, table)
    if not columns:
        raise NotFound(gettext("No row of this table is quarantined."))
    with tempfile.NamedTemporaryFile("w", encoding="utf-8-sig", newline="", suffix=".csv", delete=False) as out:
        out.write(spreadsheets.csv_line([KEY, *columns, REASON]))
        for row in _each(legacy.id, table):
            cells = [NULL if row.raw.get(name) is None else row.raw[name] for name in columns]
            out.write(spreadsheets.csv_line([row.old_key, *cells, quarantine_words(row.reason, row.detail)]))
    return Path(out.name)


def _columns_of(import_id: int, table: str) -> list[str]:
    keys = func.jsonb_object_keys(R.c.raw).label("name")
    where = (R.c.import_id == import_id, R.c.source_table == table, R.c.state == QUARANTINED)
    return sorted(set(db.session.scalars(select(keys).where(*where).distinct())))


def _each(import_id: int, table: str) -> Iterator[Any]:
    last = 0
    stmt = _quarantined(import_id, table)
    while rows := db.session.execute(stmt.where(R.c.id > last).order_by(R.c.id).limit(AT_ONCE)).all():
        last = rows[-1].id
        yield from rows


def take_back(legacy: LegacyImport, table: str, data: bytes) -> tuple[int, int]:
    """Stage the mended rows of a table again. Returns how many, and how many rows of the file were not quarantined.

    Raises DomainError for a file that is no such table. Flushes.
    """
    if table not in legacy.tables:
        raise NotFound()
    staged = ignored = 0
    batch: dict[str, dict[str, str | None]] = {}
    for key, raw in _mended_rows(data):
        batch[key] = raw
        if len(batch) == AT_ONCE:
            staged, ignored, batch = _add(legacy, table, batch, staged, ignored)
    staged, ignored, _batch = _add(legacy, table, batch, staged, ignored)
    return staged, ignored


def _add(
    legacy: LegacyImport, table: str, batch: dict[str, dict[str, str | None]], staged: int, ignored: int
) -> tuple[int, int, dict[str, dict[str, str | None]]]:
    count = _stage(legacy.id, table, batch) if batch else 0
    return staged + count, ignored + len(batch) - count, {}


def _stage(import_id: int, table: str, rows: dict[str, dict[str, str | None]]) -> int:
    texts = [to_json(storable_row(raw)).decode() for raw in rows.values()]
    new = func.unnest(cast(list(rows), ARRAY(Text)), cast(texts, ARRAY(Text))).table_valued("old_key", "raw")
    new = new.render_derived()
    of_rows = (
        LegacyRow.import_id == import_id,
        LegacyRow.source_table == table,
        LegacyRow.old_key == new.c.old_key,
        LegacyRow.state == QUARANTINED,
    )
    # What the file leaves out stays as it was.
    values = {
        "raw": LegacyRow.raw.op("||")(cast(new.c.raw, R.c.raw.type)),
        "state": STAGED,
        "reason": "",
        "detail": "",
        "updated_at": utcnow(),
    }
    stmt = update(LegacyRow).where(*of_rows).values(values).returning(LegacyRow.id).execution_options(**QUIET)
    return len(db.session.scalars(stmt).all())


def _mended_rows(data: bytes) -> Iterator[tuple[str, dict[str, str | None]]]:
    csv.field_size_limit(16 * 1024 * 1024)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _no_table() from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if KEY not in header:
            raise _no_table()
        place = header.index(KEY)
        names = [(index, name) for index, name in enumerate(header) if name and name not in (KEY, REASON)]
        for number, cells in enumerate(reader):
            if number >= MOST_ROWS:
                raise _no_table()
            if len(cells) > place and cells[place].strip():
                yield spreadsheets.unescape_cell(cells[place]).strip(), _raw_of(cells, names)
    except csv.Error as error:
        raise _no_table() from error


def _raw_of(cells: list[str], names: list[tuple[int, str]]) -> dict[str, str | None]:
    pairs = ((name, spreadsheets.unescape_cell(cells[index])) for index, name in names if index < len(cells))
    return {name: None if value == NULL else value for name, value in pairs}


def _no_table() -> DomainError:
    return DomainError(
        gettext("This is not a table of quarantined rows."),
        code="NOT_THE_TABLE",
        field="mended",
        cure=gettext("Download the rows here, mend them, and give that file back, as CSV in UTF-8."),
    )
