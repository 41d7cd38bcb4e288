"""The limits of one process, for while Redis does not answer."""

import threading
import time
from collections import Counter, defaultdict, deque


class LocalLimits:
    """Counts the calls of accounts that are under way here, and the requests that went to each model."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: Counter[int] = Counter()
        self._requests: defaultdict[str, deque[float]] = defaultdict(deque)

    def take(self, account_id: int, model: str, places: int, requests: int, window_seconds: float) -> bool:
        """Count one more call if the account has a place and the model takes a request; else False."""
        now = time.monotonic()
        with self._lock:
            request_times = self._requests[model]
            while request_times and request_times[0] <= now - window_seconds:
                request_times.popleft()
            if self._under_way[account_id] >= places or len(request_times) >= max(1, requests):
                return False
            request_times.append(now)
            self._under_way[account_id] += 1
            return True

    def give_back(self, account_id: int) -> None:
        """One call of the account is over."""
        with self._lock:
            self._under_way[account_id] -= 1
