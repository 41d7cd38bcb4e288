"""The history of publishing: days and weeks of a zone, right whatever becomes of the runs."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, update

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.monitoring.charts import Bar, Chart, Series
from app.monitoring.history import History, publish_history
from app.publishing.schedule.calendar import bounds_of
from app.sites.models import Site

KATHMANDU = ZoneInfo("Asia/Kathmandu")  # 5:45 before UTC


def publish(site: Site, ended_at: datetime, state: str = "succeeded", kind: str | None = "Article") -> Run:
    run = Run(account_id=site.account_id, site_id=site.id, kind="publish", title="Publish", job="jobs.none")
    run.state, run.subject_kind, run.started_at, run.ended_at = state, kind, ended_at - timedelta(seconds=4), ended_at
    db.session.add(run)
    db.session.commit()
    return run


def history_of(site: Site, zone: ZoneInfo = KATHMANDU) -> History:
    return publish_history(site.account_id, [site.id], zone)


def test_a_day_begins_and_ends_with_that_of_the_zone(site: Site) -> None:
    today = utcnow().astimezone(KATHMANDU).date()
    starts = bounds_of(today - timedelta(days=1), KATHMANDU)[0]
    publish(site, starts), publish(site, starts + timedelta(hours=24, seconds=-1), "failed", None)
    publish(site, starts - timedelta(seconds=1))
    before, yesterday = history_of(site).days[-3:-1]
    assert (yesterday.succeeded, yesterday.failed, yesterday.success_rate) == (1, 1, 50)
    assert (before.succeeded, before.failed) == (1, 0)
    assert yesterday.mean_seconds == pytest.approx(4)
    assert history_of(site, ZoneInfo("UTC")).month.succeeded == 2


def test_what_becomes_of_a_run_later_is_counted_once(site: Site) -> None:
    now = utcnow()
    failed, done = publish(site, now, "failed", None), publish(site, now)
    assert (history_of(site).month.failed, history_of(site).month.published) == (1, 1)
    again = {"state": "queued", "ended_at": None, "started_at": None}
    db.session.execute(update(Run).where(Run.id == failed.id).values(again))
    db.session.commit()
    assert history_of(site).month.failed == 0
    changed = {"state": "succeeded", "ended_at": now, "started_at": now, "subject_kind": "Page"}
    db.session.execute(update(Run).where(Run.id == failed.id).values(changed))
    db.session.commit()
    assert history_of(site).month.by_type == {"Article": 1, "Page": 1}
    db.session.execute(delete(Run).where(Run.id == done.id))
    db.session.commit()
    assert history_of(site).month.by_type == {"Page": 1}


def test_a_publish_that_found_everything_live_is_done_and_published_nothing(site: Site) -> None:
    publish(site, utcnow(), kind=None)
    month = history_of(site).month
    assert (month.succeeded, month.published, month.success_rate, month.mean_seconds) == (1, 0, 100, None)
    assert history_of(site).any


def test_twelve_weeks_end_with_the_present_one(site: Site) -> None:
    history = history_of(site)
    assert not history.any
    assert (len(history.weeks), len(history.days)) == (12, 30)
    assert all(week.since.weekday() == 0 for week in history.weeks)
    assert history.weeks[-1].since <= history.days[-1].since <= history.weeks[-1].until


def test_deleting_a_site_takes_its_history_with_it(site: Site) -> None:
    publish(site, datetime.now(UTC))
    db.session.delete(site)
    db.session.commit()


@pytest.mark.parametrize(("highest", "top", "ticks"), [(1, 1, 2), (3, 4, 3), (5, 10, 3), (41, 100, 3), (1000, 1000, 3)])
def test_a_scale_ends_where_it_is_easy_to_read(highest: int, top: int, ticks: int) -> None:
    chart = Chart("c", "C", [Series("Done", "good")], [Bar("a", "a", (0,)), Bar("b", "b", (highest,))])
    assert (chart.top, len(chart.ticks)) == (top, ticks)
    nothing, tallest = chart.columns()
    assert nothing.parts == ()
    assert tallest.parts[0].y + tallest.parts[0].height == 128
    assert Chart("c", "C", [Series("Done", "good")], []).is_empty
