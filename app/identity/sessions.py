"""Where a person is signed in: one row for each browser, ended from any of them."""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, Select, and_, bindparam, delete, not_, or_, select, update

from app.core.clock import utcnow
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.identity.keys import key_digest, new_key
from app.identity.models import User, UserSession

SEEN_EVERY = timedelta(minutes=5)
FRESH = timedelta(minutes=10)
IDLE, LONGEST = timedelta(hours=24), timedelta(days=7)
IDLE_REMEMBERED, LONGEST_REMEMBERED = timedelta(days=30), timedelta(days=90)
PURPOSE = "session"


def start_session(user: User, *, ip: str, user_agent: str, remembered: bool = False) -> str:
    """Begin a session. Returns the key that the browser keeps. A `remembered` one lasts longer. Flushes."""
    key = new_key()
    row = UserSession(
        user_id=user.id,
        key_hash=key_digest(PURPOSE, key),
        ip=ip[:45],
        user_agent=user_agent[:300],
        remembered=remembered,
    )
    db.session.add(row)
    db.session.flush()
    return key


def find_session(user_id: int, key: str) -> UserSession | None:
    """The session of this key that has not ended."""
    return db.session.scalar(select(UserSession).where(*_is_of(user_id, key)))


def find_session_and_person(user_id: int, key: str) -> tuple[UserSession, User] | tuple[None, None]:
    """The session of this key that has not ended, and whose it is. Every request asks it."""
    asked = {"user_id": user_id, "key_hash": key_digest(PURPOSE, key), "now": utcnow()}
    row = db.session.execute(_session_and_person(), asked).first()
    return (row[0], row[1]) if row else (None, None)


@lru_cache(maxsize=1)
def _session_and_person() -> Select[UserSession, User]:
    """Made once, since every request asks it and building it takes longer than running it."""
    is_of_person = UserSession.user_id == bindparam("user_id", type_=BigInteger)
    has_key, now = UserSession.key_hash == bindparam("key_hash"), bindparam("now", type_=DateTime(timezone=True))
    stmt = select(UserSession, User).join(User, User.id == UserSession.user_id)
    return stmt.where(is_of_person, has_key, _alive(now))


def _is_of(user_id: int, key: str) -> tuple[ColumnElement[bool], ...]:
    return UserSession.user_id == user_id, UserSession.key_hash == key_digest(PURPOSE, key), _alive(utcnow())


def _alive(now: Any) -> ColumnElement[bool]:
    """Conditions for sessions that were, `now`, neither idle for too long nor begun too long ago."""
    last_seen, started = UserSession.last_seen_at, UserSession.created_at
    return or_(
        and_(last_seen > now - IDLE, started > now - LONGEST),
        and_(UserSession.remembered, last_seen > now - IDLE_REMEMBERED, started > now - LONGEST_REMEMBERED),
    )


def is_unnoted(row: UserSession) -> bool:
    """True when it is time to note that the session is in use."""
    return row.last_seen_at < utcnow() - SEEN_EVERY


def is_fresh(user_id: int, key: str) -> bool:
    """True shortly after signing in: what only the person may do needs no password again then."""
    row = find_session(user_id, key)
    return row is not None and row.created_at > utcnow() - FRESH


def touch_session(row: UserSession, ip: str) -> None:
    """Note that the session is in use. Flushes."""
    row.last_seen_at, row.ip = utcnow(), ip[:45]
    db.session.flush()


def rotate(user_id: int, key: str) -> str:
    """Another key for the same session; the old one no longer works. Flushes."""
    new = new_key()
    db.session.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.key_hash == key_digest(PURPOSE, key))
        .values(key_hash=key_digest(PURPOSE, new))
    )
    return new


def list_sessions(user_id: int) -> Sequence[UserSession]:
    """The person's sessions, the one used last first."""
    stmt = select(UserSession).where(UserSession.user_id == user_id, _alive(utcnow()))
    return db.session.scalars(stmt.order_by(UserSession.last_seen_at.desc(), UserSession.id.desc()).limit(100)).all()


def is_current_session(row: UserSession, key: str) -> bool:
    """True for the session of this key."""
    return row.key_hash == key_digest(PURPOSE, key)


def end(user_id: int, session_id: int) -> None:
    """End one session of this person; raises NotFound for another's. Flushes."""
    stmt = delete(UserSession).where(UserSession.id == session_id, UserSession.user_id == user_id)
    if db.session.scalar(stmt.returning(UserSession.id)) is None:
        raise NotFound()


def end_by_key(user_id: int, key: str) -> None:
    """End the session of this key. Flushes."""
    db.session.execute(
        delete(UserSession).where(UserSession.user_id == user_id, UserSession.key_hash == key_digest(PURPOSE, key))
    )


def end_others(user_id: int, key: str | None) -> int:
    """End all sessions but the one of `key`. Returns how many. Flushes."""
    stmt = delete(UserSession).where(UserSession.user_id == user_id)
    if key is not None:
        stmt = stmt.where(UserSession.key_hash != key_digest(PURPOSE, key))
    return len(db.session.scalars(stmt.returning(UserSession.id)).all())


def forget_old() -> None:
    """Delete sessions that have ended by themselves. Commits."""
    db.session.execute(delete(UserSession).where(not_(_alive(utcnow()))))
    db.session.commit()


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """“Firefox on Linux” for what a browser calls itself."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), gettext("A browser"))
    system = next((name for mark, name in SYSTEMS if mark in user_agent), None)
    return gettext("%(browser)s on %(system)s", browser=browser, system=system) if system else browser
