"""Roles, sites, leaving, removing, transferring."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import members
from app.accounts.models import Account, ApiToken, Membership
from app.core.errors import DomainError
from app.core.extensions import db
from app.identity.models import User
from tests.factories.people import PASSWORD, SignIn, actor_of, make_account, make_member
from tests.factories.races import race
from tests.factories.things import make_site


def row(user: User) -> Membership:
    return db.session.scalars(select(Membership).where(Membership.user_id == user.id)).one()


def test_a_role_and_sites_are_changed(account: Account, owner_client: FlaskClient) -> None:
    site, person = make_site(account), make_member(account, "viewer", sites=[])
    path = f"/account/team/{row(person).id}/"
    assert owner_client.get(path).status_code == 200
    assert owner_client.post(path, data={"role": "editor", "sites": [str(site.id)]}).status_code == 303
    assert row(person).role == "editor"
    assert members.granted_sites(account.id) == {row(person).id: [site.id]}
    assert owner_client.post(path, data={"role": "admin", "sites": [str(site.id)]}).status_code == 303
    assert members.granted_sites(account.id) == {}  # admins see all


@pytest.mark.parametrize("role", ["owner", "systembot", "", "king"])
def test_only_roles_of_people_can_be_given(account: Account, owner_client: FlaskClient, role: str) -> None:
    person = make_member(account, "viewer")
    assert owner_client.post(f"/account/team/{row(person).id}/", data={"role": role}).status_code == 422
    assert row(person).role == "viewer"


def test_an_admin_cannot_touch_the_owner(account: Account, owner: User, sign_in: SignIn) -> None:
    admin = sign_in(make_member(account, "admin"))
    path = f"/account/team/{row(owner).id}/"
    assert admin.post(path, data={"role": "viewer"}).status_code == 409
    assert admin.post(f"{path}remove/").status_code == 409
    assert row(owner).role == "owner"


def test_a_new_role_counts_from_the_next_request(account: Account, owner_client: FlaskClient, sign_in: SignIn) -> None:
    person = make_member(account, "admin")
    browser = sign_in(person)
    assert browser.get("/account/team/").status_code == 200
    owner_client.post(f"/account/team/{row(person).id}/", data={"role": "viewer"})
    assert browser.get("/account/team/").status_code == 403


def test_who_is_removed_is_out_at_once_with_their_tokens(
    account: Account, owner_client: FlaskClient, sign_in: SignIn
) -> None:
    person = make_member(account, "editor")
    browser = sign_in(person)
    browser.post("/account/tokens/", data={"name": "A", "scopes": "account:read", "days": "30"})
    assert owner_client.post(f"/account/team/{row(person).id}/remove/").status_code == 303
    assert browser.get("/sites/").location == "/accounts/new/"
    assert db.session.scalars(select(ApiToken)).one().revoked_at is not None


def test_the_only_owner_cannot_leave(account: Account, owner: User, owner_client: FlaskClient) -> None:
    answer = owner_client.post("/account/leave/")
    assert answer.status_code == 409
    assert row(owner).role == "owner"


def test_two_owners_leave_at_once_and_one_stays(app: Flask, account: Account) -> None:
    people = [actor_of(make_member(account, "owner")) for _ in range(2)]
    account_id = account.id
    results = race(app, lambda number: members.leave_account(account_id, people[number]))
    assert [type(result) for result in results if result is not None] != []
    left = db.session.scalars(select(Membership).where(Membership.account_id == account_id)).all()
    assert [member.role for member in left] == ["owner"]


def transfer(client: FlaskClient, heir: User, password: str = PASSWORD) -> int:
    return client.post("/account/transfer/", data={"member": row(heir).id, "password": password}).status_code


def test_ownership_is_transferred(account: Account, owner: User, owner_client: FlaskClient) -> None:
    heir = make_member(account, "editor")
    assert transfer(owner_client, heir, "wrong password") == 422
    assert transfer(owner_client, heir) == 303
    assert (row(owner).role, row(heir).role) == ("admin", "owner")
    assert members.granted_sites(account.id) == {}
    assert transfer(owner_client, heir) == 403
    assert owner_client.post("/account/leave/").status_code == 303


def test_it_is_transferred_to_members_alone(account: Account, owner: User, owner_client: FlaskClient) -> None:
    stranger = make_member(make_account("Elsewhere"))
    assert transfer(owner_client, stranger) == 404
    assert transfer(owner_client, owner) == 422
    assert row(owner).role == "owner"


def test_transferred_twice_at_once_it_has_one_owner(app: Flask, account: Account, owner: User) -> None:
    heirs = [row(make_member(account, "admin")).id for _ in range(3)]
    account_id, me = account.id, actor_of(owner)

    def act(number: int) -> object:
        return members.transfer(account_id, me, heirs[number], password=PASSWORD)

    results = race(app, act, 3)
    assert sum(isinstance(result, DomainError) for result in results) == 2
    roles = db.session.scalars(select(Membership.role).where(Membership.account_id == account_id)).all()
    assert sorted(roles) == ["admin", "admin", "admin", "owner"]


def test_an_admin_who_was_demoted_meanwhile_changes_nothing(account: Account) -> None:
    viewer, other = make_member(account, "viewer"), make_member(account, "editor")
    with pytest.raises(DomainError):
        members.change_member(account.id, actor_of(viewer), row(other).id, role="admin", site_ids=())
    with pytest.raises(DomainError):
        members.remove_member(account.id, actor_of(viewer), row(other).id)


def test_many_members_are_shown(account: Account, owner_client: FlaskClient) -> None:
    site = make_site(account, name="x" * 120)
    for number in range(15):
        make_member(account, "editor", name=f"{'Very long name ' * 7}{number}", sites=[site.id])
    page = owner_client.get("/account/team/").text
    assert page.count('data-label="Role"') == 16


def test_a_site_is_granted_from_its_own_settings(account: Account, owner_client: FlaskClient, sign_in: SignIn) -> None:
    site, other = make_site(account), make_site(account)
    editor, viewer = (make_member(account, role, sites=[other.id]) for role in ("editor", "viewer"))
    admin = make_member(account, "admin")
    stranger = make_member(make_account("Elsewhere"), "editor")
    page = owner_client.get(f"/sites/{site.id}/settings/?tab=access").text
    assert editor.email in page
    assert admin.email not in page
    chosen = [str(row(person).id) for person in (editor, admin, stranger)]
    assert owner_client.post(f"/sites/{site.id}/access/", data={"members": chosen}).status_code == 303
    assert members.granted_sites(account.id) == {row(editor).id: [site.id, other.id], row(viewer).id: [other.id]}
    assert owner_client.post(f"/sites/{site.id}/access/", data={}).status_code == 303
    assert members.granted_sites(account.id)[row(editor).id] == [other.id]
    assert sign_in(viewer).get(f"/sites/{other.id}/settings/?tab=access").status_code == 404
