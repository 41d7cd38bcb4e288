"""People, accounts and signed-in browsers."""

from collections.abc import Callable, Sequence
from itertools import count

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import members
from app.accounts.models import Account, Membership, SiteAccess
from app.accounts.sites import sites_of_account
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.roles import GRANTED_SITES_ONLY
from app.identity import people
from app.identity.models import User

PASSWORD = "correct horse battery"
NOBODY = Actor(None, "", permissions=None)
_numbers = count(1)
_see_all: set[int] = set()  # memberships made without a list of sites
# Hashing is slow on purpose: in this process it is not, but for tests that ask for `slow_hashing`.
SLOW, QUICK = people._hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
people._hasher, people._NOBODY = QUICK, people.hash_of_nobody(QUICK)
_hash = QUICK.hash(PASSWORD)


def make_member(account: Account, role: str = "owner", *, sites: Sequence[int] | None = None, **fields: object) -> User:
    """A person with this role in the account. An editor or viewer sees all of its sites unless `sites` is given."""
    number = next(_numbers)
    values = {
        "email": f"person{number}@example.com",
        "name": f"Person {number}",
        "password_hash": _hash,
        "email_confirmed_at": utcnow(),
    }
    user = User(**{**values, **fields})
    db.session.add(user)
    db.session.flush()
    membership = Membership(account_id=account.id, user_id=user.id, role=role)
    db.session.add(membership)
    db.session.flush()
    _see_all.discard(membership.id)  # numbers begin anew in each test
    if sites is None:
        sites = [site[0] for site in sites_of_account(account.id)]
        _see_all.add(membership.id)
    members.grant_sites(membership, sites)
    db.session.commit()
    return user


def actor_of(person: User) -> Actor:
    """The person as an argument of use cases; they may do all."""
    return Actor(person.id, f"{person.name} <{person.email}>", permissions=None)


def show_new_site(account_id: int, site_id: int) -> None:
    """Let the editors and viewers who see all sites see this one too."""
    for membership in db.session.scalars(select(Membership).where(Membership.account_id == account_id)).all():
        if membership.role in GRANTED_SITES_ONLY and membership.id in _see_all:
            db.session.add(SiteAccess(membership_id=membership.id, site_id=site_id))
    db.session.commit()


def make_account(name: str = "Acme") -> Account:
    """An account without members."""
    account = Account(name=name)
    db.session.add(account)
    db.session.commit()
    return account


@pytest.fixture
def slow_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as in production."""
    monkeypatch.setattr(people, "_hasher", SLOW)
    monkeypatch.setattr(people, "_NOBODY", people.hash_of_nobody(SLOW))


@pytest.fixture
def account(app: Flask) -> Account:
    """The account under test."""
    return make_account()


@pytest.fixture
def owner(account: Account) -> User:
    """Its owner."""
    return make_member(account, "owner")


SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """A browser signed in as the given person, through the real form."""

    def enter(user: User) -> FlaskClient:
        browser = app.test_client()
        answer = browser.post("/login", data={"email": user.email, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return browser

    return enter


@pytest.fixture
def owner_client(owner: User, sign_in: SignIn) -> FlaskClient:
    """A browser signed in as the owner."""
    return sign_in(owner)


@pytest.fixture
def viewer_client(account: Account, sign_in: SignIn) -> FlaskClient:
    """A browser signed in as a viewer of the same account."""
    return sign_in(make_member(account, "viewer"))


@pytest.fixture
def stranger_client(app: Flask, sign_in: SignIn) -> FlaskClient:
    """A browser signed in as the owner of another account."""
    return sign_in(make_member(make_account("Elsewhere"), "owner"))
