"""Passwords that are guessed soon, and one password from two keyboards."""

import time
import unicodedata

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.accounts import services as accounts
from app.accounts.models import Account
from app.core.errors import DomainError
from app.core.extensions import db
from app.identity import password_rules, people
from app.identity.models import User
from tests.factories.people import PASSWORD, make_member
from tests.factories.things import make_site

COMMON = (
    "password123",
    "Password123!",
    "P@ssw0rd123",
    "1234567890",
    "qwertyuiop",
    "qwerty123456",
    "1q2w3e4r5t",
    "iloveyou123",
    "letmein1234",
    "administrator",
    "Summer2026!",
    "aaaaaaaaaa",
    "          ",
    "abcdefghij",
    "passwordpassword",
    "password" * 25,
    "p a s s w o r d 1 2 3",
    "p.a.s.s.w.o.r.d.1.2.3",
    "pass word 123",
    "ｐａｓｓｗｏｒｄ１２３",
    "р\u0430ssw\u043erd123",
    "pass\u200bword123",
    "pássword123",
    "Autumn 2026!",
    "Winter2025/26",
    "Spring-2027-Spring",
    "Frühling2026!",
    "Ѕummer2026!!",
    "correcthorsebatterystaple",
    "Correct Horse Battery Staple 1!",
)
ABOUT = ("anna.schmidt@example.com", "Anna Schmidt", "Acme Coffee", "www.harbour-lights.example")
PERSONAL = (
    "annaschmidt2026",
    "Schmidt-Anna-Schmidt",
    "anna.schmidt@example.com",
    "AcmeCoffee1!",
    "harbourlights!!1",
    "harbour-lights.example",
    "IGNY8-igny8-IGNY8",
    "Igny8Password!",
    "А n n a S c h m i d t 1",
)
GOOD = (
    PASSWORD,
    "another password",
    "tree-lamp-94-otter",
    "Kq7hz2mPwX",
    "schmaler Grat überm Tal",
    "a password of Anna",
    "summer otter 2026 lamp",
    "x k q v h z m r p w",
    "x#7!Q?v&2@k",
    "длинный пароль про выдру",
)
TYPED = "caf\u00e9 au lait, s'il vous pla\u00eet"
APART = unicodedata.normalize("NFD", TYPED)


@pytest.mark.parametrize("password", COMMON)
def test_what_is_tried_first_is_refused(password: str) -> None:
    with pytest.raises(DomainError, match="tried first") as caught:
        password_rules.check_new_password(password)
    assert "password manager" in caught.value.cure


@pytest.mark.parametrize("password", PERSONAL)
def test_what_others_know_of_the_person_is_refused(password: str) -> None:
    with pytest.raises(DomainError) as caught:
        password_rules.check_new_password(password, ABOUT)
    assert caught.value.code == "PASSWORD_COMMON"


@pytest.mark.parametrize("password", GOOD)
def test_others_are_taken(password: str) -> None:
    password_rules.check_new_password(password, ABOUT)


def test_the_longest_is_looked_at_in_no_time() -> None:
    started = time.process_time()
    password_rules.check_new_password("1a!" * 20 + "Kq7hz2mPwX" * 14, ABOUT * 20)
    assert time.process_time() - started < 1


def test_every_place_where_one_is_chosen_refuses_it(account: Account, owner: User, owner_client: FlaskClient) -> None:
    make_site(account, name="Harbour Lights")
    for weak in ("password123", "Harbour-Lights-1", "Acme-Acme-Acme"):
        answer = owner_client.post("/account/security/password/", data={"old": PASSWORD, "password": weak})
        assert answer.status_code == 422
        assert "several words" in answer.text
    for signed in ({"account_name": "Harbour"}, {"name": "Harbour"}, {"email": "harbour@example.com"}):
        with pytest.raises(DomainError) as caught:
            accounts.sign_up(
                **{"email": "new@example.com", "name": "Anna", "account_name": "A", **signed}, password="harbour12345!"
            )
        assert caught.value.field == "password"


@pytest.mark.parametrize(("chosen", "given"), [(TYPED, APART), (APART, TYPED)])
def test_a_password_is_the_same_from_every_keyboard(app: Flask, owner: User, chosen: str, given: str) -> None:
    owner.password_hash = people.hash_password(chosen)
    assert people.authenticate(owner.email, given) is not None
    assert people.has_password(owner, given)
    assert people.authenticate(owner.email, "café au lait") is None


@pytest.mark.parametrize("given", [TYPED, APART])
def test_a_hash_of_before_opens_and_is_made_anew(account: Account, given: str) -> None:
    person = make_member(account, password_hash=people._hasher.hash(APART))
    assert people.authenticate(person.email, given) is not None
    db.session.commit()
    assert people._hasher.verify(person.password_hash, TYPED)


@pytest.mark.parametrize(("meanwhile", "is_let_in"), [("another password", False), (TYPED, True)])
def test_a_hash_made_anew_does_not_bring_back_a_password_that_was_changed_meanwhile(
    account: Account, monkeypatch: pytest.MonkeyPatch, meanwhile: str, is_let_in: bool
) -> None:
    hasher, stored = people._hasher, people._hasher.hash(meanwhile)
    person = make_member(account, password_hash=hasher.hash(APART))

    class Slow:
        """While it works, somebody else stores a hash."""

        check_needs_rehash, verify = hasher.check_needs_rehash, hasher.verify

        def hash(self, password: str) -> str:
            stmt = update(User).where(User.id == person.id).values(password_hash=stored)
            db.session.execute(stmt, execution_options={"synchronize_session": False})
            return hasher.hash(password)

    monkeypatch.setattr(people, "_hasher", Slow())
    assert (people.authenticate(person.email, TYPED) is not None) is is_let_in
    db.session.commit()
    assert person.password_hash == stored
