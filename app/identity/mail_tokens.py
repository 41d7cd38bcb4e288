"""Links in mails: for one purpose, once, for a time. Making a new one voids those before it."""

from datetime import timedelta

from sqlalchemy import Update, delete, func, select, update

from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.identity.keys import key_digest, new_key
from app.identity.models import MailToken, User

LIFETIMES = {
    "confirm_email": timedelta(days=7),
    "change_email": timedelta(hours=24),
    "reset_password": timedelta(hours=2),
}


PER_HOUR, PER_DAY = 5, 15


def is_limit_reached(user_id: int, purpose: str) -> bool:
    """True when the person was mailed PER_HOUR links of this purpose within an hour, or PER_DAY within a day.

    The limit of a day holds only while one of the links works: strangers who ask for links lock nobody out.
    """
    now = utcnow()
    of_the_hour = func.count().filter(MailToken.created_at > now - timedelta(hours=1))
    works = func.count().filter(MailToken.used_at.is_(None), MailToken.expires_at > now)
    stmt = select(of_the_hour, func.count(), works).where(
        MailToken.user_id == user_id, MailToken.purpose == purpose, MailToken.created_at > now - timedelta(days=1)
    )
    hour, day, working = db.session.execute(stmt).one()
    return bool(hour >= PER_HOUR or (day >= PER_DAY and working))


def has_recent_link(user: User, purpose: str, *, since: timedelta) -> bool:
    """True while a link to the person's address works that was mailed within this time: that one will do."""
    stmt = select(MailToken.id).where(
        MailToken.user_id == user.id,
        MailToken.purpose == purpose,
        MailToken.email == user.email,
        MailToken.used_at.is_(None),
        MailToken.expires_at > utcnow(),
        MailToken.created_at > utcnow() - since,
    )
    return db.session.scalar(stmt.limit(1)) is not None


def issue_token(user: User, purpose: str, email: str) -> tuple[MailToken, str]:
    """A token and the key for its link. Flushes."""
    void(user.id, purpose)
    key = new_key()
    token = MailToken(
        user_id=user.id,
        purpose=purpose,
        email=email,
        token_hash=key_digest(purpose, key),
        expires_at=utcnow() + LIFETIMES[purpose],
    )
    db.session.add(token)
    db.session.flush()
    return token, key


def void(user_id: int, purpose: str) -> None:
    """Make the person's links of this purpose useless. Flushes."""
    db.session.execute(_unused_tokens(user_id).where(MailToken.purpose == purpose).values(used_at=utcnow()))


def void_all(user_id: int) -> None:
    """Make all links useless that were mailed to or for this person. Flushes."""
    db.session.execute(_unused_tokens(user_id).values(used_at=utcnow()))


def _unused_tokens(user_id: int) -> Update:
    return update(MailToken).where(MailToken.user_id == user_id, MailToken.used_at.is_(None))


def peek(key: str, purpose: str) -> MailToken | None:
    """The token of this key while it works, without using it."""
    return db.session.scalar(
        select(MailToken).where(
            MailToken.token_hash == key_digest(purpose, key),
            MailToken.purpose == purpose,
            MailToken.used_at.is_(None),
            MailToken.expires_at > utcnow(),
        )
    )


def use(key: str, purpose: str) -> tuple[User, str]:
    """The person and the address of this key, used up by it. Flushes; raises DomainError when it does not work.

    The person's row is locked first, as by every change of credentials: of two at once, one comes after the other.
    """
    token = peek(key, purpose)
    if token is not None:
        db.session.get_one(User, token.user_id, populate_existing=True, with_for_update={"key_share": True})
    stmt = (
        update(MailToken)
        .where(
            MailToken.token_hash == key_digest(purpose, key),
            MailToken.purpose == purpose,
            MailToken.used_at.is_(None),
            MailToken.expires_at > utcnow(),
        )
        .values(used_at=utcnow())
        .returning(MailToken.user_id, MailToken.email)
    )
    row = db.session.execute(stmt).first()
    if row is None:
        raise link_used_error()
    return db.session.get_one(User, row.user_id), row.email


def link_used_error() -> DomainError:
    """The error for a link that was used, has expired, or never existed."""
    return DomainError(
        gettext("This link has expired or was used before."),
        code="LINK_USED",
        cure=gettext("Ask for a new one."),
        status=410,
    )


def forget_old() -> None:
    """Delete tokens that expired a month ago. Commits."""
    db.session.execute(delete(MailToken).where(MailToken.expires_at < utcnow() - timedelta(days=30)))
    db.session.commit()
