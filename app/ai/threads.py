"""Ending calls that are made in threads, when the work they are for ends before them."""

import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

ENDING_SECONDS = 5.0  # a call that is cut off is recorded in less than one


def end_calls(pool: ThreadPoolExecutor, asked: Iterable[Future[Any]], stopped: threading.Event) -> None:
    """Cut off the calls under way, and wait until each is recorded: the process may end next."""
    stopped.set()
    pool.shutdown(wait=False, cancel_futures=True)
    wait([future for future in asked if not future.cancelled()], timeout=ENDING_SECONDS)
