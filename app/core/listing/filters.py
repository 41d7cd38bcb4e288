"""Filters of lists: how each reads its parameter of the address, and the conditions that it sets on rows."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement

from app.core.request_ids import parse_id

V = TypeVar("V")
Conditions = list[ColumnElement[bool]]
Range = tuple[int | None, int | None]
NONE = "none"
EMPTY_RANGE = "-"
_RANGE = re.compile(r"([0-9]{0,9})-([0-9]{0,9})")


@dataclass(frozen=True)
class Filter(Generic[V]):
    """One filter. `read` returns None for values that make no sense, and then nothing is filtered.

    Where its values are ids of other rows, `of` is the column that has them.
    """

    name: str
    read: Callable[[str], V | None]
    where: Callable[[V], Conditions]
    of: Any = None


def choice(name: str, column: Any, values: Collection[str]) -> Filter[str]:
    """A filter by the value of a column, one of these."""
    return Filter(name, lambda text: text if text in values else None, lambda value: [column == value])


def cases(name: str, conditions: Mapping[str, ColumnElement[bool]]) -> Filter[str]:
    """A filter by named conditions, one at a time."""
    return Filter(name, lambda text: text if text in conditions else None, lambda value: [conditions[value]])


def reference(name: str, column: Any, of: Any = None) -> Filter[int]:
    """A filter by the id of another row (`of` is the column of such ids); ``none`` for rows without one."""
    return Filter(name, _reference, lambda value: [column == value if value else column.is_(None)], of)


def _reference(text: str) -> int | None:
    return 0 if text == NONE else parse_id(text)


def between(name: str, column: Any) -> Filter[Range]:
    """A filter by a range of numbers, both ends included: ``100-1000``, ``100-``, ``-100``."""

    def where(limits: Range) -> Conditions:
        low, high = limits
        lower = [column >= low] if low is not None else []
        return lower + ([column <= high] if high is not None else [])

    return Filter(name, range_of, where)


def range_of(text: str) -> Range | None:
    """The ends of a range; None for anything else."""
    match = _RANGE.fullmatch(text)
    if match is None or text == EMPTY_RANGE:
        return None
    low, high = match.groups()
    return (int(low) if low else None, int(high) if high else None)


def in_days(column: Any, since: date | None, until: date | None, zone: ZoneInfo) -> Conditions:
    """The conditions that an instant is within these days of a zone, both included; None for no bound."""
    start = datetime.combine(since, time.min, zone) if since else None
    end = datetime.combine(until + timedelta(days=1), time.min, zone) if until and until.year < 9999 else None
    lower = [column >= start] if start else []
    return lower + ([column < end] if end else [])


def day_of(text: str | None) -> date | None:
    """The day that an ISO date says; None for anything else, and for years that no row has."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if day.year >= 1900 else None


def instant_of(text: str) -> datetime | None:
    """The instant that an ISO time with a zone says; None for anything else, and for years that no row has."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo and 1900 <= instant.year < 9999 else None
