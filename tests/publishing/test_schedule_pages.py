"""Picking a time, the calendar, moving and taking off, settling a conflict: in the browser's terms."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.publishing.schedule import services as schedule
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.drift import settle
from tests.factories.things import make_content
from tests.publishing.test_schedule import come_due, edit_in_wordpress, plan

YEAR = utcnow().year + 1


@pytest.fixture
def abroad(site: Site, owner: User) -> Site:
    """The site in New York, the person in Karachi."""
    site.time_zone, owner.time_zone = "America/New_York", "Asia/Karachi"
    db.session.commit()
    return site


def pick(client: FlaskClient, content: Content, **fields: str) -> TestResponse:
    data = {"content_ids": content.id, "date": f"{YEAR}-12-01", "time": "05:00", "zone": "America/New_York", **fields}
    return client.post("/content/schedule/", data=data)


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 scheduled publish is cancelled by it."), (2, "2 scheduled publishes are cancelled by it.")],
)
def test_who_publishes_by_hand_is_told_that_the_schedule_is_cancelled(
    owner_client: FlaskClient, site: Site, count: int, words: str
) -> None:
    ids = [make_content(site, title=f"Advent {number}").id for number in range(count)]
    for content_id in ids:
        plan(db.session.get_one(Content, content_id))
    first, again = (
        owner_client.post("/content/publish/", data={"content_ids": ids}, headers={"HX-Request": "true"})
        for _ in range(2)
    )
    assert words in first.headers["HX-Trigger"]
    assert '"level": "warning"' in first.headers["HX-Trigger"]
    assert "scheduled" not in again.headers.get("HX-Trigger", "")


def test_a_time_is_picked_in_the_sites_zone_and_stored_in_utc(owner_client: FlaskClient, abroad: Site) -> None:
    content = make_content(abroad, title="Advent")
    page = owner_client.post("/content/schedule/choose/", data={"content_ids": content.id})
    assert page.status_code == 200
    assert "Schedule “Advent”" in page.text
    assert "New York (site)" in page.text
    assert "Karachi (your time)" in page.text
    answer = pick(owner_client, content)
    assert (answer.status_code, answer.location) == (303, f"/calendar/?month={YEAR}-12")
    run = db.session.scalars(select(Run)).one()
    assert run.due_at == datetime(YEAR, 12, 1, 10, tzinfo=UTC)
    shown = owner_client.get(answer.location).text
    assert f"Scheduled for 1 Dec {YEAR}, 10:00 UTC · 05:00 New York · 15:00 your time." in shown
    assert '05:00</span> <bdi class="clip">Advent<' in shown


def test_own_time_and_utc_can_be_picked_too(owner_client: FlaskClient, abroad: Site) -> None:
    for zone, hour in (("Asia/Karachi", 0), ("UTC", 5)):
        content = make_content(abroad)
        pick(owner_client, content, zone=zone)
        run = schedule.waiting_of(abroad.account_id, [content.id])[content.id]
        assert run.due_at.hour == hour


def test_an_outline_can_be_planned_and_is_told_to_be_written_by_then(owner_client: FlaskClient, abroad: Site) -> None:
    answer = pick(owner_client, make_content(abroad, is_outline=True))
    shown = owner_client.get(answer.location or "").text
    assert "1 item is an outline still: write the text before then, or it stops." in shown


def test_times_that_cannot_be_meant_are_explained_and_kept(owner_client: FlaskClient, abroad: Site) -> None:
    content = make_content(abroad)
    skipped = pick(owner_client, content, date="2027-03-14", time="02:30")
    assert skipped.status_code == 422
    assert "skip 02:30" in skipped.text
    assert 'value="02:30"' in skipped.text
    repeated = pick(owner_client, content, date="2027-11-07", time="01:30")
    assert repeated.status_code == 422
    assert "Which one is meant" in repeated.text
    assert pick(owner_client, content, date="2027-11-07", time="01:30", which="second").status_code == 303
    assert db.session.scalars(select(Run)).one().due_at == datetime(2027, 11, 7, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "fields",
    [
        {"date": "2020-01-01"},
        {"date": ""},
        {"date": "31.12.2030"},
        {"time": "25:99"},
        {"zone": "Mars/Base"},
        {"date": "9999-12-31"},
        {"date": "0001-01-01"},
    ],
)
def test_nonsense_is_refused_in_words(owner_client: FlaskClient, abroad: Site, fields: dict[str, str]) -> None:
    assert pick(owner_client, make_content(abroad), **fields).status_code == 422
    assert db.session.scalar(select(Run)) is None


@pytest.mark.parametrize(
    "query", ["", "date=2027-03-14&time=02:30", "date=x&time=y&zone=z", "date=0001-01-01&time=00:00"]
)
def test_the_reading_never_breaks(owner_client: FlaskClient, abroad: Site, query: str) -> None:
    assert owner_client.get(f"/content/schedule/reading/?{query}").status_code == 200


@pytest.mark.parametrize(
    "query", ["", "month=2027-02", "month=nonsense", "month=0000-00", "view=list", "all=1&view=list"]
)
def test_the_calendar_shows_any_month(owner_client: FlaskClient, site: Site, query: str) -> None:
    run = plan(make_content(site, title="Coming up"))
    answer = owner_client.get(f"/calendar/?{query}")
    assert answer.status_code == 200
    if query in ("", "view=list", "all=1&view=list") and run.due_at.month == utcnow().month:
        assert "Coming up" in answer.text


def test_moving_by_form_and_by_dragging(owner_client: FlaskClient, abroad: Site) -> None:
    content = make_content(abroad)
    pick(owner_client, content)
    run = db.session.scalars(select(Run)).one()
    address = f"/calendar/{run.id}/move/"
    assert 'value="05:00"' in owner_client.get(address).text
    form = {"date": f"{YEAR}-12-03", "time": "07:15", "zone": "America/New_York"}
    assert owner_client.post(address, data=form).status_code == 303
    assert db.session.get_one(Run, run.id).due_at == datetime(YEAR, 12, 3, 12, 15, tzinfo=UTC)
    dragged = owner_client.post(address, data={"date": f"{YEAR}-07-01"}, headers={"HX-Request": "true"})
    assert dragged.headers["HX-Redirect"] == f"/calendar/?month={YEAR}-07"
    assert db.session.get_one(Run, run.id).due_at == datetime(YEAR, 7, 1, 11, 15, tzinfo=UTC)  # 07:15 in summer
    past = owner_client.post(address, data={"date": "2020-01-01"}, headers={"HX-Request": "true"})
    assert past.status_code == 422


def test_what_has_started_cannot_be_moved(owner_client: FlaskClient, site: Site) -> None:
    run = plan(make_content(site))
    db.session.execute(Run.__table__.update().values(state="running"))
    db.session.commit()
    later = utcnow() + timedelta(days=2)
    answer = owner_client.post(f"/calendar/{run.id}/move/", data={"date": f"{later:%Y-%m-%d}", "time": "10:00"})
    assert answer.status_code == 422
    assert "has started or ended" in answer.text


def test_viewers_look_and_strangers_do_not(
    viewer_client: FlaskClient, stranger_client: FlaskClient, site: Site
) -> None:
    run = plan(make_content(site, title="Hidden from strangers"))
    month = f"{run.due_at:%Y-%m}"
    assert "Hidden from strangers" in viewer_client.get(f"/calendar/?month={month}").text
    assert f"/calendar/{run.id}/move/" not in viewer_client.get(f"/calendar/?month={month}").text
    assert "Hidden from strangers" not in stranger_client.get(f"/calendar/?month={month}&all=1").text
    assert stranger_client.post(f"/calendar/{run.id}/move/", data={"date": "2030-01-01"}).status_code == 404


def test_a_conflict_is_shown_and_settled_either_way(owner_client: FlaskClient, site: Site, blog: Blog) -> None:
    blog.pair(site)
    content = make_content(site, title="Ours")
    come_due(plan(content))
    edit_in_wordpress(blog, content, "Theirs")
    content.title = "Ours again"
    db.session.commit()
    run = come_due(plan(content))
    bar = owner_client.get(f"/runs/{run.id}/").text
    assert "Compare and decide" in bar
    page = owner_client.get(f"/content/{content.id}/drift/").text
    assert "<del>Theirs</del>" in page
    assert "<ins>Ours again</ins>" in page
    assert settle(owner_client, content.id, "take_all").status_code == 303
    assert db.session.get_one(Content, content.id).title == "Theirs"
    assert "are the same" in owner_client.get(f"/content/{content.id}/drift/").text
    assert come_due(plan(content)).state == "succeeded"  # both sides are in step: nothing to send
    assert blog.titles() == ["Theirs (publish)"]


def test_the_content_manager_says_when_and_does_not_poll(owner_client: FlaskClient, site: Site) -> None:
    run = plan(make_content(site))
    page = owner_client.get("/content/").text
    assert "Scheduled for" in page
    assert f"/calendar/{run.id}/move/" in page
    assert 'hx-trigger="every 1s"' not in page
    assert "Waiting for its turn" not in page
