"""Monthly periods that begin on an account's own billing day. Pure."""

import calendar
from datetime import datetime


def _in_month(anchor: datetime, months: int) -> datetime:
    """The anchor moved by whole months; the 31st becomes the last day where a month has none."""
    index = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(index, 12)
    day = min(anchor.day, calendar.monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def period_at(anchor: datetime, now: datetime) -> tuple[datetime, datetime]:
    """Start and end of the month that `now` is in, counted from `anchor`.

    Always counted from the anchor itself, so that the 31st comes back after February.
    """
    months = max(0, (now.year - anchor.year) * 12 + now.month - anchor.month)
    if months and _in_month(anchor, months) > now:
        months -= 1
    return _in_month(anchor, months), _in_month(anchor, months + 1)


def share_left(start: datetime, end: datetime, now: datetime) -> float:
    """How much of the period lies ahead, from 0 to 1."""
    whole = (end - start).total_seconds()
    return min(1.0, max(0.0, (end - now).total_seconds() / whole)) if whole > 0 else 0.0
