"""How much may be asked of models at a time, over all workers and processes: counted in Redis, by its clock.

The same request checks the breaker of the endpoint.

A place is a lease that its process keeps alive: that of a killed process is free after LEASE_SECONDS. Where accounts
want more of one model than it takes, they take turns, as many as each has shares (`app.core.shares`); within an account
chance decides. When Redis does not answer, each process counts for itself: nothing stops.
"""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from redis import Redis
from redis.exceptions import RedisError

from app.ai.call_context import CallCancelled, EndpointPaused
from app.ai.calls.spending import concurrency_of
from app.ai.endpoints import Endpoint
from app.ai.limits.breaker import CHECK, LET_THROUGH, SlotLease, redis_key
from app.ai.limits.lease_keeper import LEASE_SECONDS, keeper
from app.ai.limits.local_limits import LocalLimits
from app.core.errors import Unavailable
from app.core.http_stream import never
from app.core.logs import get_logger
from app.core.queue import redis_connection
from app.core.shares import shares_of

WINDOW_SECONDS = 60
WAITING_SECONDS = 1.5  # who has not asked for so long waits no longer
AWAY_SECONDS = 5.0
_FIRST_WAIT, _LONGEST_WAIT = 0.02, 0.4
log = get_logger(__name__)

# KEYS: the endpoint's breaker, places of the account, requests of the model, accounts that wait for it, their turns.
# ARGV: token, account, places, requests, lease, window, waiting (ms), shares of the account. Gives 0 for a place, -1
# while the breaker is open, else ms until there may be a place. A turn is a time on a clock that each place moves on:
# who is furthest behind comes next, and is moved ahead by one, divided by their shares. Who was away begins where the
# clock stands (`served`). What is later than it can be is of a clock that was set back, and counts no more.
TAKE = (
    CHECK
    + """
local token, account = ARGV[1], ARGV[2]
local places, requests = tonumber(ARGV[3]), tonumber(ARGV[4])
local lease, window, waiting = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], now + lease + 1000, '+inf')
if redis.call('ZCARD', KEYS[2]) >= places then
  redis.call('ZREM', KEYS[4], account)
  return 50
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - window)
redis.call('ZREMRANGEBYSCORE', KEYS[3], now + 1000, '+inf')
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[4], now + waiting + 1000, '+inf')
local free = requests - redis.call('ZCARD', KEYS[3])
if free < 1 then
  redis.call('ZADD', KEYS[4], now + waiting, account)
  redis.call('PEXPIRE', KEYS[4], window)
  local oldest = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
  return math.max(1, tonumber(oldest[2]) + window - now)
end
if redis.call('ZCARD', KEYS[4]) >= free then
  local mine, before = tonumber(redis.call('ZSCORE', KEYS[5], account) or 0), 0
  for _, other in ipairs(redis.call('ZRANGE', KEYS[4], 0, -1)) do
    if other ~= account and tonumber(redis.call('ZSCORE', KEYS[5], other) or 0) < mine then before = before + 1 end
  end
  if before >= free then
    redis.call('ZADD', KEYS[4], now + waiting, account)
    return 20
  end
end
local served = redis.call('ZSCORE', KEYS[5], 'served') or redis.call('ZREVRANGE', KEYS[5], 0, 0, 'WITHSCORES')[2]
local turn = math.max(tonumber(served or 0), tonumber(redis.call('ZSCORE', KEYS[5], account) or 0))
redis.call('ZADD', KEYS[5], turn, 'served', turn + 1 / tonumber(ARGV[8]), account)
redis.call('PEXPIRE', KEYS[5], 3600000)
redis.call('ZADD', KEYS[3], now, token)
redis.call('PEXPIRE', KEYS[3], window)
redis.call('ZADD', KEYS[2], now + lease, token)
redis.call('PEXPIRE', KEYS[2], lease)
"""
    + LET_THROUGH
    + "return 0"
)


def _nothing() -> None:
    """Do nothing: a place that only this process counts has no lease to keep."""


@dataclass(frozen=True, slots=True)
class HeldSlot:
    """A place that is held. `place` is where Redis counts it; None for one of this process alone."""

    account_id: int
    place: SlotLease | None
    stop_keeping: Callable[[], None] = _nothing

    def hand_over(self) -> SlotLease | None:
        """Stop keeping the place; where Redis counts it, the caller gives it back."""
        if self.place is None:
            _state.local.give_back(self.account_id)
        self.stop_keeping()
        return self.place


def take_slot(
    account_id: int,
    endpoint: Endpoint,
    *,
    until: float,
    cancelled: Callable[[], bool] = never,
    places: int | None = None,
) -> HeldSlot:
    """Wait for a place among the account's calls and the model's requests of a minute.

    `until` is on the monotonic clock: raises Unavailable (AI_BUSY) when it comes, CallCancelled once `cancelled`,
    EndpointPaused as soon as the breaker is open. `places` are the account's calls at once, read when not given.
    """
    places = concurrency_of(account_id) if places is None else places
    request = SlotRequest(account_id, endpoint, places, shares_of(account_id))
    longest = _FIRST_WAIT
    while not cancelled():
        held = _try(request)
        if held is not None:
            return held
        seconds_left = until - time.monotonic()
        if seconds_left <= 0:
            raise _busy(request)
        time.sleep(min(seconds_left, longest * random.uniform(0.5, 1.0)))  # noqa: S311
        longest = min(_LONGEST_WAIT, longest * 1.5)
    raise CallCancelled


@dataclass(frozen=True, slots=True)
class SlotRequest:
    """One place that is waited for."""

    account_id: int
    endpoint: Endpoint
    places: int
    shares: float = 1.0
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def places_key(self) -> str:
        return f"igny8:ai:places:{self.account_id}"

    def take(self, redis: Redis) -> int:
        """The result of the script TAKE."""
        model = f"igny8:ai:model:{self.endpoint.key}"
        of_model = (f"{model}:{name}" for name in ("requests", "waiting", "turns"))
        return int(
            redis.register_script(TAKE)(
                keys=[redis_key(self.endpoint), self.places_key, *of_model],
                args=[
                    self.token,
                    self.account_id,
                    self.places,
                    max(1, self.endpoint.requests_per_minute),
                    LEASE_SECONDS * 1000,
                    WINDOW_SECONDS * 1000,
                    int(WAITING_SECONDS * 1000),
                    self.shares,
                ],
            )
        )


def _try(request: SlotRequest) -> HeldSlot | None:
    """The place; None when there is none. Without Redis, a place of this process."""
    if time.monotonic() >= _state.away_until:
        redis = redis_connection()
        try:
            seconds_left = request.take(redis)
        except (RedisError, OSError) as error:
            _state.away_until = time.monotonic() + AWAY_SECONDS
            log.warning("ai_limits_of_this_process_only", error=type(error).__name__)
        else:
            return _held(redis, request, seconds_left)
    key, requests = request.endpoint.key, request.endpoint.requests_per_minute
    if _state.local.take(request.account_id, key, request.places, requests, WINDOW_SECONDS):
        return HeldSlot(request.account_id, None)
    return None


def _held(redis: Redis, request: SlotRequest, left: int) -> HeldSlot | None:
    if left < 0:
        raise EndpointPaused
    if left:
        return None
    place = SlotLease(request.places_key, request.token)
    return HeldSlot(request.account_id, place, keeper.keep(redis, place.key, place.token))


def _busy(request: SlotRequest) -> Unavailable:
    return Unavailable(
        f"No call to {request.endpoint.model} could be made in time: too much is asked of it at once.",
        code="AI_BUSY",
        cure="Try again later, or allow more calls at once under AI limits.",
        details={"model": request.endpoint.model, "calls_at_once": request.places},
    )


@dataclass
class _State:
    """The state of this process: until when Redis is assumed to be away (monotonic), and what is counted meanwhile."""

    away_until: float = 0.0
    local: LocalLimits = field(default_factory=LocalLimits)


_state = _State()
