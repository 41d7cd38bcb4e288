"""Signing up and signing in, passwords."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.auth.models import Account, Membership, User
from app.core import audit
from app.core.errors import Conflict, DomainError
from app.core.wall import every_account
from app.extensions import db

MIN_PASSWORD = 10
MAX_PASSWORD = 200
_hasher = PasswordHasher()
# Verified against when there is no such person, so that both answers take as long.
_NOBODY = _hasher.hash("nobody has this password")


def normalise_email(email: str) -> str:
    """The address as stored; raises DomainError on one that cannot be an address."""
    try:
        return validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise DomainError(
            "This is not an e-mail address.",
            code="EMAIL_INVALID",
            field="email",
            cure="Write it like anna@example.com.",
        ) from error


def check_password(password: str) -> None:
    """Raise DomainError for a password that is too short or too long."""
    if len(password) < MIN_PASSWORD:
        raise DomainError(
            f"The password needs at least {MIN_PASSWORD} characters.", code="PASSWORD_SHORT", field="password"
        )
    if len(password) > MAX_PASSWORD:
        raise DomainError(
            f"The password may have at most {MAX_PASSWORD} characters.", code="PASSWORD_LONG", field="password"
        )


def find_user(email: str) -> User | None:
    """The person with this address, whatever its case."""
    return db.session.scalar(select(User).where(func.lower(User.email) == func.lower(email)))


def hash_password(password: str) -> str:
    """The hash to keep; raises DomainError for a password that is too short or too long."""
    check_password(password)
    return _hasher.hash(password)


def add_user(*, email: str, name: str, password: str, time_zone: str = "UTC") -> User:
    """Make a person without an account. Flushes.

    Raises Conflict when the address is taken, DomainError for a bad address or password.
    """
    email = normalise_email(email)
    user = User(email=email, name=name, password_hash=hash_password(password), time_zone=time_zone)
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError as error:
        raise Conflict(
            "There is already an account with this e-mail address.",
            code="EMAIL_TAKEN",
            field="email",
            cure="Sign in instead, or use another address.",
        ) from error
    return user


def add_account(user: User, name: str) -> Account:
    """Make an account that this person owns. Flushes."""
    account = Account(name=name)
    with every_account("an account has no number before it is written"):
        db.session.add(account)
        db.session.flush()
        db.session.add(Membership(account_id=account.id, user_id=user.id, role="owner"))
        audit.record(
            account.id, "account.made", subject=name, after={"owner": user.email}, actor_id=user.id,
            actor=f"{user.name} <{user.email}>",
        )  # fmt: skip
    return account


def sign_up(*, email: str, name: str, password: str, account_name: str, time_zone: str = "UTC") -> User:
    """Make a person and an account that they own. Flushes; raises like `add_user`."""
    user = add_user(email=email, name=name, password=password, time_zone=time_zone)
    add_account(user, account_name)
    return user


def knows_password(user: User, password: str) -> bool:
    """True when this is the person's password."""
    try:
        return _hasher.verify(user.password_hash, password[:MAX_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False


def lock_person(user: User) -> None:
    """Read the person's row anew and let nobody else change it until the transaction ends."""
    db.session.refresh(user, with_for_update={"key_share": True})


def check_own_password(user: User, password: str) -> None:
    """Raise DomainError unless this is the person's password: asked before what cannot be taken back.

    Locks the person's row until the transaction ends: a password that somebody sets meanwhile is the one that counts.
    """
    lock_person(user)
    if not knows_password(user, password):
        raise DomainError("This is not your password.", code="PASSWORD_WRONG", field="password")


def verify(email: str, password: str) -> User | None:
    """The person when address and password fit, else None. Re-hashes with newer parameters."""
    user = find_user(email.strip())
    try:
        _hasher.verify(user.password_hash if user else _NOBODY, password[:MAX_PASSWORD])
    except (VerificationError, InvalidHashError):
        return None
    if user is None or not user.is_active:
        return None
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
        db.session.flush()
    return user


def accounts_of(user_id: int) -> list[Account]:
    """The accounts that a person belongs to, oldest membership first."""
    stmt = select(Account).join(Membership).where(Membership.user_id == user_id).order_by(Membership.id)
    with every_account("a person may belong to several accounts, and switches between them"):
        return list(db.session.scalars(stmt))
