"""Each page of settings, and the form on it."""

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.core.extensions import db
from app.identity.models import User
from tests.factories.people import SignIn, make_account, make_member
from tests.factories.things import make_site

PAGES = (
    "profile/",
    "security/",
    "security/second-factor/",
    "settings/",
    "team/",
    "team/invite/",
    "modules/",
    "tokens/",
    "audit/",
)


@pytest.mark.parametrize("where", PAGES)
def test_an_owner_opens_each_page(account: Account, owner_client: FlaskClient, where: str) -> None:
    make_site(account)
    answer = owner_client.get(f"/account/{where}")
    assert answer.status_code == 200
    assert 'aria-label="Settings"' in answer.text


def test_settings_begin_with_the_profile(owner_client: FlaskClient) -> None:
    assert owner_client.get("/account/").location == "/account/profile/"


def test_the_menu_shows_what_the_role_may_open(account: Account, sign_in: SignIn) -> None:
    page = sign_in(make_member(account, "editor")).get("/account/profile/").text
    assert "API tokens" in page
    assert "Audit log" not in page
    assert "Modules" not in page


def test_a_profile_is_saved(owner: User, owner_client: FlaskClient) -> None:
    form = {"name": " Ada ", "time_zone": "Asia/Tokyo", "language": "en"}
    assert owner_client.post("/account/profile/", data=form).status_code == 303
    assert (owner.name, owner.time_zone) == ("Ada", "Asia/Tokyo")


@pytest.mark.parametrize("change", [{"name": ""}, {"name": "x" * 121}, {"time_zone": "Mars/Base"}, {"language": "xx"}])
def test_a_bad_profile_is_not_saved(owner: User, owner_client: FlaskClient, change: dict[str, str]) -> None:
    before = owner.name
    form = {"name": "Ada", "time_zone": "UTC", "language": "en"} | change
    assert owner_client.post("/account/profile/", data=form).status_code == 422
    assert owner.name == before


def test_the_account_gets_another_name(account: Account, owner_client: FlaskClient) -> None:
    assert owner_client.post("/account/settings/", data={"name": "  New   name "}).status_code == 303
    assert account.name == "New name"
    answer = owner_client.post("/account/settings/", data={"name": " "})
    assert answer.status_code == 422
    assert "1 to 120 characters" in answer.text


def test_a_person_makes_another_account_and_works_in_it(owner: User, owner_client: FlaskClient) -> None:
    assert owner_client.get("/accounts/new/").status_code == 200
    assert owner_client.post("/accounts/new/", data={"name": ""}).status_code == 422
    assert owner_client.post("/accounts/new/", data={"name": "Second"}).status_code == 303
    page = owner_client.get("/account/settings/").text
    assert 'value="Second"' in page
    assert "Acme" in page  # the switcher


def test_who_belongs_to_no_account_is_asked_to_make_one(account: Account, sign_in: SignIn) -> None:
    person = make_member(account, "viewer")
    browser = sign_in(person)
    assert browser.post("/account/leave/").status_code == 303
    assert browser.get("/dashboard/").location == "/accounts/new/"
    assert "You belong to no account" in browser.get("/accounts/new/").text
    assert browser.post("/accounts/new/", data={"name": "Mine"}).status_code == 303
    assert browser.get("/dashboard/").status_code == 200
    assert browser.post("/logout").status_code == 303


def test_another_account_is_not_shown(owner_client: FlaskClient) -> None:
    make_member(make_account("Elsewhere"), "owner")
    db.session.commit()
    assert "Elsewhere" not in owner_client.get("/account/team/").text
