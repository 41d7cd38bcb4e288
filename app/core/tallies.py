"""What happened how often in the last hour, over all processes: counted in Redis, in pieces of ten minutes.

For what no row tells of. Nothing is counted while Redis is away, or outside an application.
"""

import time

from flask import has_app_context
from redis.exceptions import RedisError

from app.core.logs import get_logger
from app.core.queue import redis_connection

PIECE_SECONDS, PIECES = 600, 6
log = get_logger(__name__)


def tally(name: str) -> None:
    """Count one. Never raises."""
    if not has_app_context():
        return
    key = _key(name, int(time.time()) // PIECE_SECONDS)
    try:
        with redis_connection().pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, PIECE_SECONDS * (PIECES + 1))
            pipe.execute()
    except (RedisError, OSError) as error:
        log.warning("not_tallied", tally=name, error=type(error).__name__)


def tallied(name: str) -> int:
    """How often it happened in the last hour; raises RedisError when Redis does not answer."""
    now = int(time.time()) // PIECE_SECONDS
    counts = redis_connection().mget([_key(name, now - back) for back in range(PIECES)])
    return sum(int(count) for count in counts if count)


def _key(name: str, piece: int) -> str:
    return f"igny8:tally:{name}:{piece}"
