"""Work in a request that may take seconds of CPU time: an account has one such request at a time."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from redis.exceptions import LockError, RedisError
from redis.lock import Lock

from app.core.errors import DomainError
from app.core.languages import gettext
from app.core.logs import get_logger
from app.core.queue import redis_connection

HEAVY = 200_000  # bytes
LONGEST_SECONDS = 60  # what died in between is forgotten then
RETRY_SECONDS = 3
log = get_logger(__name__)


class Busy(DomainError):
    """Another request of the account does this kind of work; `seconds` is how long to wait before trying again."""

    status = 429
    seconds = RETRY_SECONDS

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            code="BUSY",
            retryable=True,
            cure=gettext("Wait a few seconds and try again."),
        )


@contextmanager
def one_at_a_time(holder: int | str, busy: str, size: int) -> Iterator[None]:
    """Hold the only place for such work that `holder` has: an account's id, or another name.

    Raises Busy when the place is taken; `busy` is its sentence. Work on less than HEAVY bytes needs no place. Without
    Redis nobody is held up.
    """
    lock = _take_place(holder, busy) if size >= HEAVY else None
    try:
        yield
    finally:
        if lock is not None:
            with suppress(LockError, RedisError, OSError):  # it took longer than a minute, or Redis is away
                lock.release()


def _take_place(holder: int | str, busy: str) -> Lock | None:
    lock: Lock = redis_connection().lock(f"igny8:one_at_a_time:{holder}", timeout=LONGEST_SECONDS)
    try:
        acquired = lock.acquire(blocking=False)
    except (RedisError, OSError) as error:
        log.warning("not_one_at_a_time", error=type(error).__name__)
        return None
    if not acquired:
        raise Busy(busy)
    return lock
