"""People, accounts and signed-in browsers."""

from collections.abc import Callable
from itertools import count

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.auth import services
from app.auth.models import Account, Membership, User
from app.extensions import db

PASSWORD = "correct horse battery"
_numbers = count(1)
# Hashing is slow on purpose; the factories reuse one hash.
_hash = services._hasher.hash(PASSWORD)


def make_member(account: Account, role: str = "owner", **fields: object) -> User:
    """A person with this role in the account."""
    number = next(_numbers)
    values = {"email": f"person{number}@example.com", "name": f"Person {number}", "password_hash": _hash}
    user = User(**{**values, **fields})
    db.session.add(user)
    db.session.flush()
    db.session.add(Membership(account_id=account.id, user_id=user.id, role=role))
    db.session.commit()
    return user


def make_account(name: str = "Acme") -> Account:
    """An account without members."""
    account = Account(name=name)
    db.session.add(account)
    db.session.commit()
    return account


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
