"""Lists of what happened on some days: the days of a zone that an address names, and as filters of a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core.clock import utcnow
from app.core.listing.filters import Conditions, Filter, day_of, in_days

USUAL, MOST = 30, 366  # days


@dataclass(frozen=True, slots=True)
class Days:
    """The days from `since` to `until` in `zone`, both included."""

    since: date
    until: date
    zone: ZoneInfo

    def within(self, column: Any) -> Conditions:
        """The conditions that an instant is on one of these days."""
        return in_days(column, self.since, self.until, self.zone)

    @property
    def days(self) -> list[date]:
        """Every day, in order."""
        return [self.since + timedelta(days=number) for number in range((self.until - self.since).days + 1)]


def read_days(args: Mapping[str, str], zone: ZoneInfo, usual: int = USUAL) -> Days:
    """The days of the parameters `since` and `until`: none after today, and at most MOST.

    Without them: the last `usual` days. What cannot be read is ignored; of reversed days `until` alone is left.
    """
    today = utcnow().astimezone(zone).date()
    until = min(day_of(args.get("until")) or today, today)
    since = day_of(args.get("since")) or until - timedelta(days=usual - 1)
    return Days(min(max(since, until - timedelta(days=MOST - 1)), until), until, zone)


def are_reversed(args: Mapping[str, str]) -> bool:
    """Whether `since` is after `until`: such lists say so, as no day is between them."""
    since, until = day_of(args.get("since")), day_of(args.get("until"))
    return since is not None and until is not None and since > until


def day_filters(column: Any, zone: ZoneInfo) -> tuple[Filter[date], Filter[date]]:
    """Filters `since` and `until` by days of a zone, for lists of any time."""
    return (
        Filter("since", day_of, lambda day: in_days(column, day, None, zone)),
        Filter("until", day_of, lambda day: in_days(column, None, day, zone)),
    )
