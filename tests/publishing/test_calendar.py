"""The calendar's days: what stands on them, panels, scheduling for a day, taking off, and a spread over days."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.accounts.models import Account
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.publishing.models import PublishBatch
from app.publishing.schedule import calendar, calendar_entries
from app.sites.models import Site
from tests.factories.people import make_account, make_member
from tests.factories.things import make_content, make_site
from tests.publishing.test_schedule import plan

HTMX = {"HX-Request": "true"}
YEAR = utcnow().year + 1
BERLIN = "Europe/Berlin"
NOON = datetime(YEAR, 6, 15, 10, tzinfo=UTC)


@pytest.fixture
def berlin(site: Site) -> Site:
    site.time_zone = BERLIN
    db.session.commit()
    return site


def publish_by_hand(content: Content, at: datetime) -> Content:
    content.status, content.published_at = "published", at
    db.session.commit()
    return content


def day_of(account_id: int, site_id: int | None = None, *, week: bool = False) -> calendar.Day:
    grid = calendar.week_grid(NOON.date()) if week else calendar.month_grid(NOON.date().replace(day=1))
    filled = calendar_entries.fill(grid, account_id, ZoneInfo(BERLIN), site_id)
    return next(day for day in filled.days if day.date == NOON.date())


def test_a_day_has_what_is_planned_and_what_was_published(account: Account, berlin: Site) -> None:
    planned = make_content(berlin, "Planned")
    plan(planned, NOON)
    publish_by_hand(make_content(berlin, "By hand"), NOON - timedelta(hours=1))
    publish_by_hand(make_content(berlin, "The day before"), NOON - timedelta(hours=13))
    publish_by_hand(make_content(make_site(make_account("Elsewhere")), "Foreign"), NOON)
    day = day_of(account.id, berlin.id)
    assert [(entry.title, entry.state) for entry in day.entries] == [("By hand", "live"), ("Planned", "queued")]
    planned.title = "Planned under another title"
    db.session.commit()
    assert day_of(account.id).entries[1].title == "Planned under another title"


def test_what_a_schedule_brought_live_stands_there_once(account: Account, berlin: Site) -> None:
    content = make_content(berlin, "Once")
    run = plan(content, NOON)
    db.session.execute(update(Run).where(Run.id == run.id).values(state="succeeded"))
    publish_by_hand(content, NOON + timedelta(minutes=1))
    assert [entry.state for entry in day_of(account.id).entries] == ["succeeded"]


def test_a_full_day_says_how_many_more(account: Account, berlin: Site, owner_client: FlaskClient) -> None:
    for number in range(7):
        publish_by_hand(make_content(berlin, f"Live {number}"), NOON)
        plan(make_content(berlin, f"Planned {number}"), NOON + timedelta(minutes=number))
    day = day_of(account.id)
    assert (len(day.entries), day.more) == (8, 6)
    assert len(day_of(account.id, week=True).entries) == 14
    assert "and 6 more" in owner_client.get(f"/calendar/?month={YEAR}-06").text


def test_a_member_of_one_site_sees_its_entries_alone(account: Account, berlin: Site, sign_in: Any) -> None:
    other = make_site(account)
    for place in (berlin, other):
        plan(make_content(place, f"Planned for {place.id}"), NOON)
        publish_by_hand(make_content(place, f"Live at {place.id}"), NOON)
    member = make_member(account, "editor", sites=[berlin.id])
    page = sign_in(member).get(f"/calendar/?month={YEAR}-06&all=1").text
    assert f"Planned for {berlin.id}" in page
    assert f"Live at {berlin.id}" in page
    assert f"for {other.id}<" not in page
    assert f"at {other.id}<" not in page


def test_a_week_shows_whole_titles_and_steps_by_weeks(owner_client: FlaskClient, berlin: Site) -> None:
    plan(make_content(berlin, "In that week"), NOON)
    page = owner_client.get(f"/calendar/?view=week&day={NOON:%Y-%m-%d}").text
    assert "In that week" in page
    monday = NOON.date() - timedelta(days=NOON.weekday())
    for step in (-7, 7):
        assert f"day={monday + timedelta(days=step)}" in page
    assert owner_client.get("/calendar/?view=week&day=nonsense").status_code == 200


def test_an_entry_opens_with_its_time_and_what_can_be_done(
    owner_client: FlaskClient, viewer_client: FlaskClient, berlin: Site
) -> None:
    content = make_content(berlin, "Advent")
    run = plan(content, NOON)
    address = f"/calendar/items/{content.id}/"
    panel = owner_client.get(address, headers=HTMX).text
    assert "<dialog" in panel
    assert "12:00 Berlin" in panel
    for action in ("move", "unschedule"):
        assert f"/calendar/{run.id}/{action}/" in panel
        assert f"/calendar/{run.id}/{action}/" not in viewer_client.get(address).text
    assert f"/content/{content.id}/edit/" in panel
    whole = owner_client.get(address).text
    assert "<html" in whole


def test_a_failed_publish_tells_why_in_its_panel(owner_client: FlaskClient, berlin: Site) -> None:
    content = make_content(berlin)
    run = plan(content, NOON)
    error = {"code": "X", "message": "The image was refused.", "cure": "Use a smaller one.", "details": {}}
    db.session.execute(update(Run).where(Run.id == run.id).values(state="failed", error=error))
    db.session.commit()
    panel = owner_client.get(f"/calendar/items/{content.id}/?run={run.id}").text
    assert "The image was refused." in panel
    assert "Use a smaller one." in panel
    assert owner_client.get(f"/calendar/items/{content.id}/?run=nonsense").status_code == 200


def test_taken_off_the_schedule_it_leads_back_to_the_calendar(owner_client: FlaskClient, berlin: Site) -> None:
    run = plan(make_content(berlin, "Not now"), NOON)
    address = f"/calendar/{run.id}/unschedule/"
    answer = owner_client.post(address, data={"view": "week", "day": "2027-01-04"})
    assert answer.location == "/calendar/?day=2027-01-04&view=week"
    assert db.session.get_one(Run, run.id).state == "cancelled"
    assert "Not now" not in owner_client.get(f"/calendar/?month={YEAR}-06").text.split("calendar-region")[1]
    assert owner_client.post(address).status_code == 409


def test_what_is_being_published_is_not_taken_off(owner_client: FlaskClient, berlin: Site) -> None:
    run = plan(make_content(berlin), NOON)
    db.session.execute(update(Run).where(Run.id == run.id).values(state="running"))
    db.session.commit()
    assert owner_client.post(f"/calendar/{run.id}/unschedule/").status_code == 409
    assert db.session.get_one(Run, run.id).state == "running"


def test_drafts_are_found_for_a_day_and_scheduled_from_there(owner_client: FlaskClient, berlin: Site) -> None:
    draft = make_content(berlin, "Cold brew")
    publish_by_hand(make_content(berlin, "Cold brew, live"), NOON)
    page = owner_client.get(f"/calendar/add/?date={YEAR}-06-15&q=cold").text
    assert f'value="{draft.id}"' in page
    assert "Cold brew, live" not in page
    assert f'value="{YEAR}-06-15"' in page
    found = owner_client.get("/calendar/add/?q=nothing", headers={**HTMX, "HX-Target": "drafts-to-schedule"}).text
    assert "No draft has these words in its title." in found
    assert "<dialog" not in found


def spread_over_days(client: FlaskClient, contents: list[Content], **fields: str) -> Any:
    data = {"content_ids": [content.id for content in contents], "date": f"{YEAR}-06-14", "time": "09:00"}
    defaults = {"zone": BERLIN, "pattern": "spread", "every": "2", "unit": "days"}
    return client.post("/content/schedule/", data={**data, **defaults, **fields})


def test_a_batch_is_spread_over_days(owner_client: FlaskClient, berlin: Site) -> None:
    contents = [make_content(berlin, f"Part {number}") for number in range(1, 4)]
    plan(contents[2], NOON + timedelta(days=90))  # is moved there
    for _click in range(2):
        answer = spread_over_days(owner_client, contents)
        assert (answer.status_code, answer.location) == (303, "/publishing/batches/1/")
    times = dict(db.session.execute(select(Run.subject_id, Run.due_at)).all())
    first = datetime(YEAR, 6, 14, 7, tzinfo=UTC)
    assert [times[content.id] for content in contents] == [first + timedelta(days=2 * number) for number in range(3)]
    assert db.session.scalar(select(func.count()).select_from(Run)) == 3
    batch = db.session.scalars(select(PublishBatch)).one()
    assert (batch.due_at, batch.last_due_at) == (first, first + timedelta(days=4))
    assert all(run.params["due_at"] == f"{run.due_at:%Y-%m-%dT%H:%M:%SZ}" for run in db.session.scalars(select(Run)))


def test_a_spread_that_ends_too_far_ahead_or_has_no_number_is_refused(owner_client: FlaskClient, berlin: Site) -> None:
    contents = [make_content(berlin) for _ in range(30)]
    for fields, sentence in (
        ({"every": "8", "unit": "weeks"}, "two years"),
        ({"every": ""}, "whole number from 1 to 90"),
        ({"every": "0"}, "whole number from 1 to 90"),
    ):
        answer = spread_over_days(owner_client, contents, **fields)
        assert answer.status_code == 422
        assert sentence in answer.text
    assert db.session.scalar(select(Run)) is None


def test_the_reading_lists_when_each_goes_live(owner_client: FlaskClient, berlin: Site) -> None:
    query = f"date={YEAR}-06-14&time=09:00&zone={BERLIN}&items=12&pattern=spread&every=1&unit=days"
    reading = owner_client.get(f"/content/schedule/reading/?{query}").text
    assert f"14 Jun {YEAR}, 09:00" in reading
    assert f"25 Jun {YEAR}, 09:00" in reading
    assert f"24 Jun {YEAR}" not in reading  # the first ten and the last
