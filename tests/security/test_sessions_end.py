"""Sessions: fixed, stolen, left alone, kept for ever."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.core.clock import utcnow
from app.core.extensions import db
from app.identity.models import User, UserSession
from tests.factories.people import PASSWORD


def enter(app: Flask, owner: User, **fields: str) -> FlaskClient:
    browser = app.test_client()
    form = {"email": owner.email, "password": PASSWORD, **fields}
    assert browser.post("/login", data=form).status_code == 303
    return browser


def age(*, seen: timedelta, begun: timedelta) -> None:
    db.session.execute(update(UserSession).values(last_seen_at=utcnow() - seen, created_at=utcnow() - begun))
    db.session.commit()


@pytest.mark.parametrize(
    ("remember", "seen", "begun", "status"),
    [
        ("", timedelta(hours=23), timedelta(days=2), 200),
        ("", timedelta(hours=25), timedelta(days=2), 303),  # left alone
        ("", timedelta(minutes=1), timedelta(days=8), 303),  # used all the time, and still over
        ("y", timedelta(days=29), timedelta(days=60), 200),
        ("y", timedelta(days=31), timedelta(days=60), 303),
        ("y", timedelta(minutes=1), timedelta(days=91), 303),
    ],
)
def test_a_session_ends_by_being_left_alone_and_by_age(
    app: Flask, owner: User, remember: str, seen: timedelta, begun: timedelta, status: int
) -> None:
    browser = enter(app, owner, **({"remember": remember} if remember else {}))
    age(seen=seen, begun=begun)
    assert browser.get("/sites/").status_code == status


def test_a_session_that_was_planted_before_signing_in_is_not_gone_on_with(app: Flask, owner: User) -> None:
    browser = app.test_client()
    browser.get("/login")
    planted = browser.get_cookie("igny8_session")
    assert planted is not None
    browser.post("/login", data={"email": owner.email, "password": PASSWORD})
    with browser.session_transaction() as session:
        token, key = session.get("csrf_token"), session["_user_id"]
    thief = app.test_client()
    thief.set_cookie("igny8_session", planted.value)
    assert thief.get("/sites/").status_code == 303
    with thief.session_transaction() as session:
        assert session.get("csrf_token") != token or token is None
        assert session.get("_user_id") != key


def test_a_copied_cookie_is_worth_nothing_after_signing_out(app: Flask, owner: User) -> None:
    browser = enter(app, owner, remember="y")
    stolen = {name: browser.get_cookie(name) for name in ("igny8_session", "igny8_remember")}
    thief = app.test_client()
    for name, cookie in stolen.items():
        assert cookie is not None
        assert cookie.http_only
        assert cookie.same_site == "Lax"
        thief.set_cookie(name, cookie.value)
    assert thief.get("/sites/").status_code == 200
    browser.post("/logout")
    assert thief.get("/sites/").status_code == 303


def test_a_changed_cookie_is_no_cookie(app: Flask, owner: User) -> None:
    browser = enter(app, owner)
    cookie = browser.get_cookie("igny8_session")
    assert cookie is not None
    body, _, rest = cookie.value.partition(".")
    for value in (cookie.value[:-1], body, f"{body}x.{rest}", "", "." * 10):
        browser.set_cookie("igny8_session", value)
        assert browser.get("/sites/").status_code == 303
