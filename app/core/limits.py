"""How many requests an address, a person and an account may make a minute (docs/decisions/0014).

Counted in Redis, for all processes together. When Redis does not answer, each process counts for itself for some
seconds: nobody is locked out by that, and guessing passwords stays limited.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask_login import current_user
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError

from app.core import features
from app.core.addresses import client_network
from app.core.errors import DomainError
from app.core.extensions import limiter
from app.core.htmx import is_partial_request
from app.core.languages import gettext, ngettext
from app.core.logs import get_logger

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
AWAY_SECONDS = 5.0
WRITES = "WRITES_PER_MINUTE"
log = get_logger(__name__)
View = TypeVar("View", bound=Callable[..., Any])
PART, SELF_LIMITED, NEVER_REFUSED = "is_part_of_page", "is_self_limited", "is_never_refused"


class TooManyRequests(DomainError):
    """The limit is used up for `seconds` more."""

    status = 429

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(
            gettext("Too many requests in a short time."),
            code="TOO_MANY_REQUESTS",
            cure=ngettext("Wait %(num)s second and try again.", "Wait %(num)s seconds and try again.", seconds),
            retryable=True,
        )


def self_limited(view: View) -> View:
    """Route decorator: it has a limit of its own, or needs none."""
    return _marked(view, SELF_LIMITED)


def part_of_page(view: View) -> View:
    """Route decorator: a page asks for it by itself. It is a part, or a POST that no person presses a button for."""
    return _marked(view, PART)


def never_refused(view: View) -> View:
    """Route decorator: a change that is never refused for its number, such as stopping something."""
    return _marked(view, NEVER_REFUSED)


def _marked(view: View, mark: str) -> View:
    setattr(view, mark, True)
    return view


def _has(mark: str) -> bool:
    """Whether the route of this request has this mark; decorators around it keep the mark."""
    return hasattr(current_app.view_functions.get(request.endpoint or ""), mark)


@dataclass(frozen=True)
class Window:
    """How a minute's limit stands: how many are left for `seconds` more; `refusal` where this one was too many."""

    remaining: int
    seconds: int
    refusal: TooManyRequests | None = None


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

    def window(self, amount: int, *key: str) -> "Window":
        """Count one, and how the window stands then."""
        refused = self.spend(amount, *key)
        item = RateLimitItemPerMinute(amount)
        counter = self._memory if time.monotonic() < self._away_until else FixedWindowRateLimiter(limiter.storage)
        stats = counter.get_window_stats(item, *key)
        left = max(0, min(60, int(stats.reset_time - time.time()) + 1))
        return Window(stats.remaining, refused or left, TooManyRequests(refused) if refused else None)

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


def spend_window(amount: int, *key: str) -> Window:
    """Count one of `amount` a minute. Nothing is refused where limits are switched off."""
    if not limiter.enabled:
        return Window(amount, 0)
    counter: _Counter = current_app.extensions["igny8_limits"]
    return counter.window(amount, *key)


def _is_light() -> bool:
    """What a page fetches by itself: fragments, pictures, the rows that poll."""
    if _has(PART):
        return True
    part = request.headers.get("Sec-Fetch-Dest", "") in ("empty", "image", "script", "style", "font")
    return request.method in SAFE and (is_partial_request() or part)


def _count_visit() -> None:
    if not limiter.enabled or _brings_own_limit():
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

    Called when `is_counted_write` is true. Raises TooManyRequests when either is used up.
    """
    limit = current_app.config[WRITES]
    if not alone:
        _spend_of(max(1, limit * 2 // 3), WRITES, str(account_id), person)
    _spend_of(limit, WRITES, str(account_id))


def count_refusal(person: str) -> None:
    """Count a change that the role does not allow: with the person, never with the account."""
    if is_counted_write():
        _spend(WRITES, "refused", person)


def is_counted_write() -> bool:
    """True for a request that changes something and has no other limit."""
    changes = limiter.enabled and request.method not in SAFE
    return changes and not _has(NEVER_REFUSED) and not _has(PART)


def _brings_own_limit() -> bool:
    return request.endpoint == "static" or features.is_for_machines(request.blueprint) or _has(SELF_LIMITED)


def count_visits(app: Flask) -> None:
    """Count the request before it is determined what the caller may do."""
    app.extensions["igny8_limits"] = _Counter()
    app.before_request(_count_visit)
