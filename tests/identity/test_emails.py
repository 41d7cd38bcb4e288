"""Confirming addresses and changing them."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.accounts.models import Account
from app.core.errors import Conflict
from app.core.extensions import db
from app.identity import emails
from app.identity.models import MailToken, User
from tests.factories.letters import follow, key, link, mails
from tests.factories.people import PASSWORD, SignIn, make_account, make_member
from tests.factories.races import race

FORM = {"name": "Anna", "email": "anna@example.com", "password": PASSWORD, "account_name": "Acme"}


@pytest.fixture
def mailing(app: Flask):
    """The app has a mail server."""
    app.config["SMTP_HOST"] = "127.0.0.1"
    yield
    app.config["SMTP_HOST"] = ""


def test_with_a_mail_server_signing_up_ends_with_a_confirmed_address(client: FlaskClient, mailing: None) -> None:
    assert client.post("/signup", data=FORM).location == "/check-mail/"
    assert client.get("/dashboard/").status_code == 303
    assert client.post("/login", data=FORM).location == "/check-mail/"
    assert follow(client, FORM["email"]) == 303
    assert client.post("/login", data=FORM).location == "/dashboard/"


def test_with_a_mail_server_signing_up_does_not_tell_who_is_registered(
    client: FlaskClient, owner: User, mailing: None
) -> None:
    new = client.post("/signup", data=FORM)
    taken = client.post("/signup", data={**FORM, "email": owner.email})
    assert (new.status_code, new.location) == (taken.status_code, taken.location)
    assert mails(owner.email)[-1].subject == "You already have an IGNY8 log-in"
    assert link(owner.email).startswith("/password/reset/")


def test_signing_in_again_and_again_mails_no_more_than_one_link(client: FlaskClient, mailing: None) -> None:
    client.post("/signup", data=FORM)
    for _ in range(5):
        assert client.post("/login", data=FORM).location == "/check-mail/"
    assert len(mails(FORM["email"])) == 1
    for number in range(5):  # some time later each
        db.session.execute(update(MailToken).values(created_at=MailToken.created_at - timedelta(minutes=11)))
        db.session.commit()
        client.post("/login", data=FORM)
        client.post("/login", data=FORM)
        assert len(mails(FORM["email"])) == min(number + 2, 5)
    assert follow(client, FORM["email"]) == 303


def test_signing_in_at_the_same_time_mails_one_link(app: Flask, client: FlaskClient, mailing: None) -> None:
    person = make_member(make_account("Own"), email=FORM["email"], email_confirmed_at=None).id
    race(app, lambda _number: emails.remind_to_confirm(db.session.get_one(User, person)), 4)
    assert len(mails(FORM["email"])) == 1


def test_strangers_who_sign_up_again_mail_one_link_and_void_none(
    client: FlaskClient, owner: User, mailing: None
) -> None:
    client.post("/password/forgot/", data={"email": owner.email})
    for _ in range(5):
        assert client.post("/signup", data={**FORM, "email": owner.email}).location == "/check-mail/"
    assert len(mails(owner.email)) == 1
    assert client.get(link(owner.email)).status_code == 200


def test_a_person_is_mailed_so_many_links_and_no_more(owner: User, owner_client: FlaskClient) -> None:
    assert [change(owner_client, "victim@example.com") for _ in range(6)] == [303] * 5 + [422]
    assert len(mails("victim@example.com")) == 5
    db.session.execute(update(MailToken).values(created_at=MailToken.created_at - timedelta(hours=2)))
    db.session.commit()
    assert change(owner_client, "new@example.com") == 303
    owner.email_confirmed_at = None
    db.session.commit()
    codes = [owner_client.post("/account/profile/confirm-mail/").status_code for _ in range(6)]
    assert codes == [303] * 5 + [422]
    assert len(mails(owner.email)) == 5


def test_opening_the_link_alone_confirms_nothing(client: FlaskClient, mailing: None) -> None:
    client.post("/signup", data=FORM)
    assert client.get(link(FORM["email"])).status_code == 200
    assert client.get(link(FORM["email"])).status_code == 200
    assert follow(client, FORM["email"]) == 303
    assert client.get(link(FORM["email"])).status_code == 410


def test_the_link_is_sent_again_from_the_profile(owner: User, owner_client: FlaskClient) -> None:
    owner.email_confirmed_at = None
    db.session.commit()
    assert "not confirmed" in owner_client.get("/account/profile/").text
    assert owner_client.post("/account/profile/confirm-mail/").status_code == 303
    assert follow(owner_client, owner.email) == 303
    assert owner.email_confirmed_at is not None
    assert "not confirmed" not in owner_client.get("/account/profile/").text


def change(client: FlaskClient, email: str, password: str = PASSWORD) -> int:
    return client.post("/account/security/email/", data={"email": email, "password": password}).status_code


def test_a_new_address_counts_once_its_reader_says_so(
    owner: User, owner_client: FlaskClient, client: FlaskClient
) -> None:
    old = owner.email
    assert change(owner_client, "new@example.com") == 303
    assert owner.email == old
    assert follow(client, "new@example.com") == 303
    assert owner.email == "new@example.com"
    assert mails(old)[-1].subject == "Your e-mail address was changed"
    assert client.post("/login", data={"email": "NEW@example.com", "password": PASSWORD}).status_code == 303
    assert owner_client.get("/sites/").status_code == 200


def test_changing_it_needs_the_password(owner_client: FlaskClient) -> None:
    assert change(owner_client, "new@example.com", "wrong password") == 422
    assert mails() == []


def test_an_address_that_is_taken_gets_no_link_and_nobody_is_told(account: Account, owner_client: FlaskClient) -> None:
    other = make_member(account)
    assert change(owner_client, other.email) == change(owner_client, "free@example.com") == 303
    assert mails(other.email) == []


def test_an_address_that_was_taken_meanwhile_is_refused(
    owner: User, owner_client: FlaskClient, account: Account
) -> None:
    old = owner.email
    change(owner_client, "wanted@example.com")
    make_member(account, email="wanted@example.com")
    assert follow(owner_client, "wanted@example.com") == 409
    assert owner.email == old


def test_a_reset_link_to_the_old_address_dies_with_it(
    owner: User, owner_client: FlaskClient, client: FlaskClient
) -> None:
    old = owner.email
    client.post("/password/forgot/", data={"email": old})
    reset = key(old)
    change(owner_client, "new@example.com")
    follow(owner_client, "new@example.com")
    assert client.get(f"/password/reset/?t={reset}").status_code == 410


def test_two_take_the_same_address_at_once_and_one_has_it(app: Flask, account: Account, sign_in: SignIn) -> None:
    people = [make_member(account) for _ in range(2)]
    keys = []
    for person in people:
        change(sign_in(person), "wanted@example.com")
        keys.append(key("wanted@example.com"))
    results = race(app, lambda number: emails.change_email(keys[number]))
    assert sorted(type(result) for result in results if isinstance(result, Exception)) == [Conflict]
