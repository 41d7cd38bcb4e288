"""Waiting before something is asked again."""

import time
from collections.abc import Callable

from app.ai.call_context import CallCancelled

LOOK_EVERY_SECONDS = 0.2


def wait_unless_cancelled(seconds: float, is_cancelled: Callable[[], bool]) -> None:
    """Wait so long; raises CallCancelled as soon as nobody wants the answer any more."""
    due = time.monotonic() + seconds
    while (seconds_left := due - time.monotonic()) > 0:
        if is_cancelled():
            raise CallCancelled
        time.sleep(min(seconds_left, LOOK_EVERY_SECONDS))
