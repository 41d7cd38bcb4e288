"""Guessing passwords: from one place, from many, and to lock somebody out."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.queue import redis_connection
from app.identity import people
from app.identity.models import User
from tests.factories.people import PASSWORD

NEW = "another horse battery"


def tries(client: FlaskClient, email: str, password: str, address: str = "127.0.0.1") -> Any:
    return client.post("/login", data={"email": email, "password": password}, environ_base={"REMOTE_ADDR": address})


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of tries need no hash that is slow on purpose."""
    right = {PASSWORD, NEW}
    monkeypatch.setattr(people, "authenticate", lambda email, password: find(email) if password in right else None)


def find(email: str) -> User | None:
    return people.find_user(email.strip())


@pytest.fixture
def victim(limits: Flask, owner: User) -> FlaskClient:
    """A browser that the victim has signed in with, and out again."""
    browser = limits.test_client()
    assert tries(browser, owner.email, PASSWORD, "198.51.100.1").status_code == 303
    browser.post("/logout")
    return browser


def attack(app: Flask, email: str) -> list[int]:
    """A hundred wrong passwords and more from twenty places, each in a browser of its own."""
    codes = []
    for place in range(20):
        for number in range(6):
            codes.append(tries(app.test_client(), email, f"no {number}", f"203.0.113.{place}").status_code)
    return codes


def test_one_place_gets_ten_tries_for_a_name_and_others_their_own(limits: Flask, owner: User) -> None:
    codes = [tries(limits.test_client(), owner.email, f"no {n}").status_code for n in range(12)]
    assert codes == [422] * 10 + [429] * 2
    assert tries(limits.test_client(), owner.email.upper(), "no").status_code == 429  # the same name
    assert tries(limits.test_client(), f"  {owner.email} ", "no").status_code == 429
    assert tries(limits.test_client(), owner.email, PASSWORD, "198.51.100.2").status_code == 303


def test_tries_from_many_places_are_bounded(limits: Flask, owner: User) -> None:
    codes = attack(limits, owner.email)
    assert codes.count(422) == 100
    assert codes[-1] == 429
    assert tries(limits.test_client(), owner.email, PASSWORD, "192.0.2.77").status_code == 429


def test_a_stranger_does_not_lock_the_victims_own_browser_out(limits: Flask, owner: User, victim: FlaskClient) -> None:
    attack(limits, owner.email)
    assert tries(victim, owner.email, PASSWORD, "198.51.100.1").status_code == 303


def test_a_new_password_by_mail_lets_the_victim_in_from_a_new_browser(limits: Flask, owner: User) -> None:
    from app.core.extensions import db
    from app.identity import mail_tokens

    attack(limits, owner.email)
    _token, key = mail_tokens.issue_token(db.session.merge(owner), "reset_password", owner.email)
    db.session.commit()
    browser = limits.test_client()
    there = {"REMOTE_ADDR": "198.51.100.3"}
    answer = browser.post("/password/reset/", data={"key": key, "password": NEW}, environ_base=there)
    assert answer.status_code == 303
    assert tries(browser, owner.email, NEW, "198.51.100.3").status_code == 303


def test_the_cookie_of_a_known_browser_gives_no_endless_tries(limits: Flask, owner: User, victim: FlaskClient) -> None:
    codes = [tries(victim, owner.email, f"no {n}").status_code for n in range(11)]
    assert codes == [422] * 10 + [429]


def test_the_cookie_of_a_known_browser_helps_for_that_person_alone_and_cannot_be_made(
    limits: Flask, owner: User, victim: FlaskClient
) -> None:
    cookie = victim.get_cookie("igny8_device")
    assert cookie is not None
    assert cookie.http_only
    assert owner.email not in cookie.value
    attack(limits, "somebody@example.com")
    assert tries(victim, "somebody@example.com", "no", "198.51.100.1").status_code == 429
    attack(limits, owner.email)
    forged = limits.test_client()
    for value in (cookie.value[:-2] + "xx", "e30.e30.e30", "[]", "\x7f", cookie.value.swapcase()):
        forged.set_cookie("igny8_device", value)
        assert tries(forged, owner.email, "no", "192.0.2.9").status_code == 429


def test_the_cookie_lets_nobody_in(limits: Flask, victim: FlaskClient) -> None:
    assert victim.get("/sites/").status_code == 303


def test_stuffing_many_names_from_one_place_is_bounded(limits: Flask) -> None:
    codes = [tries(limits.test_client(), f"p{n}@example.com", "no").status_code for n in range(40)]
    assert codes.count(422) == 30


def test_reset_mails_are_few_and_the_counters_hold_no_addresses(limits: Flask, owner: User) -> None:
    browser = limits.test_client()
    codes = [
        browser.post(
            "/password/forgot/", data={"email": owner.email}, environ_base={"REMOTE_ADDR": f"203.0.113.{n}"}
        ).status_code
        for n in range(7)
    ]
    assert codes == [303] * 5 + [429] * 2
    tries(browser, owner.email, "no")
    assert not [key for key in redis_connection().keys("*") if b"@" in key]
