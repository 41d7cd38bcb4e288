"""Whatever credential changes, nobody who was in before has anything left."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts.models import Account, ApiToken, Invitation, Membership
from app.core.clock import utcnow
from app.core.crypto import decrypt
from app.core.errors import DomainError
from app.core.extensions import db
from app.identity import credentials, emails, passwords, totp
from app.identity.models import User, UserSession
from tests.factories.letters import key, mails
from tests.factories.people import PASSWORD, SignIn, make_member
from tests.factories.races import race
from tests.identity.test_second_factor import PAGE, code, switch_on

NEW = "a brand new passphrase"
THIEF = "thief@example.com"
Act = Callable[[FlaskClient, User], None]


def reset(browser: FlaskClient, person: User) -> None:
    browser.post("/password/forgot/", data={"email": person.email})
    assert browser.post("/password/reset/", data={"key": key(person.email), "password": NEW}).status_code == 303


def change(browser: FlaskClient, _person: User) -> None:
    answer = browser.post("/account/security/password/", data={"old": PASSWORD, "password": NEW})
    assert answer.status_code == 303


def sign_out_elsewhere(browser: FlaskClient, _person: User) -> None:
    assert browser.post("/account/security/sessions/end/").status_code == 303


def second_factor_on(browser: FlaskClient, person: User) -> None:
    assert len(switch_on(browser, person)) == 10


ACTS: list[Act] = [reset, change, sign_out_elsewhere, second_factor_on]


@pytest.mark.parametrize("act", ACTS)
def test_who_was_in_before_has_nothing_left(
    app: Flask, owner: User, owner_client: FlaskClient, sign_in: SignIn, act: Act
) -> None:
    thief, old = sign_in(owner), owner.email
    thief.post("/account/security/email/", data={"email": THIEF, "password": PASSWORD})
    shown = re.findall(r'class="mono" dir="ltr">([A-Z2-7 ]+)<', thief.get(PAGE).text)[0].replace(" ", "")
    form = {"name": "A", "scopes": "account:read", "days": "365"}
    token = re.findall(r'value="(igny8_[\w-]+)"', thief.post("/account/tokens/", data=form).text)[0]
    epoch = owner.session_epoch

    act(owner_client, owner)

    assert owner.session_epoch > epoch
    assert thief.get("/sites/").status_code == 303
    assert app.test_client().post("/email/change/", data={"t": key(THIEF)}).status_code == 410
    assert owner.email == old
    assert owner.totp_secret is None or decrypt(owner.totp_secret) != shown
    answer = app.test_client().get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_switching_the_second_factor_off_voids_links_in_mails(
    app: Flask, owner: User, owner_client: FlaskClient
) -> None:
    switch_on(owner_client, owner)
    owner_client.post("/account/security/email/", data={"email": THIEF, "password": PASSWORD})
    assert owner_client.post(f"{PAGE}off/", data={"password": PASSWORD}).status_code == 303
    assert app.test_client().post("/email/change/", data={"t": key(THIEF)}).status_code == 410
    assert owner_client.get("/sites/").status_code == 200


def test_ending_one_session_voids_what_it_may_have_begun(
    app: Flask, owner: User, owner_client: FlaskClient, sign_in: SignIn
) -> None:
    thief = sign_in(owner)
    thief.post("/account/security/email/", data={"email": THIEF, "password": PASSWORD})
    newest = db.session.scalars(select(UserSession.id).order_by(UserSession.id.desc())).first()
    owner_client.post(f"/account/security/sessions/{newest}/end/")
    assert app.test_client().post("/email/change/", data={"t": key(THIEF)}).status_code == 410
    assert owner_client.get("/sites/").status_code == 200


def test_a_confirmed_second_factor_survives_a_new_password(owner: User, owner_client: FlaskClient) -> None:
    switch_on(owner_client, owner)
    secret = owner.totp_secret
    change(owner_client, owner)
    assert totp.is_enabled(owner)
    assert owner.totp_secret == secret


def test_a_secret_that_another_browser_was_shown_is_not_confirmed(
    owner: User, owner_client: FlaskClient, sign_in: SignIn
) -> None:
    thief = sign_in(owner)
    thief.get(PAGE)
    stolen = code(owner)
    owner_client.get(PAGE)
    assert code(owner) != stolen
    assert thief.post(PAGE, data={"code": code(owner)}).status_code == 422
    assert owner.totp_enabled_at is None


def test_the_secret_stays_the_same_in_one_browser(owner: User, owner_client: FlaskClient) -> None:
    owner_client.get(PAGE)
    first = code(owner)
    owner_client.get(PAGE)
    assert code(owner) == first


def test_some_time_after_signing_in_the_second_factor_takes_the_password(
    owner: User, owner_client: FlaskClient
) -> None:
    db.session.execute(update(UserSession).values(created_at=utcnow() - timedelta(minutes=11)))
    db.session.commit()
    assert "Your password" in owner_client.get(PAGE).text
    without = owner_client.post(PAGE, data={"code": code(owner, -1)})
    assert without.status_code == 422
    assert "This is not your password." in without.text
    assert owner_client.post(PAGE, data={"code": code(owner, -1), "password": PASSWORD}).status_code == 200


def test_a_change_that_is_asked_for_while_a_password_is_set_waits_and_is_refused(app: Flask, owner: User) -> None:
    passwords.request_reset(owner.email)
    db.session.commit()
    found, user_id = key(owner.email), owner.id

    def act(number: int) -> object:
        if number == 0:
            return passwords.reset(found, NEW)
        return emails.request_change(db.session.get_one(User, user_id), email=THIEF, password=PASSWORD)

    race(app, act, 4)
    for mail in mails(THIEF):  # asked for just before: its link is worth nothing all the same
        assert mail
        with pytest.raises(DomainError):
            emails.change_email(key(THIEF))


def test_what_stays_in_the_account_is_named_in_the_mail(owner: User, owner_client: FlaskClient) -> None:
    form = {"name": "Nightly", "scopes": "account:read", "days": "30", "holder": "systembot"}
    owner_client.post("/account/tokens/", data=form)
    owner_client.post("/account/team/invite/", data={"email": THIEF, "role": "admin"})
    change(owner_client, owner)
    body = decrypt(mails(owner.email)[-1].body)
    assert "Keys of SystemBot made by you in Acme still work: Nightly." in body
    assert f"Invitations sent by you to Acme are open: {THIEF}." in body


def test_nothing_of_another_person_ends(account: Account, owner: User, sign_in: SignIn) -> None:
    other = make_member(account, "editor")
    browser = sign_in(other)
    browser.post("/account/tokens/", data={"name": "A", "scopes": "account:read", "days": "30"})
    credentials.revoke_all(owner, keep=None)
    db.session.commit()
    assert browser.get("/sites/").status_code == 200
    assert db.session.scalars(select(ApiToken.revoked_at)).one() is None


@pytest.mark.parametrize("how", ["removed", "demoted", "left"])
def test_nobody_joins_by_an_invitation_of_who_may_no_longer_invite(
    account: Account, owner_client: FlaskClient, sign_in: SignIn, app: Flask, how: str
) -> None:
    admin = make_member(account, "admin")
    browser = sign_in(admin)
    browser.post("/account/team/invite/", data={"email": THIEF, "role": "admin"})
    row = db.session.scalars(select(Membership.id).where(Membership.user_id == admin.id)).one()
    if how == "left":
        assert browser.post("/account/leave/").status_code == 303
    else:
        path, data = ("remove/", {}) if how == "removed" else ("", {"role": "editor"})
        assert owner_client.post(f"/account/team/{row}/{path}", data=data).status_code == 303
    form = {"key": key(THIEF), "name": "Thief", "password": NEW}
    assert app.test_client().post("/invitation/", data=form).status_code == 410
    assert db.session.scalars(select(Invitation.state)).one() == "revoked"
