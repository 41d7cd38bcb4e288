"""Finding out who is registered: sign-up, sign-in, reset and change of address say and take the same for everybody."""

import re
import time
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Account
from app.core.extensions import db
from app.identity import people
from app.identity.models import User
from tests.factories.letters import follow, mails
from tests.factories.people import PASSWORD, make_member

pytestmark = pytest.mark.usefixtures("mailing")
UNEQUAL = {"Set-Cookie", "X-Request-Id", "Content-Length"}  # the page shows the address, which has its own length
FREE = "nobody.here@example.com"
FORM = {"name": "Anna", "password": "a password of Anna", "account_name": "Acme", "time_zone": "UTC"}


@pytest.fixture
def mailing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a mail server: without one nobody could be told by mail, and who signs up is let in at once."""
    monkeypatch.setitem(app.config, "SMTP_HOST", "127.0.0.1")


def told(browser: FlaskClient, path: str, data: dict[str, str]) -> tuple[object, ...]:
    """All that somebody sees: status, headers, names of cookies, this page and the next, without what was typed."""
    answer = browser.post(path, data=data)
    headers = {name: value for name, value in answer.headers.items() if name not in UNEQUAL}
    cookies = [re.sub("=[^;]*", "=", cookie, count=1) for cookie in answer.headers.getlist("Set-Cookie")]
    with browser.session_transaction() as session:
        kept = sorted(session), str(session.get("_flashes"))
    following = browser.get(answer.location).text if answer.location else ""
    pages = (answer.text + following).replace(data["email"], "")
    return answer.status_code, sorted(headers.items()), cookies, kept, re.sub('"[A-Za-z0-9_.=-]{60,}"', "", pages)


@pytest.mark.parametrize("path", ["/signup", "/password/forgot/", "/login"])
def test_the_answer_is_the_same(app: Flask, owner: User, path: str) -> None:
    free = told(app.test_client(), path, {**FORM, "email": FREE})
    taken = told(app.test_client(), path, {**FORM, "email": owner.email})
    loud = told(app.test_client(), path, {**FORM, "email": owner.email.upper()})
    assert free == taken == loud


@pytest.mark.parametrize(
    ("field", "value"), [("password", "short"), ("password", "x" * 201), ("name", ""), ("name", "n" * 200)]
)
def test_what_is_refused_is_refused_for_both(app: Flask, owner: User, field: str, value: str) -> None:
    free = told(app.test_client(), "/signup", {**FORM, "email": FREE, field: value})
    taken = told(app.test_client(), "/signup", {**FORM, "email": owner.email, field: value})
    assert free == taken
    assert free[0] == 422


def test_who_is_there_keeps_what_they_have(app: Flask, owner: User) -> None:
    browser, count = app.test_client(), db.session.scalar(select(func.count()).select_from(Account))
    browser.post("/signup", data={**FORM, "email": owner.email})
    assert db.session.scalar(select(func.count()).select_from(Account)) == count
    assert browser.get("/dashboard/").status_code == 303
    assert browser.post("/login", data={"email": owner.email, "password": FORM["password"]}).status_code == 422
    assert browser.post("/login", data={"email": owner.email, "password": PASSWORD}).location == "/dashboard/"


def test_their_mail_tells_them(app: Flask, owner: User) -> None:
    app.test_client().post("/signup", data={**FORM, "email": owner.email})
    subjects = [mail.subject for mail in mails(owner.email)]
    assert subjects == ["You already have an IGNY8 log-in"]


def test_who_is_new_gets_in(app: Flask) -> None:
    browser, new = app.test_client(), {**FORM, "email": FREE}
    browser.post("/signup", data=new)
    assert browser.post("/login", data=new).location == "/check-mail/"
    assert follow(browser, FREE) == 303
    assert browser.post("/login", data=new).location == "/dashboard/"


@pytest.mark.parametrize("path", ["/signup", "/login"])
def test_both_hash_a_password(app: Flask, owner: User, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow part is done in either case, so that the pace has little to hide."""
    hashed: list[str] = []

    class Counting(type(people._hasher)):  # type: ignore[misc]
        def hash(self, *args: object, **kwargs: object) -> str:
            hashed.append("hash")
            return str(super().hash(*args, **kwargs))

        def verify(self, *args: object, **kwargs: object) -> bool:
            hashed.append("verify")
            return bool(super().verify(*args, **kwargs))

    monkeypatch.setattr(people, "_hasher", Counting())
    counts = []
    for email in (FREE, owner.email):
        hashed.clear()
        app.test_client().post(path, data={**FORM, "email": email})
        counts.append(list(hashed))
    assert counts[0] == counts[1] != []


def spent(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


@pytest.mark.usefixtures("slow_hashing")
@pytest.mark.parametrize("path", ["/signup", "/password/forgot/"])
def test_both_take_as_long(app: Flask, account: Account, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded machine only ever adds time: the shortest of each agree as soon as both were left alone once.

    What one of the two does longer stays longer in every try.
    """
    monkeypatch.setitem(app.config, "AUTH_PACE_SECONDS", 1.2)
    monkeypatch.setitem(app.config, "SMTP_HOST", "127.0.0.1")

    def try_once(email: str) -> float:
        return spent(lambda: app.test_client().post(path, data={**FORM, "email": email}))

    taken, free = 60.0, 60.0
    for number in range(40):
        taken = min(taken, try_once(make_member(account).email))
        free = min(free, try_once(f"free{number}@example.com"))
        if number and abs(taken - free) < 0.06:
            break
    assert abs(taken - free) < 0.06
    assert min(taken, free) >= 1.2
