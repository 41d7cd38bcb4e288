"""A list as CSV: all rows that match, with the columns that show, in their order."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from app.core.clock import iso
from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.kinds import ListKind
from app.core.listing.pages import batches
from app.core.listing.spec import Column, ListQuery
from app.core.spreadsheets import csv_line

AT_ONCE = 1000
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for the code page of the machine
SITE = Column(N_("Site"), value=lambda row: row.site.name)


def csv_lines(
    account_id: int, site_id: int, kind: ListKind, query: ListQuery, columns: Sequence[Column]
) -> Iterator[str]:
    """The lines, a batch of rows at a time; between two the transaction is over, however slowly somebody reads.

    Of a list of all sites each line begins with the name of its site. Times are UTC.
    """
    shown = [column for column in columns if column.value is not None]
    shown = [SITE, *shown] if query.every_site else shown
    yield BYTE_ORDER_MARK + csv_line([column.label for column in shown])
    stmt = kind.rows().where(*kind.spec.where(account_id, site_id, query))
    for rows in batches(kind.spec, query, stmt, AT_ONCE):
        lines = [csv_line([_cell(column, row) for column in shown]) for row in rows]
        db.session.close()
        yield "".join(lines)


def _cell(column: Column, row: Any) -> object:
    value = column.value(row) if column.value else None
    return iso(value) if isinstance(value, datetime) else value
