"""Signing up, in and out."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts import services as accounts
from app.accounts.models import Account, Membership
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.identity import people
from app.identity.models import User
from tests.factories.people import PASSWORD, make_account, make_member

FORM = {
    "name": "Anna",
    "email": "Anna@Example.com",
    "password": PASSWORD,
    "account_name": "Acme",
    "time_zone": "Europe/Oslo",
}


def test_sign_up_makes_a_person_who_owns_an_account(client: FlaskClient) -> None:
    answer = client.post("/signup", data=FORM)
    assert (answer.status_code, answer.location) == (303, "/dashboard/")
    membership = db.session.scalars(select(Membership)).one()
    assert (membership.role, membership.account.name, membership.user.time_zone) == ("owner", "Acme", "Europe/Oslo")
    assert membership.user.password_hash.startswith("$argon2id$")
    assert client.get("/sites/").status_code == 200


def test_an_address_signs_up_once_whatever_its_case(client: FlaskClient, app: Flask) -> None:
    client.post("/signup", data=FORM)
    answer = app.test_client().post("/signup", data={**FORM, "email": "anna@example.COM"})
    assert answer.status_code == 422
    assert "already an account" in answer.text
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [("email", "anna", "not an e-mail address"), ("password", "short", "at least 10"), ("name", "", "Enter your name")],
)
def test_bad_sign_ups_say_what_is_wrong_and_keep_what_was_typed(
    client: FlaskClient, field: str, value: str, says: str
) -> None:
    answer = client.post("/signup", data={**FORM, field: value})
    assert answer.status_code == 422
    assert says in answer.text
    assert 'value="Acme"' in answer.text
    assert PASSWORD not in answer.text
    assert db.session.scalar(select(func.count()).select_from(User)) == 0


def test_signing_in_needs_the_right_password(client: FlaskClient, owner: User) -> None:
    wrong = client.post("/login", data={"email": owner.email, "password": "wrong password"})
    nobody = client.post("/login", data={"email": "nobody@example.com", "password": PASSWORD})
    assert wrong.status_code == nobody.status_code == 422
    assert "The e-mail address or the password is wrong." in wrong.text
    assert "The e-mail address or the password is wrong." in nobody.text
    assert client.post("/login", data={"email": owner.email.upper(), "password": PASSWORD}).status_code == 303


def test_signing_in_starts_a_fresh_session(client: FlaskClient, owner: User) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by an attacker"
    client.post("/login", data={"email": owner.email, "password": PASSWORD})
    with client.session_transaction() as session:
        assert "planted" not in session


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_elsewhere(client: FlaskClient, owner: User, target: str) -> None:
    answer = client.post("/login", data={"email": owner.email, "password": PASSWORD, "next": target})
    assert answer.location == "/dashboard/"


def test_signing_in_goes_on_to_the_page_that_was_asked_for(client: FlaskClient, owner: User) -> None:
    asked = client.get("/sites/new/?x=1")
    assert asked.location == "/login?next=/sites/new/?x%3D1"
    answer = client.post("/login", data={"email": owner.email, "password": PASSWORD, "next": "/sites/new/?x=1"})
    assert answer.location == "/sites/new/?x=1"


def test_signing_out_ends_the_session(owner_client: FlaskClient) -> None:
    assert owner_client.get("/sites/").status_code == 200
    assert owner_client.post("/logout").status_code == 303
    assert owner_client.get("/sites/").status_code == 303


def test_raising_the_epoch_signs_out_everywhere(owner: User, owner_client: FlaskClient) -> None:
    owner.session_epoch += 1
    db.session.commit()
    assert owner_client.get("/sites/").status_code == 303


def test_htmx_is_sent_to_the_sign_in_page_as_a_whole(client: FlaskClient) -> None:
    answer = client.get("/sites/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")


@pytest.mark.parametrize(
    ("seen", "target"),
    [
        ("http://localhost/content/?q=a", "/login?next=/content/?q%3Da"),
        ("https://evil.example/x", "/login"),
        ("[", "/login"),
    ],
)
def test_a_page_that_polls_comes_back_after_signing_in(client: FlaskClient, seen: str, target: str) -> None:
    answer = client.get("/runs/menu/", headers={"HX-Request": "true", "HX-Current-URL": seen})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, target)


def test_too_many_tries_are_slowed_down(app: Flask, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.core.extensions import limiter

    monkeypatch.setattr(limiter, "enabled", True)
    browser = app.test_client()
    codes = [
        browser.post("/login", data={"email": owner.email, "password": f"wrong {n}"}).status_code for n in range(12)
    ]
    assert codes[:10] == [422] * 10
    last = browser.post("/login", data={"email": owner.email, "password": PASSWORD})
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0
    assert "Too many tries" in last.text


def test_switching_accounts_is_for_members_only(owner: User, owner_client: FlaskClient) -> None:
    other, foreign = make_account("Second"), make_account("Foreign")
    db.session.add(Membership(account_id=other.id, user_id=owner.id, role="viewer"))
    db.session.commit()
    assert owner_client.post(f"/accounts/{foreign.id}/switch/").status_code == 404
    assert owner_client.post(f"/accounts/{other.id}/switch/").status_code == 303
    assert owner_client.get("/sites/new/").status_code == 403  # a viewer there


def test_an_address_that_is_no_page_keeps_the_menu_of_who_is_signed_in(app: Flask, owner_client: FlaskClient) -> None:
    mine, strangers = owner_client.get("/no/such/page"), app.test_client().get("/no/such/page")
    assert (mine.status_code, strangers.status_code) == (404, 404)
    assert 'href="/content/"' in mine.text
    assert 'href="/content/"' not in strangers.text


def test_passwords_have_bounds(app: Flask) -> None:
    with pytest.raises(DomainError):
        people.check_password("x" * 9)
    with pytest.raises(DomainError):
        people.check_password("x" * 201)
    with pytest.raises(Conflict):
        accounts.sign_up(email=make_member(make_account()).email, name="A", password=PASSWORD, account_name="A")
