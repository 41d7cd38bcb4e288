"""What is still to come or under way on the calendar, as a list."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core.clock import utcnow
from app.core.listing.filters import Conditions, Filter, day_of
from app.core.listing.pages import Page, fetch_page
from app.core.listing.spec import ListSpec, Sort
from app.core.runs import Run
from app.core.runs.states import ACTIVE
from app.publishing.schedule import services as schedule
from app.publishing.schedule.calendar import YEARS, bounds_of
from app.publishing.schedule.calendar_filters import read_filter

TODAY = "today"


def upcoming_list(zone: ZoneInfo) -> ListSpec:
    """The list, with days of `zone`; which is today depends on the present time, so it is made for each look."""
    today = utcnow().astimezone(zone).date()

    def due_on(day: date) -> Conditions:
        start, end = bounds_of(day, zone)
        due = [Run.due_at < end]
        return due if day == today else [*due, Run.due_at >= start]  # today is also when to do what is late

    return ListSpec(
        id=Run.id,
        account=Run.account_id,
        site=Run.site_id,
        filters=(Filter("due", lambda text: today if text == TODAY else _day_of_calendar(text), due_on),),
        sorts=(Sort("due", Run.due_at),),
        default_sort="due",
        per_page=100,
        only=(*schedule.IS_SCHEDULED_PUBLISH, Run.state.in_(ACTIVE)),
    )


def _day_of_calendar(text: str) -> date | None:
    day = day_of(text)
    return day if day and day.year in YEARS else None


def list_upcoming(
    account_id: int, site_id: int | None, zone: ZoneInfo, values: Mapping[str, str]
) -> tuple[Page[Run], date | None]:
    """A page of the scheduled publishes of a site, or of all of them, the next first; the day that `due` names alone.

    `values` are `due` (``today`` or a day of the zone), type and cluster of the contents, and the place in the list.
    """
    spec = upcoming_list(zone)
    query = spec.read(values)
    where = [*spec.where(account_id, site_id, query), *read_filter(values).of_subject]
    page = fetch_page(spec, query, select(Run).where(*where))
    return page, query.filter_values.get("due")


def by_day(runs: list[Run], zone: ZoneInfo) -> dict[date, list[Run]]:
    """The runs by the day of the zone on which they are due."""
    days: dict[date, list[Run]] = {}
    for run in runs:
        days.setdefault(run.due_at.astimezone(zone).date(), []).append(run)
    return days
