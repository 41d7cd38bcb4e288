"""The dashboards' graphs: numbers as charts whose bars lead to the lists of what they count."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import url_for

from app.core.languages import N_, gettext, local_date
from app.monitoring.charts import Bar, Chart, Series
from app.monitoring.history import History, HistoryCounts
from app.planner.models import CONTENT_TYPES
from app.publishing.run_kinds import PUBLISH

TYPE_WORDS = {"Article": N_("Articles"), "Page": N_("Pages"), "Product": N_("Products"), "Taxonomy": N_("Term pages")}
TYPES = {kind: Series(TYPE_WORDS[kind], f"series-{number}") for number, kind in enumerate(CONTENT_TYPES, 1)}
OUTCOMES = (Series(N_("Done"), "series-good"), Series(N_("Failed"), "series-bad"))


def runs_address(site_id: int | None, tally: HistoryCounts, **filters: str) -> str:
    """The address of the list of publishes that ended in these days, for a site or for all."""
    days = {"since": tally.since.isoformat(), "until": tally.until.isoformat()}
    values: dict[str, Any] = {"kind": PUBLISH.name, "on": site_id, **days, **filters}
    return url_for("runs.list_activity", **values)


def published_by_week(history: History, site_id: int | None) -> Chart:
    """How much went live in each week, by type; types with nothing published are left out."""
    kinds = [kind for kind in CONTENT_TYPES if any(week.by_type[kind] for week in history.weeks)]
    bars = [
        Bar(
            _week_words(week),
            _short(week.since),
            tuple(week.by_type[kind] for kind in kinds),
            runs_address(site_id, week, state="succeeded", type="any"),
            tuple(runs_address(site_id, week, state="succeeded", type=kind) for kind in kinds),
        )
        for week in history.weeks
    ]
    return Chart("published-weeks", gettext("Published per week"), [TYPES[kind] for kind in kinds], bars, every=3)


def outcomes_by_day(history: History, site_id: int | None) -> Chart:
    """How many publishes were done, and how many failed, on each day."""
    bars = [
        Bar(
            _day(day.since),
            _short(day.since),
            (day.succeeded, day.failed),
            runs_address(site_id, day),
            tuple(runs_address(site_id, day, state=state) for state in ("succeeded", "failed")),
        )
        for day in history.days
    ]
    return Chart("publish-outcomes", gettext("Publishes of the last 30 days"), OUTCOMES, bars, every=7)


def time_by_week(history: History, site_id: int | None) -> Chart:
    """How long a publish took on average, by week."""
    bars = [
        Bar(
            _week_words(week),
            _short(week.since),
            (week.mean_seconds or 0,),
            runs_address(site_id, week, state="succeeded", type="any"),
        )
        for week in history.weeks
    ]
    return Chart(
        "publish-times", gettext("Mean publish time"), (Series(N_("Mean time"), "series-1"),), bars, unit=" s", every=3
    )


def week_ahead(counts: Sequence[int], today: date, site_id: int | None) -> Chart:
    """What is scheduled for today and the days after it."""
    place: dict[str, Any] = {"all": "1"} if site_id is None else {"site": str(site_id)}
    days = [today + timedelta(days=number) for number in range(len(counts))]
    bars = [
        Bar(
            gettext("Today") if day == today else local_date(day, "EEEE, d MMMM"),
            gettext("Today") if day == today else local_date(day, "EEE d"),
            (count,),
            url_for("publishing.show_calendar", view="list", due="today" if day == today else day.isoformat(), **place),
        )
        for day, count in zip(days, counts, strict=True)
    ]
    return Chart("week-ahead", gettext("The week ahead"), (Series(N_("Scheduled"), "series-1"),), bars)


def _week_words(week: HistoryCounts) -> str:
    return gettext("%(first)s to %(last)s", first=_short(week.since), last=_day(week.until))


def _short(day: date) -> str:
    return local_date(day, "d MMM")


def _day(day: date) -> str:
    return local_date(day, "d MMM y")
