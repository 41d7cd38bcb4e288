"""Stops calling an endpoint that does not work, for all workers and processes together: a circuit breaker in Redis.

It opens when failures outnumber answers by five within a minute, or at once for a failure that lasts (a key that is
not valid, no credit, a model that is not there). It stays open for 30 seconds, doubling to 10 minutes as long as the
endpoint fails; then one call of all workers is let through, and says whether it works again. Redis' clock counts.
Without Redis nothing is stopped.
"""

import uuid
from hashlib import blake2b
from typing import NamedTuple

from redis.exceptions import RedisError

from app.ai.endpoints import Endpoint
from app.core.logs import get_logger
from app.core.queue import redis_connection

FAILURES = 5
WINDOW_SECONDS = 60
FIRST_SECONDS = 30
LONGEST_SECONDS = 600
PROBE_SECONDS = 120  # one that was let through and decided nothing: another one may try
FORGOTTEN_SECONDS = 24 * 3600
log = get_logger(__name__)

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local state = redis.call('HMGET', KEYS[1], 'open_until', 'probe_until', 'times')
local open_until, probe_until, times = tonumber(state[1]), tonumber(state[2] or 0), tonumber(state[3] or 0)
"""
# What a script does before it lets a call through to the endpoint of KEYS[1]: it gives -1 while none may go. Times
# further ahead than they can be are of a clock that was set back.
CHECK = (
    _NOW
    + f"""
if open_until and now < open_until and open_until - now <= {LONGEST_SECONDS * 1000} then return -1 end
if open_until and now < probe_until and probe_until - now <= {PROBE_SECONDS * 1000} then return -1 end
"""
)
# And when it does: of an endpoint that was left alone it is the one trial.
LET_THROUGH = f"if open_until then redis.call('HSET', KEYS[1], 'probe_until', now + {PROBE_SECONDS * 1000}) end\n"
# The others begin with giving back the place that the call held, if it was counted here.
_GIVE_BACK = "if KEYS[3] then redis.call('ZREM', KEYS[3], ARGV[1]) end\n"
FAILED = (
    _GIVE_BACK
    + _NOW
    + """
local lasting, window, failures = ARGV[2] == '1', tonumber(ARGV[3]), tonumber(ARGV[4])
local first, longest, forgotten = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
if open_until and now < open_until and open_until - now <= longest then return 0 end
if not open_until and not lasting then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - window)
  redis.call('ZREMRANGEBYSCORE', KEYS[2], now + 1000, '+inf')
  redis.call('ZADD', KEYS[2], now, ARGV[8])
  redis.call('PEXPIRE', KEYS[2], window)
  if redis.call('ZCARD', KEYS[2]) < failures then return 0 end
end
local stays = math.min(longest, first * 2 ^ math.min(times, 20))
redis.call('HSET', KEYS[1], 'open_until', now + stays, 'probe_until', 0, 'times', times + 1)
redis.call('PEXPIRE', KEYS[1], forgotten)
redis.call('DEL', KEYS[2])
return stays
"""
)
SUCCEEDED = (
    _GIVE_BACK
    + """
redis.call('ZPOPMIN', KEYS[2])
return redis.call('DEL', KEYS[1])
"""
)
UNDECIDED = _GIVE_BACK + "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'probe_until', 0) end"


class SlotLease(NamedTuple):
    """A member of a set of places in Redis, which the call to the endpoint held."""

    key: str
    token: str


def succeeded(endpoint: Endpoint, lease: SlotLease | None = None) -> None:
    """The endpoint answered, or was set up anew: it may be called. Gives the place back, as the next two do."""
    if _run_script(SUCCEEDED, endpoint, lease):
        log.info("ai_endpoint_works_again", endpoint=endpoint.key)


def failed(endpoint: Endpoint, lasting: bool, lease: SlotLease | None = None) -> None:
    """The endpoint did not answer as it should; `lasting` when it will not before somebody changes something."""
    stays = _run_script(
        FAILED,
        endpoint,
        lease,
        int(lasting),
        WINDOW_SECONDS * 1000,
        FAILURES,
        FIRST_SECONDS * 1000,
        LONGEST_SECONDS * 1000,
        FORGOTTEN_SECONDS * 1000,
        uuid.uuid4().hex,
    )
    if stays:
        log.warning("ai_endpoint_not_called", endpoint=endpoint.key, seconds=stays // 1000)


def undecided(endpoint: Endpoint, lease: SlotLease | None = None) -> None:
    """A call that was let through proved nothing (it was cancelled): another one may try."""
    _run_script(UNDECIDED, endpoint, lease)


def redis_key(endpoint: Endpoint) -> str:
    """Where Redis keeps what is known of an endpoint: with another key or address it is another one."""
    access = f"{endpoint.base_url} {endpoint.api_key}".encode()
    return f"igny8:ai:breaker:{endpoint.key}:{blake2b(access, digest_size=6).hexdigest()}"


def _run_script(script: str, endpoint: Endpoint, lease: SlotLease | None, *values: int | str) -> int:
    """The script's answer; 0 when Redis does not answer: the lease of the place runs out then."""
    key = redis_key(endpoint)
    keys = [key, f"{key}:failures", *([lease.key] if lease else [])]
    try:
        answer = redis_connection().register_script(script)(keys=keys, args=[lease.token if lease else "", *values])
    except (RedisError, OSError) as error:
        log.warning("ai_breaker_without_redis", error=type(error).__name__)
        return 0
    return int(answer or 0)
