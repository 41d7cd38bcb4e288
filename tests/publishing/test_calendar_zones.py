"""What is dragged lands in the very cell where it was dropped, whatever zones the site and the person are in."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.publishing.batches.services import start_batch
from app.sites.models import Site
from tests.factories.people import actor_of
from tests.factories.things import make_content, make_site

HTMX = {"HX-Request": "true"}
YEAR = utcnow().year + 1
AUCKLAND, HONOLULU, NEW_YORK = "Pacific/Auckland", "Pacific/Honolulu", "America/New_York"


def in_zones(site: Site, owner: User, site_zone: str, own_zone: str) -> None:
    site.time_zone, owner.time_zone = site_zone, own_zone
    db.session.commit()


def plan_at(site: Site, owner: User, title: str, local: str, zone: str) -> Run:
    due_at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    content = make_content(site, title)
    batch = start_batch(site.account_id, [content.id], actor_of(owner), due_at)
    db.session.commit()
    run: Run = db.session.scalars(db.select(Run).where(Run.subject_id == content.id)).one()
    assert batch.total == 1
    return run


def cell_of(page: str, title: str) -> tuple[str, str]:
    """The day of the cell that shows it, and the time that it shows."""
    entry = rf'>([\d:]+)</span> <bdi class="clip">{title}<'
    (found,) = re.findall(rf'data-day="([\d-]+)"(?:(?!data-day)[\s\S])*?{entry}', page)
    day, clock = found
    return day, clock


def drop(client: FlaskClient, run: Run, page: str, day: str) -> Any:
    """As calendar.js sends it."""
    data = {
        "date": day,
        **{name: re.findall(rf'data-{name}="([^"]*)"', page)[0] for name in ("zone", "month", "view", "all")},
    }
    return client.post(f"/calendar/{run.id}/move/", data=data, headers=HTMX)


@pytest.mark.parametrize("query", ["", "&all=1"])
@pytest.mark.parametrize(("site_zone", "own_zone"), [(HONOLULU, AUCKLAND), (AUCKLAND, HONOLULU), (NEW_YORK, "UTC")])
@pytest.mark.parametrize("clock", ["00:15", "12:00", "23:30"])
def test_a_drop_lands_in_its_cell_at_the_time_that_was_shown(
    owner_client: FlaskClient, site: Site, owner: User, query: str, site_zone: str, own_zone: str, clock: str
) -> None:
    in_zones(site, owner, site_zone, own_zone)
    shown_in = own_zone if query else site_zone
    run = plan_at(site, owner, "Moving", f"{YEAR}-12-20T{clock}", shown_in)
    address = f"/calendar/?month={YEAR}-12{query}"
    page = owner_client.get(address).text
    assert cell_of(page, "Moving") == (f"{YEAR}-12-20", clock)
    for day in (f"{YEAR}-12-05", f"{YEAR}-12-31", f"{YEAR}-12-01"):
        answer = drop(owner_client, run, page, day)
        assert answer.headers["HX-Redirect"] == address
        page = owner_client.get(address).text
        assert cell_of(page, "Moving") == (day, clock)


def test_a_site_elsewhere_lands_in_its_cell_on_the_calendar_of_all(
    owner_client: FlaskClient, account: Account, site: Site, owner: User
) -> None:
    in_zones(site, owner, NEW_YORK, AUCKLAND)
    far = make_site(account)
    far.time_zone = HONOLULU
    run = plan_at(far, owner, "Far away", f"{YEAR}-12-20T23:30", AUCKLAND)
    address = f"/calendar/?month={YEAR}-12&all=1"
    page = owner_client.get(address).text
    drop(owner_client, run, page, f"{YEAR}-12-05")
    page = owner_client.get(address).text
    assert cell_of(page, "Far away") == (f"{YEAR}-12-05", "23:30")
    sentence = f"5 Dec {YEAR}, 10:30 UTC · 00:30 Honolulu · 23:30 your time"
    assert sentence in page
    assert sentence in owner_client.get(f"{address}&view=list").text


def test_days_on_which_clocks_change_keep_the_cell_or_say_why_not(
    owner_client: FlaskClient, site: Site, owner: User
) -> None:
    in_zones(site, owner, NEW_YORK, AUCKLAND)
    run = plan_at(site, owner, "Moving", "2027-03-20T02:30", NEW_YORK)
    page = owner_client.get("/calendar/?month=2027-03").text
    refused = drop(owner_client, run, page, "2027-03-14")
    assert refused.status_code == 422
    assert "skip 02:30" in refused.headers["HX-Trigger"]
    run = plan_at(site, owner, "Twice", "2027-11-20T01:30", NEW_YORK)
    page = owner_client.get("/calendar/?month=2027-11").text
    drop(owner_client, run, page, "2027-11-07")
    assert cell_of(owner_client.get("/calendar/?month=2027-11").text, "Twice") == ("2027-11-07", "01:30")


def test_a_picked_time_leads_to_the_month_that_shows_it(
    owner_client: FlaskClient, account: Account, site: Site, owner: User
) -> None:
    in_zones(site, owner, HONOLULU, AUCKLAND)
    data = {"date": f"{YEAR}-12-01", "time": "00:30", "zone": AUCKLAND}
    answer = owner_client.post("/content/schedule/", data={"content_ids": make_content(site, "Here").id, **data})
    assert answer.location == f"/calendar/?month={YEAR}-11"
    assert cell_of(owner_client.get(answer.location).text, "Here") == (f"{YEAR}-11-30", "01:30")
    other = make_content(make_site(account), "There")
    answer = owner_client.post("/content/schedule/", data={"content_ids": other.id, **data})
    assert answer.location == f"/calendar/?month={YEAR}-12&all=1"
    assert cell_of(owner_client.get(answer.location).text, "There") == (f"{YEAR}-12-01", "00:30")


def test_the_reading_of_a_time_is_that_of_the_pieces_site(
    owner_client: FlaskClient, account: Account, site: Site, owner: User
) -> None:
    in_zones(site, owner, NEW_YORK, AUCKLAND)
    other = make_site(account)
    other.time_zone = HONOLULU
    db.session.commit()
    page = owner_client.post("/content/schedule/choose/", data={"content_ids": make_content(other).id}).text
    address = re.findall(r'hx-get="([^"]*reading[^"]*)"', page)[0]
    reading = owner_client.get(f"{address}?date={YEAR}-12-01&time=05:00&zone={HONOLULU}").text
    assert "Honolulu (site)" in reading
    assert "New York" not in reading


def test_a_drag_is_taken_back_where_it_was_said(owner_client: FlaskClient, site: Site, owner: User) -> None:
    in_zones(site, owner, HONOLULU, AUCKLAND)
    run = plan_at(site, owner, "Moving", f"{YEAR}-12-20T12:00", HONOLULU)
    before = run.due_at
    page = owner_client.get(f"/calendar/?month={YEAR}-12").text
    assert drop(owner_client, run, page, f"{YEAR}-12-22").status_code == 204
    (undo,) = re.findall(r'data-undo="([^"]*)"', owner_client.get(f"/calendar/?month={YEAR}-12").text)
    assert owner_client.post(undo.replace("&amp;", "&"), headers=HTMX).status_code == 204
    db.session.refresh(run)
    assert run.due_at == before
    assert "Moved back to" in owner_client.get("/calendar/").text
