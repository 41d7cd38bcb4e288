"""Signing up and signing in, passwords."""

from base64 import b64encode
from collections.abc import Iterable
from secrets import token_bytes
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from app.core import audit
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.identity import password_rules
from app.identity.models import User


def hash_of_nobody(hasher: PasswordHasher) -> str:
    """A hash that no password matches; verifying against it takes as long as against one that `hasher` made.

    It is composed, not computed: computing one would delay the start of every process by a tenth of a second.
    """
    salt, digest = (
        b64encode(token_bytes(length)).decode().rstrip("=") for length in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${digest}"


_hasher = PasswordHasher()
# Verified against when there is no such person, so that both answers take equally long.
_NOBODY = hash_of_nobody(_hasher)


def normalise_email(email: str) -> str:
    """The address as stored; raises DomainError on one that cannot be an address."""
    try:
        return validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise DomainError(
            gettext("This is not an e-mail address."),
            code="EMAIL_INVALID",
            field="email",
            cure=gettext("Write it like anna@example.com."),
        ) from error


def find_user(email: str) -> User | None:
    """The person with this address, whatever its case."""
    return db.session.scalar(select(User).where(func.lower(User.email) == func.lower(email)))


def user_of_id(user_id: int) -> User | None:
    """The person of this id."""
    return db.session.get(User, user_id)


def check_password(password: str, about: Iterable[str] = ()) -> None:
    """Raise DomainError for a password that is too short, too long, or soon guessed (by who knows `about`)."""
    password_rules.check_new_password(password_rules.normalise_password(password), about)


def hash_password(password: str, about: Iterable[str] = ()) -> str:
    """The hash to keep; raises DomainError for a password that `check_password` refuses."""
    check_password(password, about)
    return _hasher.hash(password_rules.normalise_password(password))


def add_user(
    *, email: str, name: str, password: str, time_zone: str = "UTC", language: str = "en", about: Iterable[str] = ()
) -> User:
    """Make a person without an account; `about` are more words that their password must not be made of. Flushes.

    Raises Conflict when the address is taken, DomainError for a bad address or password.
    """
    email = normalise_email(email)
    password_hash = hash_password(password, (email, name, *about))
    user = User(email=email, name=name, password_hash=password_hash, time_zone=time_zone, language=language)
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError as error:
        raise Conflict(
            gettext("There is already an account with this e-mail address."),
            code="EMAIL_TAKEN",
            field="email",
            cure=gettext("Sign in instead, or use another address."),
        ) from error
    return user


def zone_of(user_id: int) -> ZoneInfo:
    """The time zone in which a person reads days and times."""
    return ZoneInfo(db.session.get_one(User, user_id).time_zone)


def person_name(user_id: int | None) -> str:
    """A person's name; empty for None and for people who no longer exist."""
    user = db.session.get(User, user_id) if user_id is not None else None
    return user.name if user else ""


def change_profile(user: User, *, name: str, time_zone: str, language: str) -> None:
    """Change how a person is called, and how days and words are shown to them. Flushes."""
    before, user.name = user.name, name
    user.time_zone, user.language = time_zone, language
    if name != before:  # the log calls people by their names
        values: dict[str, Any] = {"before": {"name": before}, "after": {"name": name}}
        audit.record_for_person(user.id, "person.renamed", subject=user.email, **values)
    db.session.flush()


def has_password(user: User, password: str) -> bool:
    """True when this is the person's password."""
    return _is_password_of(user.password_hash, password)


def _is_password_of(password_hash: str, password: str) -> bool:
    return any(_is_hash_of(password_hash, form) for form in password_rules.possible_forms(password))


def _is_hash_of(password_hash: str, form: str) -> bool:
    try:
        return _hasher.verify(password_hash, form)
    except (VerificationError, InvalidHashError):
        return False


def lock_person(user: User) -> None:
    """Read the person's row anew and let nobody else change it until the transaction ends."""
    db.session.refresh(user, with_for_update={"key_share": True})


def check_own_password(user: User, password: str) -> None:
    """Raise DomainError unless this is the person's password: asked before what cannot be undone.

    Locks the person's row until the transaction ends: a password that somebody sets meanwhile is the one that counts.
    """
    lock_person(user)
    if not has_password(user, password):
        raise DomainError(gettext("This is not your password."), code="PASSWORD_WRONG", field="password")


def authenticate(email: str, password: str) -> User | None:
    """The person when address and password fit, else None. Rehashes the password with newer parameters."""
    user = find_user(email.strip())
    fits = _is_password_of(user.password_hash if user else _NOBODY, password)
    if user is None or not user.is_active or not fits:
        return None
    normal = password_rules.normalise_password(password)
    if _hasher.check_needs_rehash(user.password_hash) or not (
        normal.isascii() or _is_hash_of(user.password_hash, normal)
    ):
        return user if _rehash(user, normal) or _is_password_of(user.password_hash, password) else None
    return user


def _rehash(user: User, normal: str) -> bool:
    """Keep the same password in a newer hash; False when somebody has stored another hash meanwhile, which stays."""
    newer = _hasher.hash(normal)
    stmt = update(User).where(User.id == user.id, User.password_hash == user.password_hash)
    updated = db.session.execute(
        stmt.values(password_hash=newer).returning(User.id), execution_options={"synchronize_session": False}
    )
    is_ours = updated.scalar() is not None
    db.session.refresh(user, ["password_hash"])
    return is_ours
