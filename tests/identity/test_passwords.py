"""Forgotten and changed passwords."""

import time
from datetime import timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db, limiter
from app.core.mail import OutgoingMail
from app.identity import passwords, people
from app.identity.models import MailToken, User
from tests.factories.letters import key, link, mails
from tests.factories.people import PASSWORD, SignIn

NEW = "a brand new password"


def ask(client: FlaskClient, email: str) -> tuple[int, str | None]:
    answer = client.post("/password/forgot/", data={"email": email})
    return answer.status_code, answer.location


def test_a_link_sets_a_new_password_and_signs_out_everywhere(
    client: FlaskClient, owner: User, owner_client: FlaskClient
) -> None:
    assert ask(client, owner.email.upper()) == (303, "/check-mail/")
    assert client.get(link(owner.email)).status_code == 200
    answer = client.post("/password/reset/", data={"key": key(owner.email), "password": NEW})
    assert answer.location == "/login"
    assert owner_client.get("/sites/").status_code == 303
    assert client.post("/login", data={"email": owner.email, "password": PASSWORD}).status_code == 422
    assert client.post("/login", data={"email": owner.email, "password": NEW}).status_code == 303
    assert mails(owner.email)[-1].subject == "Your password was set anew"


def test_nobody_learns_who_is_registered(client: FlaskClient, owner: User) -> None:
    assert ask(client, owner.email) == ask(client, "nobody@example.com")
    assert len(mails()) == 1


def test_a_link_works_once(client: FlaskClient, owner: User) -> None:
    ask(client, owner.email)
    used = key(owner.email)
    assert client.post("/password/reset/", data={"key": used, "password": NEW}).status_code == 303
    again = client.post("/password/reset/", data={"key": used, "password": "another password"})
    assert again.status_code == 410
    assert "expired or was used before" in again.text
    assert client.get(f"/password/reset/?t={used}").status_code == 410
    assert people.authenticate(owner.email, NEW) is not None


def test_a_new_link_voids_the_one_before(client: FlaskClient, owner: User) -> None:
    ask(client, owner.email)
    first = key(owner.email)
    ask(client, owner.email)
    assert client.get(f"/password/reset/?t={first}").status_code == 410
    assert client.get(link(owner.email)).status_code == 200


def test_a_link_expires(client: FlaskClient, owner: User) -> None:
    ask(client, owner.email)
    db.session.execute(update(MailToken).values(expires_at=utcnow() - timedelta(seconds=1)))
    db.session.commit()
    assert client.get(link(owner.email)).status_code == 410
    assert client.post("/password/reset/", data={"key": key(owner.email), "password": NEW}).status_code == 410


def test_a_password_that_is_too_short_leaves_the_link_good(client: FlaskClient, owner: User) -> None:
    ask(client, owner.email)
    answer = client.post("/password/reset/", data={"key": key(owner.email), "password": "short"})
    assert answer.status_code == 422
    assert "at least 10" in answer.text
    assert client.post("/password/reset/", data={"key": key(owner.email), "password": NEW}).status_code == 303


def test_a_link_for_one_purpose_is_no_good_for_another(client: FlaskClient, owner: User) -> None:
    ask(client, owner.email)
    for path in ("/email/confirm/", "/email/change/"):
        assert client.post(path, data={"t": key(owner.email)}).status_code == 410


def test_keys_are_kept_as_hashes_and_mails_encrypted(client: FlaskClient, owner: User) -> None:
    ask(client, owner.email)
    found = key(owner.email)
    assert db.session.scalars(select(MailToken.token_hash)).one() != found
    assert found not in db.session.scalars(select(OutgoingMail.body)).one()


def test_two_use_the_link_at_once_and_one_gets_through(app: Flask, client: FlaskClient, owner: User) -> None:
    from tests.factories.races import race

    ask(client, owner.email)
    found = key(owner.email)
    results = race(app, lambda number: passwords.reset(found, f"{NEW} {number}"), 4)
    assert sorted(type(result).__name__ for result in results) == ["DomainError"] * 3 + ["User"]


def test_changing_it_needs_the_present_one_and_signs_out_elsewhere(
    owner: User, owner_client: FlaskClient, sign_in: SignIn
) -> None:
    elsewhere = sign_in(owner)
    wrong = owner_client.post("/account/security/password/", data={"old": "not it at all", "password": NEW})
    assert wrong.status_code == 422
    assert "not your password" in wrong.text
    assert elsewhere.get("/sites/").status_code == 200
    right = owner_client.post("/account/security/password/", data={"old": PASSWORD, "password": NEW})
    assert right.status_code == 303
    assert owner_client.get("/sites/").status_code == 200
    assert elsewhere.get("/sites/").status_code == 303


def test_the_session_gets_another_key_with_the_password(owner_client: FlaskClient) -> None:
    def session_id() -> str:
        with owner_client.session_transaction() as session:
            return str(session["_user_id"])

    before = session_id()
    owner_client.post("/account/security/password/", data={"old": PASSWORD, "password": NEW})
    assert session_id() != before
    with owner_client.session_transaction() as session:
        session["_user_id"] = before
    assert owner_client.get("/sites/").status_code == 303


def test_asking_too_often_is_slowed_down(app: Flask, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    browser = app.test_client()
    codes = [browser.post("/password/forgot/", data={"email": owner.email}).status_code for _ in range(6)]
    assert codes == [303] * 5 + [429]


def test_many_strangers_mail_a_person_so_many_links_an_hour(app: Flask, owner: User) -> None:
    for _ in range(7):
        passwords.request_reset(owner.email)
        db.session.commit()
    assert len(mails(owner.email)) == 5
    assert app.test_client().get(link(owner.email)).status_code == 200


def test_a_link_of_nobody_is_refused(app: Flask) -> None:
    with pytest.raises(DomainError):
        passwords.reset("guess", NEW)


def test_links_come_from_our_own_address_whatever_the_request_says(
    app: Flask, client: FlaskClient, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_NAMES", frozenset({"evil.example"}))
    client.post("/password/forgot/", data={"email": owner.email}, headers={"Host": "evil.example"})
    assert link(owner.email).startswith("/password/reset/?t=")


def test_answers_take_as_long_for_strangers_as_for_members(app: Flask, client: FlaskClient, owner: User) -> None:
    app.config["AUTH_PACE_SECONDS"] = 0.5
    try:
        for path in ("/password/forgot/", "/login"):
            for email in (owner.email, "nobody@example.com"):
                started = time.monotonic()
                client.post(path, data={"email": email, "password": "wrong password"})
                assert time.monotonic() - started >= 0.5
    finally:
        app.config["AUTH_PACE_SECONDS"] = 0


def test_past_the_limit_of_the_day_there_is_always_a_link_that_works(app: Flask, owner: User) -> None:
    for hours in range(12):
        for _ in range(3):
            passwords.request_reset(owner.email)
        db.session.commit()
        assert app.test_client().get(link(owner.email)).status_code == 200, hours
        earlier = {"created_at": MailToken.created_at - timedelta(hours=1)}
        db.session.execute(
            update(MailToken).values(earlier | {"expires_at": MailToken.expires_at - timedelta(hours=1)})
        )
        db.session.commit()
    assert 15 < len(mails(owner.email)) < 22


def test_the_hash_of_nobody_is_compared_like_any_other() -> None:
    hasher = PasswordHasher()
    nobody = people.hash_of_nobody(hasher)
    assert extract_parameters(nobody) == extract_parameters(hasher.hash("x"))
    with pytest.raises(VerifyMismatchError):
        hasher.verify(nobody, "x")
