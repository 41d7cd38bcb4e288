"""What a person may do, changed by somebody else: it holds at once in every browser, and no session knows better."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account, ApiToken, Membership
from app.core.extensions import db
from app.core.roles import ROLES
from app.identity.models import User
from app.sites.models import Site
from tests.factories.people import PASSWORD, SignIn, make_account, make_member
from tests.factories.things import make_content, make_site

Change = Callable[..., None]
# What a browser's session may hold: who, which account and site are looked at, and forms' own keys. No rights.
KEPT = {"_user_id", "_fresh", "_id", "_remember", "_flashes", "csrf_token", "account_id", "site_id"}


@pytest.fixture
def person(account: Account, site: Site) -> User:
    """An editor who sees the site."""
    return make_member(account, "editor", sites=[site.id])


@pytest.fixture
def browsers(app: Flask, person: User) -> list[FlaskClient]:
    """Where they are signed in: a browser, one that remembers them, and one with that cookie alone."""
    made = []
    for fields in ({}, {"remember": "y"}, {"remember": "y"}):
        browser = app.test_client()
        assert browser.post("/login", data={"email": person.email, "password": PASSWORD, **fields}).status_code == 303
        assert browser.get("/dashboard/").status_code == 200
        made.append(browser)
    made[2].delete_cookie("igny8_session")
    return made


@pytest.fixture
def change(person: User, owner_client: FlaskClient) -> Change:
    def go(role: str, *sites: Site) -> None:
        row = db.session.scalars(select(Membership).where(Membership.user_id == person.id)).one()
        data = {"role": role, "sites": [str(site.id) for site in sites]}
        assert owner_client.post(f"/account/team/{row.id}/", data=data).status_code == 303

    return go


def codes(browsers: list[FlaskClient], path: str, method: str = "GET", **kwargs: object) -> set[int]:
    return {browser.open(path, method=method, **kwargs).status_code for browser in browsers}


def test_every_open_session_has_the_new_role_with_its_next_request(
    site: Site, browsers: list[FlaskClient], change: Change
) -> None:
    write = f"/sites/{site.id}/settings/"
    new_task = {"title": "T"}
    assert codes(browsers, "/writer/tasks/new/") == {200}
    change("viewer", site)
    assert codes(browsers, "/writer/tasks/new/") == {403}
    assert codes(browsers, "/writer/tasks/new/", "POST", data=new_task, headers={"HX-Request": "true"}) == {403}
    assert codes(browsers, "/account/team/") == {403}
    change("admin")
    assert codes(browsers, "/account/team/") == {200}
    assert codes(browsers, write) == {200}
    change("editor", site)
    assert codes(browsers, "/account/team/") == {403}
    assert codes(browsers, write, "POST", data={"name": "Mine", "url": "https://x.example"}) == {403}


def test_a_site_that_is_taken_away_is_gone_at_once(
    account: Account, site: Site, browsers: list[FlaskClient], change: Change
) -> None:
    other, content = make_site(account, name="Other"), make_content(site, "Of the site")
    for browser in browsers:
        assert browser.get(f"/dashboard/?site={site.id}").status_code == 200  # the session remembers it
    change("editor", other)
    assert codes(browsers, f"/content/{content.id}/edit/") == {404}
    for browser in browsers:
        assert "Of the site" not in browser.get("/content/").text


def test_who_is_removed_is_out_of_every_browser_and_by_every_token(
    app: Flask, account: Account, person: User, browsers: list[FlaskClient], owner_client: FlaskClient
) -> None:
    browsers[0].post("/account/tokens/", data={"name": "A", "scopes": "account:read", "days": "30"})
    row = db.session.scalars(select(Membership).where(Membership.user_id == person.id)).one()
    assert owner_client.post(f"/account/team/{row.id}/remove/").status_code == 303
    for browser in browsers:
        assert browser.get("/dashboard/").location == "/accounts/new/"
        assert browser.post("/writer/tasks/new/", data={"title": "T"}).status_code == 303
        assert browser.get("/account/team/", headers={"HX-Request": "true"}).status_code == 303
        assert browser.post(f"/accounts/{account.id}/switch/").status_code in (303, 403, 404)
        assert "Acme" not in browser.get("/accounts/new/").text
    assert db.session.scalars(select(ApiToken)).one().revoked_at is not None


def test_who_is_removed_goes_on_in_their_other_account_and_not_with_its_rights(
    account: Account, person: User, browsers: list[FlaskClient], owner_client: FlaskClient
) -> None:
    other = make_account("Second")
    db.session.add(Membership(account_id=other.id, user_id=person.id, role="viewer"))
    db.session.commit()
    row = db.session.scalars(
        select(Membership).where(Membership.user_id == person.id, Membership.account_id == account.id)
    ).one()
    owner_client.post(f"/account/team/{row.id}/remove/")
    assert codes(browsers, "/dashboard/") == {200}
    assert codes(browsers, "/writer/tasks/new/") == {403}


def test_no_session_holds_rights(app: Flask, site: Site, browsers: list[FlaskClient]) -> None:
    for path in (f"/dashboard/?site={site.id}", "/content/", "/account/security/", "/writer/tasks/new/", "/planner/"):
        browsers[0].get(path)
    with browsers[0].session_transaction() as session:
        assert set(session) <= KEPT
        for role in ROLES:
            assert f'"{role}"' not in json.dumps(dict(session))


def test_whoever_removes_an_admin_is_told_which_keys_they_know(
    account: Account, owner_client: FlaskClient, sign_in: SignIn
) -> None:
    admin = make_member(account, "admin")
    data = {"name": "Night robot", "scopes": ["account:read"], "days": "30", "holder": "systembot"}
    assert sign_in(admin).post("/account/tokens/", data=data).status_code == 200
    row = db.session.scalars(select(Membership).where(Membership.user_id == admin.id)).one()
    assert owner_client.post(f"/account/team/{row.id}/remove/").status_code == 303
    assert "They know these keys of SystemBot: Night robot." in owner_client.get("/account/team/").text
