"""Keeps the leases of this process alive in Redis, by one thread, for as long as the process lives."""

import os
import threading
from collections.abc import Callable
from functools import partial

from redis import Redis
from redis.exceptions import RedisError

from app.core.logs import get_logger

LEASE_SECONDS = 30
BEAT_SECONDS = 8.0
# A lease that is over is not revived: its place may be another's.
RENEW = """
local time = redis.call('TIME')
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
"""
log = get_logger(__name__)


class LeaseKeeper:
    """The leases that are held here: members of sorted sets whose scores are when they end."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Hold nothing, as a process does that was just forked."""
        self._lock = threading.Lock()
        self._leases: dict[str, tuple[Redis, str]] = {}
        self._thread: threading.Thread | None = None
        self._added = threading.Event()

    def keep(self, redis: Redis, key: str, token: str) -> Callable[[], None]:
        """Renew the lease `token` of the set `key` from now on; call what comes back to stop."""
        with self._lock:
            self._leases[token] = (redis, key)
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="ai-leases", daemon=True)
                self._thread.start()
        self._added.set()
        return partial(self._drop, token)

    def _drop(self, token: str) -> None:
        with self._lock:
            self._leases.pop(token, None)

    def _beat(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(BEAT_SECONDS)
            with self._lock:
                leases = dict(self._leases)
                if not leases:
                    self._added.clear()
            if not leases:
                self._added.wait()  # an idle process need not wake up
            self._renew(leases)

    @staticmethod
    def _renew(leases: dict[str, tuple[Redis, str]]) -> None:
        for token, (redis, key) in leases.items():
            try:
                redis.register_script(RENEW)(keys=[key], args=[token, LEASE_SECONDS * 1000])
            except (RedisError, OSError) as error:
                log.warning("ai_lease_not_renewed", error=type(error).__name__)
                return  # the next beat tries again


keeper = LeaseKeeper()
os.register_at_fork(after_in_child=keeper.forget)
