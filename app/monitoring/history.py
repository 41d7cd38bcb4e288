"""How publishing went: what ended on each day of a zone, by outcome and by type of content.

Kept by quarters of an hour, of which the days of each zone are made.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, DateTime, func, literal, select

from app.core.clock import utcnow
from app.core.extensions import db
from app.planner.models import CONTENT_TYPES
from app.publishing.models import PublishTally
from app.publishing.schedule.calendar import WEEK, bounds_of

DAYS = 30
WEEKS = 12
OF_TYPES = (PublishTally.articles, PublishTally.pages, PublishTally.products, PublishTally.term_pages)


@dataclass
class HistoryCounts:
    """What ended from `since` to `until`, both included.

    `by_type` counts publishes that brought a content live, by its type. `seconds` is the total time that those took,
    from start to verified.
    """

    since: date
    until: date
    succeeded: int = 0
    failed: int = 0
    seconds: float = 0
    by_type: Counter[str] = field(default_factory=Counter)

    @property
    def published(self) -> int:
        """How many publishes brought a content live; one that found it live and unchanged did not."""
        return self.by_type.total()

    @property
    def success_rate(self) -> float | None:
        """The share of publishes that succeeded, in per cent; None when nothing ended."""
        total = self.succeeded + self.failed
        return 100 * self.succeeded / total if total else None

    @property
    def mean_seconds(self) -> float | None:
        """How long a publish took on average; None when there was none."""
        return self.seconds / self.published if self.published else None

    def add(self, other: "HistoryCounts") -> None:
        """Count these too."""
        self.succeeded += other.succeeded
        self.failed += other.failed
        self.seconds += other.seconds
        self.by_type += other.by_type


@dataclass(frozen=True)
class History:
    """The last DAYS days and the last WEEKS weeks (from Monday) until today, each with what ended in it."""

    days: list[HistoryCounts]
    weeks: list[HistoryCounts]
    month: HistoryCounts

    @property
    def any(self) -> bool:
        """True when something was published, or tried, in this time."""
        return any(week.succeeded or week.failed for week in self.weeks)


def publish_history(account_id: int, site_ids: Sequence[int], zone: ZoneInfo) -> History:
    """The publishes of these sites, in days of `zone`."""
    today = utcnow().astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    first = monday - WEEK * (WEEKS - 1)
    tallies = [HistoryCounts(day, day) for day in (first + timedelta(days=n) for n in range((today - first).days + 1))]
    _count(account_id, site_ids, tallies, zone)
    weeks = [HistoryCounts(start, start + timedelta(days=6)) for start in (first + WEEK * n for n in range(WEEKS))]
    month = HistoryCounts(tallies[-DAYS].since, today)
    for position, tally in enumerate(tallies):
        weeks[position // 7].add(tally)
        if tally.since >= month.since:
            month.add(tally)
    return History(tallies[-DAYS:], weeks, month)


def _count(account_id: int, site_ids: Sequence[int], tallies: list[HistoryCounts], zone: ZoneInfo) -> None:
    """Add what ended to these consecutive days. Their bounds are instants, since clocks may be put forward or back."""
    bounds = [bounds_of(tally.since, zone)[0] for tally in tallies]
    day = func.width_bucket(PublishTally.quarter, literal(bounds, ARRAY(DateTime(timezone=True)))).label("day")
    figures = (PublishTally.succeeded, PublishTally.failed, PublishTally.seconds, *OF_TYPES)
    stmt = (
        select(day, *(func.sum(figure) for figure in figures))
        .where(PublishTally.account_id == account_id, PublishTally.site_id.in_(site_ids))
        .where(PublishTally.quarter >= bounds[0])
        .group_by(day)
    )
    for number, succeeded, failed, seconds, *of_types in db.session.execute(stmt):
        by_type = Counter(dict(zip(CONTENT_TYPES, of_types, strict=True)))
        tally = tallies[number - 1]
        tally.add(HistoryCounts(tally.since, tally.until, succeeded, failed, seconds, by_type))
