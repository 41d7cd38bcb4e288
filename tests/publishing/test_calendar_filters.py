"""The calendar narrowed down to a type, a cluster and a state, in each of its views and after each change."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.core.extensions import db
from app.core.runs import Run
from app.planner.models import Cluster
from app.publishing.schedule import calendar, calendar_entries
from app.publishing.schedule.calendar_filters import read_filter
from app.sites.models import Site
from tests.factories.things import make_content
from tests.publishing.test_calendar import BERLIN, NOON, YEAR, publish_by_hand
from tests.publishing.test_schedule import plan

MONTH = f"/calendar/?month={YEAR}-06"
ALL = {"Planned article", "Planned page", "Failed page", "Page by hand", "Article by hand"}


@pytest.fixture
def cluster(site: Site) -> Cluster:
    """A cluster of what is planned as an article and published as a page."""
    row = Cluster(account_id=site.account_id, site_id=site.id, name="Cold brew")
    db.session.add(row)
    db.session.flush()
    return row


@pytest.fixture
def berlin(site: Site, cluster: Cluster) -> Site:
    """A site with an entry of each kind on one day."""
    site.time_zone = BERLIN
    for number, title in enumerate(sorted(ALL)):
        content = make_content(site, title)
        content.content_type = "Page" if "page" in title.lower() else "Article"
        content.cluster_id = cluster.id if title in ("Planned article", "Page by hand") else None
        if "hand" in title:
            publish_by_hand(content, NOON + timedelta(minutes=number))
            continue
        run = plan(content, NOON + timedelta(minutes=number))
        if "Failed" in title:
            db.session.execute(update(Run).where(Run.id == run.id).values(state="failed"))
    db.session.commit()
    return site


def titles(page: str) -> set[str]:
    return set(re.findall(r'<bdi(?: class="clip")?>([^<]*)</bdi>', page)) & ALL


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ALL),
        ("&type=Page", {"Planned page", "Failed page", "Page by hand"}),
        ("&state=scheduled", {"Planned article", "Planned page"}),
        ("&state=published", {"Page by hand", "Article by hand"}),
        ("&state=failed", {"Failed page"}),
        ("&type=Page&state=published", {"Page by hand"}),
        ("&cluster=none", {"Planned page", "Failed page", "Article by hand"}),
        ("&type=Nonsense&state=nonsense&cluster=x", ALL),
    ],
)
def test_days_show_what_the_filters_leave(owner_client: FlaskClient, berlin: Site, query: str, shown: set[str]) -> None:
    assert titles(owner_client.get(MONTH + query).text) == shown
    week = f"/calendar/?view=week&day={NOON:%Y-%m-%d}"
    assert titles(owner_client.get(week + query).text) == shown


def test_a_cluster_is_a_filter_of_days_and_of_the_list(
    owner_client: FlaskClient, berlin: Site, cluster: Cluster
) -> None:
    assert titles(owner_client.get(f"{MONTH}&cluster={cluster.id}").text) == {"Planned article", "Page by hand"}
    coming = "/calendar/?view=list"
    assert titles(owner_client.get(coming).text) == {"Planned article", "Planned page"}
    assert titles(owner_client.get(f"{coming}&cluster={cluster.id}").text) == {"Planned article"}
    assert titles(owner_client.get(f"{coming}&type=Page").text) == {"Planned page"}
    assert "Nothing matches" in owner_client.get(f"{coming}&type=Product").text


def test_every_way_on_from_a_calendar_keeps_its_filters(owner_client: FlaskClient, berlin: Site) -> None:
    page = owner_client.get(f"{MONTH}&type=Page&state=scheduled").text
    region = page[page.index('id="calendar-region"') :]
    steps = re.findall(r'class="btn[^"]*" href="(/calendar/\?[^"]*)"', region)
    assert (
        len([step for step in steps if "type=Page" in step and "state=scheduled" in step]) >= 3
    )  # before, after, today
    assert """data-filters='{"state": "scheduled", "type": "Page"}'""" in region
    (run_id,) = re.findall(r"/calendar/([0-9a-f-]{36})/move/", region)
    moved = {"date": f"{YEAR}-06-20", "zone": BERLIN, "month": f"{YEAR}-06", "type": "Page", "state": "scheduled"}
    answer = owner_client.post(f"/calendar/{run_id}/move/", data=moved)
    assert set(answer.location.split("?")[1].split("&")) == {f"month={YEAR}-06", "type=Page", "state=scheduled"}


def test_a_full_day_counts_only_what_fits(berlin: Site) -> None:
    for number in range(12):
        publish_by_hand(make_content(berlin, f"More {number}"), NOON + timedelta(hours=1))
    only = read_filter({"type": "Article", "state": "published"})
    grid = calendar_entries.fill(
        calendar.month_grid(NOON.date().replace(day=1)), berlin.account_id, ZoneInfo(BERLIN), berlin.id, only
    )
    day = next(day for day in grid.days if day.date == NOON.date())
    assert (len(day.entries), day.more) == (8, 5)
