"""Who has a piece of content open in the editor. Kept in Redis for a minute: losing it loses nothing."""

import time
from dataclasses import dataclass

from redis.exceptions import RedisError
from sqlalchemy import select

from app.core.extensions import db
from app.core.logs import get_logger
from app.core.queue import redis_connection
from app.identity.models import User

LIFETIME_SECONDS = 60  # editors report every 15 s; browsers let a window in the background do so once a minute
MOST_NAMED = 20
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OtherEditors:
    """The names of other people who have it open, and whether another window of the same person has."""

    names: tuple[str, ...] = ()
    own_tab: bool = False


def record_window(account_id: int, content_id: int, user_id: int, tab: str) -> OtherEditors:
    """Record that this window of this person has it open. Returns who else has; nobody while Redis does not answer."""
    key, now = _key(account_id, content_id), time.time()
    try:
        with redis_connection().pipeline(transaction=False) as pipe:
            pipe.zadd(key, {f"{user_id}:{tab}": now})
            pipe.zremrangebyscore(key, 0, now - LIFETIME_SECONDS)
            pipe.expire(key, LIFETIME_SECONDS)
            pipe.zrange(key, 0, 10 * MOST_NAMED)
            members = pipe.execute()[-1]
    except (RedisError, OSError) as error:
        log.warning("presence_unknown", error=type(error).__name__)
        return OtherEditors()
    return _others([member.decode() for member in members], user_id, tab)


def close_window(account_id: int, content_id: int, user_id: int, tab: str) -> None:
    """Record that this window was closed."""
    try:
        redis_connection().zrem(_key(account_id, content_id), f"{user_id}:{tab}")
    except (RedisError, OSError) as error:
        log.warning("presence_unknown", error=type(error).__name__)


def _key(account_id: int, content_id: int) -> str:
    return f"igny8:editing:{account_id}:{content_id}"


def _others(members: list[str], user_id: int, tab: str) -> OtherEditors:
    windows = [(int(person), window) for person, _, window in (member.partition(":") for member in members)]
    others = {person for person, _window in windows if person != user_id}
    own_tab = any(person == user_id and window != tab for person, window in windows)
    if not others:
        return OtherEditors(own_tab=own_tab)
    stmt = select(User.name).where(User.id.in_(others)).order_by(User.name, User.id).limit(MOST_NAMED)
    return OtherEditors(tuple(db.session.scalars(stmt)), own_tab)
