"""Codes besides the password."""

import re
import time
from zoneinfo import ZoneInfo

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts import audit_list
from app.accounts.models import Account
from app.core import audit
from app.core.crypto import decrypt
from app.core.errors import DomainError
from app.core.extensions import db, limiter
from app.identity import totp
from app.identity.models import RecoveryCode, User
from tests.factories.people import PASSWORD, SignIn
from tests.factories.races import race

PAGE = "/account/security/second-factor/"


def code(user: User, steps: int = 0) -> str:
    """What the person's authenticator shows now, or some steps from now."""
    assert user.totp_secret is not None
    return pyotp.TOTP(decrypt(user.totp_secret)).at(int(time.time()) + 30 * steps)


def switch_on(client: FlaskClient, user: User) -> list[str]:
    """Set it up through the pages; the recovery codes."""
    assert "<svg" in client.get(PAGE).text
    answer = client.post(PAGE, data={"code": code(user, -1)})
    assert answer.status_code == 200, answer.text
    return re.findall(r"<li>([a-z0-9]{4}(?:-[a-z0-9]{4}){3})</li>", answer.text)


def begin(app: Flask, user: User) -> FlaskClient:
    """A browser that has given the right password."""
    browser = app.test_client()
    answer = browser.post("/login", data={"email": user.email, "password": PASSWORD, "next": "/sites/"})
    assert answer.location == "/login/code/"
    return browser


def test_signing_in_takes_a_code_once_it_is_on(app: Flask, owner: User, owner_client: FlaskClient) -> None:
    assert len(switch_on(owner_client, owner)) == 10
    browser = begin(app, owner)
    assert browser.get("/sites/").status_code == 303
    assert browser.get("/login/code/").status_code == 200
    assert browser.post("/login/code/", data={"code": "000000"}).status_code == 422
    assert browser.post("/login/code/", data={"code": code(owner)}).location == "/sites/"
    assert browser.get("/sites/").status_code == 200


def test_it_is_on_only_after_a_right_code(app: Flask, owner: User, owner_client: FlaskClient, sign_in: SignIn) -> None:
    owner_client.get(PAGE)
    answer = owner_client.post(PAGE, data={"code": "123"})
    assert answer.status_code == 422
    assert "does not fit" in answer.text
    sign_in(owner)


def test_a_code_works_once(app: Flask, owner: User, owner_client: FlaskClient) -> None:
    switch_on(owner_client, owner)
    used = code(owner)
    assert begin(app, owner).post("/login/code/", data={"code": used}).status_code == 303
    assert begin(app, owner).post("/login/code/", data={"code": used}).status_code == 422


def test_a_code_used_by_four_at_once_works_once(app: Flask, owner: User, owner_client: FlaskClient) -> None:
    switch_on(owner_client, owner)
    used, user_id = code(owner), owner.id
    results = race(app, lambda _n: totp.check_code(db.session.get_one(User, user_id), used), 4)
    assert sum(result is None for result in results) == 1


def test_a_recovery_code_works_once_and_is_kept_as_a_hash(app: Flask, owner: User, owner_client: FlaskClient) -> None:
    codes = switch_on(owner_client, owner)
    assert all(kept not in codes for kept in db.session.scalars(select(RecoveryCode.code_hash)))
    assert begin(app, owner).post("/login/code/", data={"code": codes[0].upper()}).status_code == 303
    assert begin(app, owner).post("/login/code/", data={"code": codes[0]}).status_code == 422
    assert "9 recovery codes left" in owner_client.get("/account/security/").text


def test_the_secret_is_encrypted_and_shown_only_while_it_is_set_up(owner: User, owner_client: FlaskClient) -> None:
    switch_on(owner_client, owner)
    assert owner.totp_secret is not None
    assert decrypt(owner.totp_secret) not in owner.totp_secret
    assert owner_client.get(PAGE).status_code == 409


def test_switching_on_signs_out_elsewhere_and_renews_the_session(
    owner: User, owner_client: FlaskClient, sign_in: SignIn
) -> None:
    elsewhere = sign_in(owner)
    switch_on(owner_client, owner)
    assert elsewhere.get("/sites/").status_code == 303
    assert owner_client.get("/sites/").status_code == 200


def test_switching_off_and_new_codes_take_the_password(
    app: Flask, owner: User, owner_client: FlaskClient, sign_in: SignIn
) -> None:
    old = switch_on(owner_client, owner)
    assert owner_client.post(f"{PAGE}codes/", data={"password": "wrong"}).status_code == 422
    assert owner_client.post(f"{PAGE}codes/", data={"password": PASSWORD}).status_code == 200
    assert begin(app, owner).post("/login/code/", data={"code": old[0]}).status_code == 422
    assert owner_client.post(f"{PAGE}off/", data={"password": "wrong"}).status_code == 422
    assert owner_client.post(f"{PAGE}off/", data={"password": PASSWORD}).status_code == 303
    sign_in(owner)


def test_whoever_runs_the_installation_takes_it_off(
    owner: User, owner_client: FlaskClient, account: Account, sign_in: SignIn
) -> None:
    switch_on(owner_client, owner)
    assert not totp.switch_off_for("nobody@example.com")
    assert totp.switch_off_for(owner.email.upper())
    db.session.commit()
    assert owner_client.get("/sites/").status_code == 303
    sign_in(owner)
    taken_off = audit_list.select_events(account.id, {"group": "person.second_factor_off"}, ZoneInfo("UTC"))
    event = db.session.scalars(taken_off).one()
    assert (event.actor, event.actor_id) == (audit.OPERATOR, None)
    assert not totp.switch_off_for(owner.email)


def test_the_password_step_does_not_last(app: Flask, owner: User, owner_client: FlaskClient) -> None:
    switch_on(owner_client, owner)
    browser = begin(app, owner)
    with browser.session_transaction() as session:
        session["pending_sign_in"] = {**session["pending_sign_in"], "until": int(time.time()) - 1}
    assert browser.post("/login/code/", data={"code": code(owner)}).location == "/login"


def test_a_password_set_meanwhile_ends_the_step(app: Flask, owner: User, owner_client: FlaskClient) -> None:
    switch_on(owner_client, owner)
    browser = begin(app, owner)
    db.session.execute(update(User).values(session_epoch=User.session_epoch + 1))
    db.session.commit()
    assert browser.post("/login/code/", data={"code": code(owner)}).location == "/login"


def test_tries_are_few(app: Flask, owner: User, owner_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(owner_client, owner)
    browser = begin(app, owner)
    monkeypatch.setattr(limiter, "enabled", True)
    codes = [browser.post("/login/code/", data={"code": f"00000{n}"}).status_code for n in range(6)]
    assert codes == [422] * 5 + [429]
    assert begin(app, owner).post("/login/code/", data={"code": code(owner)}).status_code == 429


@pytest.mark.parametrize("given", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "x" * 1000, "\0"])
def test_odd_codes_are_wrong_codes(owner: User, owner_client: FlaskClient, given: str) -> None:
    switch_on(owner_client, owner)
    with pytest.raises(DomainError):
        totp.check_code(owner, given)
