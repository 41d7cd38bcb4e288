"""The grid of the calendar: the weeks of a month, or one week, with days in one time zone (pure, but for its title)."""

from calendar import Calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.languages import local_date

WEEK = timedelta(days=7)
YEARS = range(2000, 2101)


@dataclass(frozen=True)
class CalendarEntry:
    """One publish on the calendar. `local` is in the calendar's zone; `instant` is in UTC.

    `state` is that of the run of a scheduled publish, or ``live`` for content that was published by hand.
    """

    title: str
    state: str
    instant: datetime
    local: datetime
    site_id: int
    content_id: int | None
    run_id: UUID | None = None


@dataclass
class Day:
    """A day of the grid. `outside` belongs to the month before or after; `more` entries are not among `entries`."""

    date: date
    outside: bool
    entries: list[CalendarEntry] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True)
class Grid:
    """Weeks from Monday to Sunday: those that cover the month of `first`, or the one that begins with it."""

    first: date
    weeks: list[list[Day]]
    is_week: bool = False

    @property
    def days(self) -> list[Day]:
        """All days in order."""
        return [day for week in self.weeks for day in week]

    @property
    def title(self) -> str:
        """``December 2026``, or ``30 Nov – 6 Dec 2026``."""
        if not self.is_week:
            return local_date(self.first, "LLLL y")
        last = self.first + WEEK - timedelta(days=1)
        start = local_date(self.first, "d" if self.first.month == last.month else "d MMM")
        return f"{start} – {local_date(last, 'd MMM y')}"

    @property
    def address(self) -> dict[str, str]:
        """The parameters that show it."""
        return self._address(self.first)

    @property
    def before(self) -> dict[str, str]:
        """The parameters that show the month or week before."""
        return self._address(self.first - (WEEK if self.is_week else timedelta(days=1)))

    @property
    def after(self) -> dict[str, str]:
        """The parameters that show the month or week after."""
        return self._address(self.first + (WEEK if self.is_week else timedelta(days=32)))

    def _address(self, day: date) -> dict[str, str]:
        return {"view": "week", "day": day.isoformat()} if self.is_week else {"month": f"{day:%Y-%m}"}


def parse_month(text: str, today: date) -> date:
    """The first day of `YYYY-MM`; of today's month for anything else."""
    return parse_day(f"{text}-01", today).replace(day=1)


def parse_day(text: str, today: date) -> date:
    """The day of `YYYY-MM-DD`; today for anything else, and for years that no row has."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if day.year in YEARS else today


def month_grid(first: date) -> Grid:
    """The weeks of the month that begins with `first`, without entries."""
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    return Grid(first, [[Day(day, day.month != first.month) for day in week] for week in weeks])


def week_grid(day: date) -> Grid:
    """The week of a day, without entries."""
    monday = day - timedelta(days=day.weekday())
    return Grid(monday, [[Day(monday + timedelta(days=number), False) for number in range(7)]], is_week=True)


def bounds_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The UTC instants at which a day begins and ends in this zone."""
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    return start, datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
