"""Where somebody is signed in."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts.models import Account
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity import sessions
from app.identity.models import User, UserSession
from tests.factories.people import PASSWORD, SignIn, make_member

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_each_browser_is_listed(app: Flask, owner: User, owner_client: FlaskClient) -> None:
    other = app.test_client()
    other.post("/login", data={"email": owner.email, "password": PASSWORD}, headers={"User-Agent": FIREFOX})
    page = owner_client.get("/account/security/").text
    assert "Firefox on Linux" in page
    assert "This browser" in page
    assert "Sign out elsewhere" in page


def test_one_is_signed_out_from_another(owner: User, owner_client: FlaskClient, sign_in: SignIn) -> None:
    other = sign_in(owner)
    newest = sessions.list_sessions(owner.id)[0].id
    assert owner_client.post(f"/account/security/sessions/{newest}/end/").status_code == 303
    assert other.get("/sites/").status_code == 303
    assert owner_client.get("/sites/").status_code == 200


def test_all_others_are_signed_out_at_once(owner: User, owner_client: FlaskClient, sign_in: SignIn) -> None:
    others = [sign_in(owner) for _ in range(3)]
    assert owner_client.post("/account/security/sessions/end/").status_code == 303
    assert [other.get("/sites/").status_code for other in others] == [303] * 3
    assert owner_client.get("/sites/").status_code == 200


def test_a_session_of_somebody_else_is_not_there(account: Account, owner_client: FlaskClient, sign_in: SignIn) -> None:
    other = make_member(account)
    browser = sign_in(other)
    theirs = sessions.list_sessions(other.id)[0].id
    assert owner_client.post(f"/account/security/sessions/{theirs}/end/").status_code == 404
    assert browser.get("/sites/").status_code == 200


def test_signing_out_ends_the_session_for_good(owner: User, owner_client: FlaskClient) -> None:
    with owner_client.session_transaction() as session:
        stolen = dict(session)
    owner_client.post("/logout")
    with owner_client.session_transaction() as session:
        session.update(stolen)
    assert owner_client.get("/sites/").status_code == 303
    assert db.session.scalars(select(UserSession)).all() == []


def test_a_remembered_browser_that_was_signed_out_does_not_come_back(app: Flask, owner: User) -> None:
    browser = app.test_client()
    browser.post("/login", data={"email": owner.email, "password": PASSWORD, "remember": "y"})
    browser.delete_cookie("igny8_session")
    assert browser.get("/sites/").status_code == 200  # remembered
    sessions.end_others(owner.id, None)
    db.session.commit()
    assert browser.get("/sites/").status_code == 303
    browser.delete_cookie("igny8_session")
    assert browser.get("/sites/").status_code == 303


def test_signing_in_again_makes_another_session(app: Flask, owner: User) -> None:
    browser = app.test_client()
    form = {"email": owner.email, "password": PASSWORD}
    browser.post("/login", data=form)
    with browser.session_transaction() as session:
        first = session["_user_id"]
    browser.post("/login", data=form)
    with browser.session_transaction() as session:
        assert session["_user_id"] != first


def test_a_session_nobody_used_for_a_month_is_over(owner: User, owner_client: FlaskClient) -> None:
    db.session.execute(update(UserSession).values(last_seen_at=utcnow() - timedelta(days=31)))
    db.session.commit()
    assert owner_client.get("/sites/").status_code == 303
    sessions.forget_old()
    assert db.session.scalars(select(UserSession)).all() == []


def test_a_session_in_use_is_noted_now_and_then(owner: User, owner_client: FlaskClient) -> None:
    long_ago = utcnow() - timedelta(hours=1)
    db.session.execute(update(UserSession).values(last_seen_at=long_ago))
    db.session.commit()
    assert owner_client.get("/sites/").status_code == 200
    assert db.session.scalars(select(UserSession.last_seen_at)).one() > utcnow() - timedelta(minutes=1)


def test_the_key_is_kept_as_a_hash(owner: User, owner_client: FlaskClient) -> None:
    with owner_client.session_transaction() as session:
        key = str(session["_user_id"]).rpartition(":")[2]
    assert len(key) > 40
    assert key not in db.session.scalars(select(UserSession.key_hash)).one()
