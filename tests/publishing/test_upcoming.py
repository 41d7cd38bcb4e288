"""What is to come on the calendar, page by page: at any depth the same, whatever goes live meanwhile."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, insert

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.listing import pages
from app.core.runs import Run
from app.publishing.run_kinds import PUBLISH
from app.publishing.schedule.upcoming import list_upcoming
from app.sites.models import Site

UTC_ZONE = ZoneInfo("UTC")


def plan_many(site: Site, count: int) -> None:
    """So many scheduled publishes, three at a time from tomorrow on."""
    first = (utcnow() + timedelta(days=1)).replace(hour=9, minute=0)
    values = {
        "account_id": site.account_id,
        "site_id": site.id,
        "kind": PUBLISH.name,
        "job": PUBLISH.job,
        "state": "queued",
        "queue": "default",
        "params": {"mode": "scheduled"},
    }
    rows = [
        {**values, "title": f"Publish “Piece {number}”", "due_at": first + timedelta(minutes=number // 3)}
        for number in range(count)
    ]
    db.session.execute(insert(Run), rows)
    db.session.commit()


def titles(runs: list[Run]) -> list[int]:
    return [int(re.findall(r"\d+", run.title)[0]) for run in runs]


def test_pages_follow_each_other_and_keep_their_place_when_something_goes_live_meanwhile(site: Site) -> None:
    plan_many(site, 250)
    first, _day = list_upcoming(site.account_id, site.id, UTC_ZONE, {})
    assert (len(first.items), first.total, first.has_prev, first.has_next) == (100, 250, False, True)
    for run in first.items[:10]:
        run.state = "succeeded"
    db.session.commit()
    second, _day = list_upcoming(site.account_id, site.id, UTC_ZONE, {"page": "2", "after": first.after})
    third, _day = list_upcoming(site.account_id, site.id, UTC_ZONE, {"page": "3", "after": second.after})
    assert (len(second.items), len(third.items), third.has_next) == (100, 50, False)
    assert sorted(titles([*first.items, *second.items, *third.items])) == list(range(250))
    assert [run.due_at for run in second.items] == sorted(run.due_at for run in second.items)


def test_a_day_alone_is_paged_too_and_today_has_what_is_late(site: Site) -> None:
    plan_many(site, 30)
    late = db.session.get_one(Run, list_upcoming(site.account_id, site.id, UTC_ZONE, {})[0].items[0].id)
    late.due_at = utcnow() - timedelta(days=3)
    db.session.commit()
    today, day = list_upcoming(site.account_id, site.id, UTC_ZONE, {"due": "today"})
    assert (today.items, day) == ([late], utcnow().date())
    tomorrow = (utcnow() + timedelta(days=1)).date().isoformat()
    page, _day = list_upcoming(site.account_id, site.id, UTC_ZONE, {"due": tomorrow, "per_page": "25"})
    assert (len(page.items), page.total, page.has_next) == (25, 29, True)


def test_a_page_far_down_is_read_from_its_place_and_counted_to_a_bound(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_many(site, 150)
    monkeypatch.setattr(pages, "COUNT_CAP", 120)
    first, _day = list_upcoming(site.account_id, site.id, UTC_ZONE, {})
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        second, _day = list_upcoming(site.account_id, site.id, UTC_ZONE, {"page": "2", "after": first.after})
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert (first.counted, len(second.items)) == ("120+", 50)
    assert statements
    assert not any("OFFSET" in statement.upper() for statement in statements)


def test_the_page_shows_its_days_and_leads_on(owner_client: FlaskClient, site: Site) -> None:
    plan_many(site, 130)
    page = owner_client.get("/calendar/?view=list").text
    assert "1–100 of 130 publishes" in page
    after = re.findall(r'href="([^"]*after=[^"]*)"', page)[0].replace("&amp;", "&")
    assert "view=list" in after
    second = owner_client.get(after, headers={"HX-Request": "true"}).text
    assert "101–130 of 130 publishes" in second
    assert second.lstrip().startswith('<div id="calendar-region"')
    assert "1–100 of 130" in owner_client.get("/calendar/?view=list&after=nonsense&page=-1").text
