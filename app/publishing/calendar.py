"""A month of scheduled publishes, as weeks of days in one time zone."""

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.runs import Run


@dataclass(frozen=True)
class Entry:
    """One publish on the calendar. `local` is in the calendar's zone."""

    run: Run
    local: datetime


@dataclass
class Day:
    """A day of the grid; `outside` belongs to the month before or after."""

    date: date
    outside: bool
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class Month:
    """Weeks from Monday to Sunday that cover a month."""

    first: date
    weeks: list[list[Day]]

    @property
    def before(self) -> str:
        """The month before as `YYYY-MM`."""
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        """The month after as `YYYY-MM`."""
        return f"{self.first + timedelta(days=32):%Y-%m}"


def parse_month(text: str, today: date) -> date:
    """The first day of `YYYY-MM`; of today's month for anything else."""
    try:
        return date.fromisoformat(f"{text}-01") if 2000 <= int(text[:4]) <= 2100 else today.replace(day=1)
    except ValueError:
        return today.replace(day=1)


def end_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """When today ends in this zone (UTC)."""
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone).astimezone(UTC)


def bounds(first: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """UTC instants between which the grid of the month lies."""
    days = [day for week in Calendar().monthdatescalendar(first.year, first.month) for day in week]
    start = datetime.combine(days[0], time(), zone).astimezone(UTC)
    return start, datetime.combine(days[-1] + timedelta(days=1), time(), zone).astimezone(UTC)


def month_of(first: date, runs: Sequence[Run], zone: ZoneInfo) -> Month:
    """The grid of the month with the runs on their days in `zone`."""
    weeks = [
        [Day(day, day.month != first.month) for day in week]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]
    days = {day.date: day for week in weeks for day in week}
    for run in runs:
        local = run.due_at.astimezone(zone)
        if local.date() in days:
            days[local.date()].entries.append(Entry(run, local))
    return Month(first, weeks)
