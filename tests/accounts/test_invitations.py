"""Inviting people, and what they can answer."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.accounts import hooks, invitations, members
from app.accounts.models import Account, Invitation, Membership
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.identity.models import User
from tests.factories.letters import key, link, mails
from tests.factories.people import NOBODY, PASSWORD, SignIn, make_account, make_member
from tests.factories.races import race
from tests.factories.things import make_site

EMAIL = "guest@example.com"
JOIN = {"name": "Guest", "password": PASSWORD, "time_zone": "Asia/Tokyo"}


def invite(client: FlaskClient, email: str = EMAIL, role: str = "editor", sites: tuple[int, ...] = ()) -> int:
    data = {"email": email, "role": role, "sites": [str(site) for site in sites]}
    return client.post("/account/team/invite/", data=data).status_code


def membership(email: str = EMAIL) -> Membership:
    return db.session.scalars(select(Membership).join(User).where(User.email == email)).one()


def test_somebody_new_joins_with_role_and_sites(
    account: Account, owner_client: FlaskClient, client: FlaskClient
) -> None:
    mine, other = make_site(account, name="Harbour"), make_site(account, name="Lighthouse")
    assert invite(owner_client, sites=(mine.id,)) == 303
    page = client.get(link(EMAIL))
    assert "Join Acme" in page.text
    assert client.post("/invitation/", data={"key": key(EMAIL), **JOIN}).location == "/dashboard/"
    row = membership()
    assert (row.role, row.account_id, row.user.time_zone) == ("editor", account.id, "Asia/Tokyo")
    assert row.user.email_confirmed_at is not None
    page = client.get("/sites/").text
    assert "Harbour" in page
    assert other.name not in page


def test_who_is_signed_in_accepts_with_a_button(account: Account, owner_client: FlaskClient, sign_in: SignIn) -> None:
    guest = make_member(make_account("Own"), email=EMAIL)
    invite(owner_client, role="admin")
    browser = sign_in(guest)
    assert "Join as" in browser.get(link(EMAIL)).text
    assert browser.post("/invitation/", data={"key": key(EMAIL)}).status_code == 303
    assert "Acme" in browser.get("/account/settings/").text  # works in the new account at once
    assert len(db.session.scalars(select(Membership).where(Membership.user_id == guest.id)).all()) == 2


def test_who_is_registered_signs_in_first_and_comes_back(
    account: Account, owner_client: FlaskClient, app: Flask
) -> None:
    make_member(make_account("Own"), email=EMAIL)
    invite(owner_client)
    browser = app.test_client()
    assert "/login?next=/invitation/?t%3D" in browser.get(link(EMAIL)).text
    answer = browser.post("/login", data={"email": EMAIL, "password": PASSWORD, "next": link(EMAIL)})
    assert answer.location == link(EMAIL)


def test_somebody_else_cannot_use_it(account: Account, owner_client: FlaskClient, sign_in: SignIn) -> None:
    invite(owner_client)
    other = sign_in(make_member(make_account("Own")))
    assert "is for guest@example.com" in other.get(link(EMAIL)).text
    assert other.post("/invitation/", data={"key": key(EMAIL)}).status_code == 403
    assert db.session.scalars(select(Invitation.state)).one() == "pending"


def test_a_used_a_revoked_an_expired_and_a_guessed_link_are_refused(
    account: Account, owner_client: FlaskClient, client: FlaskClient
) -> None:
    invite(owner_client)
    used = key(EMAIL)
    assert client.post("/invitation/", data={"key": used, **JOIN}).status_code == 303
    invite(owner_client, "b@example.com")
    revoked = key("b@example.com")
    owner_client.post("/account/team/invitations/2/revoke/")
    invite(owner_client, "c@example.com")
    expired = key("c@example.com")
    db.session.execute(update(Invitation).where(Invitation.id == 3).values(expires_at=utcnow() - timedelta(seconds=1)))
    db.session.commit()
    for found in (used, revoked, expired, "guess", ""):
        assert client.get(f"/invitation/?t={found}").status_code == 410
        assert client.post("/invitation/", data={"key": found, **JOIN}).status_code == 410


def test_sent_again_only_the_newest_link_works(owner_client: FlaskClient, client: FlaskClient) -> None:
    invite(owner_client)
    first = key(EMAIL)
    assert owner_client.post("/account/team/invitations/1/resend/").status_code == 303
    assert len(mails(EMAIL)) == 2
    assert client.get(f"/invitation/?t={first}").status_code == 410
    assert client.get(link(EMAIL)).status_code == 200


def test_an_address_is_sent_a_few_invitations_a_day(owner_client: FlaskClient) -> None:
    invite(owner_client)
    codes = [owner_client.post("/account/team/invitations/1/resend/").status_code for _ in range(5)]
    assert codes == [303] * 4 + [409]
    owner_client.post("/account/team/invitations/1/revoke/")
    assert invite(owner_client, EMAIL.upper()) == 422
    assert len(mails()) == 5
    assert invite(owner_client, "other@example.com") == 303
    db.session.execute(update(Invitation).values(updated_at=utcnow() - timedelta(days=2)))
    db.session.commit()
    assert invite(owner_client) == 303


def test_an_answered_invitation_can_be_neither_sent_again_nor_revoked(
    owner_client: FlaskClient, client: FlaskClient
) -> None:
    invite(owner_client)
    client.post("/invitation/", data={"key": key(EMAIL), **JOIN})
    for act in ("resend", "revoke"):
        assert owner_client.post(f"/account/team/invitations/1/{act}/").status_code == 409


@pytest.mark.parametrize(
    ("email", "role", "says"),
    [
        ("nonsense", "editor", "not an e-mail address"),
        (EMAIL, "owner", "Not a valid choice"),
        (EMAIL, "", "Not a valid"),
    ],
)
def test_bad_invitations_are_refused_with_words(owner_client: FlaskClient, email: str, role: str, says: str) -> None:
    answer = owner_client.post("/account/team/invite/", data={"email": email, "role": role})
    assert answer.status_code == 422
    assert says in answer.text
    assert mails() == []


def test_members_and_who_is_invited_are_not_invited_again(owner: User, owner_client: FlaskClient) -> None:
    assert invite(owner_client, owner.email.upper()) == 422
    assert invite(owner_client) == 303
    assert invite(owner_client, EMAIL.upper()) == 422


def test_sites_of_another_account_are_not_granted(owner_client: FlaskClient, client: FlaskClient) -> None:
    foreign = make_site(make_account("Elsewhere"), name="Foreign")
    invite(owner_client, sites=(foreign.id,))
    client.post("/invitation/", data={"key": key(EMAIL), **JOIN})
    assert members.granted_sites(membership().account_id) == {}
    assert "Foreign" not in client.get("/sites/").text


def test_two_accept_the_same_invitation_at_once_and_one_joins(
    app: Flask, account: Account, owner_client: FlaskClient
) -> None:
    guest = make_member(make_account("Own"), email=EMAIL).id
    invite(owner_client)
    found = key(EMAIL)
    results = race(app, lambda _number: invitations.accept_invitation(found, db.session.get_one(User, guest)), 4)
    assert sum(isinstance(result, Invitation) for result in results) == 1
    assert all(isinstance(result, (Invitation, DomainError)) for result in results)
    assert db.session.scalar(select(func.count()).where(Membership.account_id == account.id)) == 2


def test_accepted_and_revoked_at_once_it_is_one_of_both(
    app: Flask, account: Account, owner_client: FlaskClient
) -> None:
    guest = make_member(make_account("Own"), email=EMAIL).id
    invite(owner_client)
    found, account_id = key(EMAIL), account.id

    def act(number: int) -> object:
        if number:
            return invitations.revoke_invitation(account_id, NOBODY, 1)
        return invitations.accept_invitation(found, db.session.get_one(User, guest))

    results = race(app, act)
    assert sum(isinstance(result, DomainError) for result in results) == 1
    joined = db.session.scalar(select(func.count()).where(Membership.account_id == account_id)) == 2
    assert db.session.scalars(select(Invitation.state)).one() == ("accepted" if joined else "revoked")


def test_without_a_seat_nobody_is_invited_and_nobody_joins(
    owner_client: FlaskClient, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite(owner_client)

    def full(account_id: int) -> None:
        raise Conflict("All seats are taken.", code="SEATS", cure="Choose a larger plan.")

    monkeypatch.setattr(hooks.seat_needed, "_functions", [full])
    assert client.post("/invitation/", data={"key": key(EMAIL), **JOIN}).status_code == 409
    answer = owner_client.post("/account/team/invite/", data={"email": "b@example.com", "role": "viewer"})
    assert answer.status_code == 422
    assert "All seats are taken. Choose a larger plan." in answer.text


def test_the_same_mail_is_not_written_twice(owner: User, account: Account, app: Flask) -> None:
    from app.core.mail import queue_mail

    assert queue_mail(intent="x", recipient=EMAIL, subject="A", body="B")
    assert not queue_mail(intent="x", recipient=EMAIL, subject="A", body="B")
    db.session.commit()
    assert len(mails(EMAIL)) == 1
