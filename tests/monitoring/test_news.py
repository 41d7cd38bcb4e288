"""The bell: what ended or failed since each person last looked, and that looking marks it."""

import re
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.monitoring import news
from app.sites.models import Site
from tests.factories.people import SignIn, make_member
from tests.factories.things import make_site

HTMX = {"HX-Request": "true"}


def end(site: Site, title: str, actor: User | None, state: str = "succeeded", at: datetime | None = None) -> Run:
    run = Run(account_id=site.account_id, site_id=site.id, kind="import_keywords", title=title, job="jobs.none")
    run.actor_id, run.state, run.ended_at = actor.id if actor else None, state, at or utcnow()
    run.created_at = run.ended_at
    if state == "failed":
        run.error = {"code": "X", "message": "It broke.", "details": {}}
    db.session.add(run)
    db.session.commit()
    return run


def told(client: FlaskClient) -> int:
    """The number in the bell of a page."""
    found = re.search(r'class="news-count num">(\d+)', client.get("/dashboard/").text)
    return int(found[1]) if found else 0


def test_ones_own_work_and_everybodys_failures_are_news_until_one_looks(
    account: Account, site: Site, owner: User, owner_client: FlaskClient, sign_in: SignIn
) -> None:
    colleague = make_member(account, "editor")
    other = sign_in(colleague)
    end(site, "Mine is done", owner), end(site, "Theirs is done", colleague)
    end(make_site(account), "Theirs failed", colleague, "failed")
    end(site, "Long ago", owner, at=utcnow() - timedelta(days=8))
    assert (told(owner_client), told(other)) == (2, 2)
    opened = owner_client.post("/news/seen/", headers=HTMX).text
    assert opened.count('class="is-new"') == 2
    assert "Theirs is done" not in opened
    assert "It broke." in opened
    assert (told(owner_client), told(other)) == (0, 2)
    assert 'class="is-new"' not in owner_client.post("/news/seen/", headers=HTMX).text
    end(site, "Mine again", owner)
    assert told(owner_client) == 1
    assert "1 is new" in owner_client.get("/news/", headers=HTMX).text


def test_without_a_script_a_page_shows_and_marks_them(site: Site, owner: User, owner_client: FlaskClient) -> None:
    shown = end(site, "Done", owner, at=utcnow() - timedelta(minutes=2))
    page = owner_client.get("/news/").text
    assert "Mark all as read" in page
    assert shown.ended_at
    end(site, "Ended meanwhile", owner)
    until = re.search(r'name="until" value="([^"]+)"', page)
    assert until
    assert owner_client.post("/news/seen/", data={"until": until[1].replace("&#43;", "+")}).location == "/news/"
    assert told(owner_client) == 1
    owner_client.post("/news/seen/", data={"until": "nonsense"})
    assert told(owner_client) == 0


def test_a_failure_that_was_mended_is_no_news_and_other_sites_neither(
    account: Account, site: Site, owner: User, owner_client: FlaskClient, sign_in: SignIn
) -> None:
    elsewhere = sign_in(make_member(account, "viewer", sites=[make_site(account).id]))
    end(site, "Broken", None, "failed", at=utcnow() - timedelta(minutes=5))
    assert (told(owner_client), told(elsewhere)) == (1, 0)
    end(site, "Mended", None)
    assert told(owner_client) == 0
    assert "Nothing new" in elsewhere.get("/news/").text


def test_a_look_never_goes_back_and_not_into_the_future(site: Site, owner: User) -> None:
    now = utcnow()
    news.mark_seen(site.account_id, owner.id, now + timedelta(days=400))
    db.session.commit()
    first = news.looked_at(site.account_id, owner.id)
    assert now <= first <= utcnow()
    news.mark_seen(site.account_id, owner.id, now - timedelta(days=1))
    db.session.commit()
    db.session.expire_all()
    assert news.looked_at(site.account_id, owner.id) == first


def test_many_of_one_kind_are_one_line_that_links_to_exactly_those(
    account: Account, site: Site, owner: User, owner_client: FlaskClient
) -> None:
    now = utcnow()
    for number in range(250):
        end(site, f"Publish {number}", owner, at=now - timedelta(seconds=number))
    end(site, "Not mine", make_member(account, "editor"))
    end(site, "Publish broke", owner, "failed", at=now - timedelta(hours=1))
    page = owner_client.get("/news/").text
    assert re.search(r": 250\s+done", page)
    assert page.count('class="is-new"') == 2
    assert "Publish broke" in page
    address = re.search(r'href="(/runs/\?news=mine[^"]+)"', page)
    assert address
    listed = owner_client.get(address[1].replace("&amp;", "&")).text
    assert "of 250 runs" in listed
    assert "Only news to you" in listed
    assert "Not mine" not in listed


def test_looking_marks_nothing_that_was_not_shown(
    site: Site, owner: User, owner_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        end(site, f"Done {number}", owner, at=utcnow() - timedelta(minutes=number + 1))
    list_now = news.list_news

    def list_and_go_on(account_id: int, user_id: int) -> list[news.NewsLine]:
        lines = list_now(account_id, user_id)
        end(site, "Ended while the list was made", owner)
        return lines

    monkeypatch.setattr(news, "list_news", list_and_go_on)
    assert "60" in owner_client.post("/news/seen/", headers=HTMX).text
    monkeypatch.undo()
    assert told(owner_client) == 1
    assert "Ended while the list was made" in owner_client.post("/news/seen/", headers=HTMX).text
    assert told(owner_client) == 0
