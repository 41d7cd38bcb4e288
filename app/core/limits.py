"""How many requests an address, a person and an account may make a minute (docs/decisions/0014).

Counted in Redis, for all processes together. When Redis does not answer, each process counts for itself for some
seconds: nobody is locked out by that, and guessing passwords is not free either.
"""

import time

from flask import Flask, current_app, request
from flask_login import current_user
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError

from app.core.addresses import client_network
from app.core.errors import DomainError
from app.core.extensions import limiter
from app.core.htmx import is_partial_request
from app.core.logs import get_logger

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
AWAY_SECONDS = 5.0
WRITES = "WRITES_PER_MINUTE"
API_PATH = "/api/"
log = get_logger(__name__)
_own: set[str] = {"static"}
_light: set[str] = set()
_always: set[str] = set()


class TooManyRequests(DomainError):
    """The limit is used up for `seconds` more."""

    status = 429

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        wait = f"{seconds} second{'' if seconds == 1 else 's'}"
        super().__init__(
            "Too many requests in a short time.",
            code="TOO_MANY_REQUESTS",
            cure=f"Wait {wait} and try again.",
            retryable=True,
        )


def exempt_self_limited(*names: str) -> None:
    """Blueprints and endpoints whose routes bring limits of their own."""
    _own.update(names)


def count_as_parts(*endpoints: str) -> None:
    """Endpoints that a page asks for by itself: parts of it, and POSTs that write nothing."""
    _light.update(endpoints)


def never_refuse(*endpoints: str) -> None:
    """Changes that are never refused for their number, such as stopping something."""
    _always.update(endpoints)


class _Counter:
    """Fixed windows of a minute in the limiter's storage, and in memory while that is away."""

    def __init__(self) -> None:
        self._memory = FixedWindowRateLimiter(MemoryStorage())
        self._away_until = 0.0

    def spend(self, amount: int, *key: str) -> int:
        """Count one; 0 when that was allowed, else the seconds until it will be."""
        item = RateLimitItemPerMinute(amount)
        if time.monotonic() >= self._away_until:
            try:
                return self._spend(FixedWindowRateLimiter(limiter.storage), item, key)
            except (RedisError, StorageError, OSError) as error:
                self._away_until = time.monotonic() + AWAY_SECONDS
                log.warning("limits_counted_in_memory", error=type(error).__name__)
        return self._spend(self._memory, item, key)

    @staticmethod
    def _spend(counter: FixedWindowRateLimiter, item: RateLimitItemPerMinute, key: tuple[str, ...]) -> int:
        if counter.hit(item, *key):
            return 0
        return max(1, min(60, int(counter.get_window_stats(item, *key).reset_time - time.time()) + 1))


def _spend(setting: str, *key: str) -> None:
    _spend_of(current_app.config[setting], setting, *key)


def _spend_of(amount: int, *key: str) -> None:
    counter: _Counter = current_app.extensions["igny8_limits"]
    if seconds := counter.spend(amount, *key):
        raise TooManyRequests(seconds)


def _is_light() -> bool:
    """What a page fetches by itself: fragments, pictures, the rows that poll."""
    if request.endpoint in _light:
        return True
    part = request.headers.get("Sec-Fetch-Dest", "") in ("empty", "image", "script", "style", "font")
    return request.method in SAFE and (is_partial_request() or part)


def _count_visit() -> None:
    if not limiter.enabled or request.blueprint in _own or request.endpoint in _own or _is_api():
        return
    # No user is loaded for a page that does not exist.
    if request.endpoint is None or not current_user.is_authenticated:
        _spend("REQUESTS_PER_MINUTE", client_network())
    elif _is_light():
        _spend("PARTS_PER_MINUTE", client_network(), str(current_user.id))
    elif request.method in SAFE:
        _spend("REQUESTS_PER_MINUTE", client_network(), str(current_user.id))


def count_write(account_id: int, person: str, *, alone: bool) -> None:
    """Count a change that is allowed: in the account's limit, of which one person has two thirds unless `alone`.

    Asked when `is_counted_write`. Raises TooManyRequests when either is used up.
    """
    limit = current_app.config[WRITES]
    if not alone:
        _spend_of(max(1, limit * 2 // 3), WRITES, str(account_id), person)
    _spend_of(limit, WRITES, str(account_id))


def count_refused(person: str) -> None:
    """Count a change that the role does not allow: with the person, never with the account."""
    if is_counted_write():
        _spend(WRITES, "refused", person)


def is_counted_write() -> bool:
    """True for a request that changes something and has no other limit."""
    changes = limiter.enabled and request.method not in SAFE
    return changes and request.endpoint not in _always and request.endpoint not in _light


def _is_api() -> bool:
    return request.path.startswith(API_PATH) and request.endpoint is not None  # its routes are limited each


def count_visits(app: Flask) -> None:
    """Count before it is worked out what the caller may do."""
    app.extensions["igny8_limits"] = _Counter()
    app.before_request(_count_visit)
