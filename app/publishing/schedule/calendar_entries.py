"""The entries on the days of a calendar: scheduled publishes, and what was published by hand."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, DateTime, Row, Select, TableValuedAlias, column, func, literal, select, true

from app.content.models import Content
from app.core.extensions import db
from app.core.listing.pages import COUNT_CAP
from app.core.runs import Run
from app.publishing.schedule.calendar import CalendarEntry, Day, Grid, bounds_of
from app.publishing.schedule.calendar_filters import CalendarFilter
from app.publishing.schedule.services import are_scheduled
from app.sites.models import Site

MOST_IN_MONTH = 8
MOST_IN_WEEK = 100
EVERYTHING = CalendarFilter()


def fill(grid: Grid, account_id: int, zone: ZoneInfo, site_id: int | None, only: CalendarFilter = EVERYTHING) -> Grid:
    """Put the entries of a site, or of all sites of the account, on the days of the grid; returns it.

    A day holds MOST_IN_MONTH entries, MOST_IN_WEEK in a week; how many more there are is counted up to COUNT_CAP.
    """
    most = MOST_IN_WEEK if grid.is_week else MOST_IN_MONTH
    days = _days(grid, zone)
    entries: dict[datetime, list[CalendarEntry]] = defaultdict(list)
    for source in _sources(account_id, site_id, days, only):
        for row in _first_of_each_day(source, days, most + 1):
            entries[row.starts].append(_entry(row, zone))
    for day in grid.days:
        starts, ends = bounds_of(day.date, zone)
        _put_on(day, entries[starts], most)
        if day.more:
            narrow = _days_of([(starts, ends)])
            sources = _sources(account_id, site_id, narrow, only)
            day.more = sum(_count_by_day(source, narrow) for source in sources) - most
    return grid


def _put_on(day: Day, entries: list[CalendarEntry], most: int) -> None:
    """Put each piece on its day once: content that a scheduled publish brought live gets no second entry."""
    ran = {entry.content_id for entry in entries if entry.state == "succeeded"}
    ordered = sorted(
        (entry for entry in entries if entry.state != "live" or entry.content_id not in ran),
        key=lambda entry: (entry.instant, entry.title),
    )
    day.entries, day.more = ordered[:most], max(0, len(ordered) - most)


def _days(grid: Grid, zone: ZoneInfo) -> TableValuedAlias:
    return _days_of([bounds_of(day.date, zone) for day in grid.days])


def _days_of(bounds: Sequence[tuple[datetime, datetime]]) -> TableValuedAlias:
    """These days as rows; as two arrays, since a statement with VALUES is compiled anew each time."""
    instant = DateTime(timezone=True)
    starts, ends = (literal(list(instants), ARRAY(instant)) for instants in zip(*bounds, strict=True))
    rows = func.unnest(starts, ends).table_valued(column("starts", instant), column("ends", instant))
    return rows.render_derived(name="days")


def _sources(
    account_id: int, site_id: int | None, days: TableValuedAlias, only: CalendarFilter
) -> list[Select[*tuple[Any, ...]]]:
    scheduled = _scheduled_entries(account_id, site_id, days).where(*only.of_run)
    return [scheduled, *([_published(account_id, site_id, days, only)] if only.shows_published else [])]


def _scheduled_entries(account_id: int, site_id: int | None, days: TableValuedAlias) -> Select[*tuple[Any, ...]]:
    title = func.coalesce(Content.title, Run.title).label("title")
    run = (title, Run.state, Run.due_at.label("instant"), Run.site_id, Content.id.label("content_id"))
    return (
        select(*run, Run.id.label("run_id"))
        .outerjoin(Content, (Content.id == Run.subject_id) & (Content.account_id == Run.account_id))
        .where(*are_scheduled(account_id, site_id), Run.state != "cancelled")
        .where(Run.due_at >= days.c.starts, Run.due_at < days.c.ends)
        .order_by(Run.due_at, Run.id)
    )


def _published(
    account_id: int, site_id: int | None, days: TableValuedAlias, only: CalendarFilter
) -> Select[*tuple[Any, ...]]:
    sites = select(Site.id).where(Site.account_id == account_id)
    content = (Content.title, Content.published_at.label("instant"), Content.site_id, Content.id.label("content_id"))
    return (
        select(*content)
        .where(Content.account_id == account_id, Content.status == "published", Content.trashed_at.is_(None))
        .where(*only.of_content)
        .where(Content.site_id.in_(sites) if site_id is None else Content.site_id == site_id)
        .where(Content.published_at >= days.c.starts, Content.published_at < days.c.ends)
        .order_by(Content.published_at, Content.id)
    )


def _first_of_each_day(source: Select[*tuple[Any, ...]], days: TableValuedAlias, limit: int) -> Sequence[Row[Any]]:
    entry = source.limit(limit).lateral("entry")
    return db.session.execute(select(days.c.starts, entry).join_from(days, entry, true())).all()


def _count_by_day(source: Select[*tuple[Any, ...]], days: TableValuedAlias) -> int:
    entry = source.order_by(None).limit(COUNT_CAP).lateral("entry")
    return db.session.scalar(select(func.count()).select_from(days).join(entry, true())) or 0


def _entry(row: Row[Any], zone: ZoneInfo) -> CalendarEntry:
    fields = row._mapping
    return CalendarEntry(
        title=fields["title"],
        state=fields.get("state", "live"),
        instant=row.instant,
        local=row.instant.astimezone(zone),
        site_id=row.site_id,
        content_id=row.content_id,
        run_id=fields.get("run_id"),
    )
