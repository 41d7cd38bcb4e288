"""Asking a site about addresses that no content has. Network only; no database.

A site has pages that were never imported, and addresses that plugins serve. What it says itself counts: only what is
not there is broken.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from app.content.links.asking import LinkAnswer, ask_address
from app.content.links.verdicts import UNREACHABLE
from app.core import http

MOST_ASKED = 500  # addresses of one plan
AT_ONCE = 4
SECONDS = 180.0
SILENT = 2  # times that a site may not answer one of the askers before it is left alone
Answers = SimpleQueue[tuple[str, LinkAnswer]]
Tell = Callable[[int, int], None]


def ask_site(site_url: str, addresses: Sequence[str], allowed: Sequence[str], tell: Tell) -> dict[str, LinkAnswer]:
    """What the site answers for these addresses (path and query), by address; those that it was not asked are missing.

    Raises what `tell` raises, and asks no more then.
    """
    asked, answers = list(addresses)[:MOST_ASKED], Answers()
    stopped = threading.Event()
    ask = _asker(site_url, allowed, stopped, answers)
    pool = ThreadPoolExecutor(AT_ONCE, "site-links")
    came: dict[str, LinkAnswer] = {}
    try:
        parts = [part for number in range(AT_ONCE) if (part := asked[number::AT_ONCE])]
        waiting: set[Future[None]] = {pool.submit(ask, part) for part in parts}
        while waiting:
            tell(len(came), len(asked))
            _finished, waiting = wait(waiting, timeout=1, return_when=FIRST_COMPLETED)
            came |= _arrived(answers)
    finally:
        stopped.set()
        pool.shutdown(wait=False, cancel_futures=True)
    return came | _arrived(answers)


def _asker(
    site_url: str, allowed: Sequence[str], stopped: threading.Event, answers: Answers
) -> Callable[[Sequence[str]], None]:
    parts, until = urlsplit(site_url), time.monotonic() + SECONDS

    def ask(addresses: Sequence[str]) -> None:
        silent = 0
        with http.make_session(allowed) as session:
            for address in addresses:
                if stopped.is_set() or silent >= SILENT or time.monotonic() > until:
                    return
                answer = ask_address(session, f"{parts.scheme}://{parts.netloc}{address}")
                silent = silent + 1 if answer.outcome == UNREACHABLE else 0
                answers.put((address, answer))

    return ask


def _arrived(answers: Answers) -> dict[str, LinkAnswer]:
    came: dict[str, LinkAnswer] = {}
    try:
        while True:
            address, answer = answers.get_nowait()
            came[address] = answer
    except Empty:
        return came
