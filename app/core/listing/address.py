"""A place in a list, as its address says it: the rows after or before one, a page by number, or the last page.

A cursor is a row's sort value and id, so that the place stays the same when that row changes or is deleted.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.request_ids import MAX_ID

PLACE = ("page", "after", "before")
LAST = "last"
MAX_PAGE = 1_000_000
MAX_CURSOR = 2000


@dataclass(frozen=True)
class Cursor:
    """A row's place in a sorted list."""

    value: Any
    id: int | UUID

    def __str__(self) -> str:
        """The cursor as it is written in an address."""
        parts = [part if part is None or isinstance(part, (int, str)) else str(part) for part in (self.value, self.id)]
        text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@dataclass(frozen=True)
class PagePosition:
    """A place in a list: the page number alone, from 1.

    With a cursor, `page` is only the number to show, 0 if unknown.
    """

    page: int = 1
    last: bool = False
    after: Cursor | None = None
    before: Cursor | None = None


def read_place(values: Mapping[str, str], column: Any, row_id: Any, *, nullable: bool) -> PagePosition:
    """The place that an address means in a list sorted by `column`, ties by `row_id` (whole numbers or UUIDs).

    The first page when the address makes no sense.
    """
    text = str(values.get("page") or "").strip()
    number = min(int(text), MAX_PAGE) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    after, before = (_cursor(str(values.get(name) or ""), column, row_id, nullable) for name in ("after", "before"))
    if after or before:
        return PagePosition(number, after=after, before=None if after else before)
    return PagePosition(max(1, number), last=text == LAST)


def _cursor(text: str, column: Any, row_id: Any, nullable: bool) -> Cursor | None:
    if not text or len(text) > MAX_CURSOR:
        return None
    try:
        value, id_text = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        own_id = _parse_value(id_text, row_id.type.python_type)
        if isinstance(own_id, int) and own_id < 1:
            return None
        if value is None:
            return Cursor(None, own_id) if nullable else None
        return Cursor(_parse_value(value, column.type.python_type), own_id)
    except (ValueError, TypeError, ArithmeticError, RecursionError):  # the last for a thousand brackets
        return None


def _parse_value(value: Any, kind: type) -> Any:
    """The value in the column's type. Raises ValueError when no row can have it."""
    if kind is int and type(value) is int and abs(value) <= MAX_ID:
        return value
    if kind is UUID and isinstance(value, str):
        return UUID(value)
    if kind is str and isinstance(value, str) and "\0" not in value:
        return value.encode().decode()  # a lone surrogate raises
    if kind is Decimal and isinstance(value, str) and len(value) < 30 and "e" not in value.lower():
        return _finite(Decimal(value))
    if kind is datetime and isinstance(value, str):
        return _aware(datetime.fromisoformat(value))
    if kind is date and isinstance(value, str):
        return date.fromisoformat(value)
    raise ValueError(value)


def _finite(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise ValueError(number)
    return number


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None or not 1900 <= moment.year <= 2300:
        raise ValueError(moment)
    return moment
