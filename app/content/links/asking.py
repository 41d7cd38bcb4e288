"""Asking an address of another site whether it leads anywhere. Network only; no database.

An address is asked for its headers (HEAD). One that refuses that, or fails, is asked once more as a browser would
(GET): many servers answer programs that only look with an error.
"""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from app.content.links.addresses import bare_host
from app.content.links.verdicts import FAILING, GONE, MOVED, REFUSED, UNREACHABLE, WORKS
from app.core import http
from app.core.http import HttpResponse, OutboundError

SECONDS = 10.0
MAX_BYTES = 2 * 1024 * 1024
_GONE = (404, 410)


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What an address answered: a word of `verdicts`, the status if there was one, and where it leads on to."""

    outcome: str
    status: int | None = None
    leads_to: str = ""


def ask_address(session: requests.Session, address: str) -> LinkAnswer:
    """Ask one address. Raises nothing: what goes wrong on the way is an outcome."""
    answer = _judged(session, "HEAD", address)
    return answer if answer.outcome in (WORKS, MOVED) else _judged(session, "GET", address)


def _judged(session: requests.Session, method: str, address: str) -> LinkAnswer:
    try:
        response = http.fetch(session, method, address, read_seconds=SECONDS, max_bytes=MAX_BYTES, follow=True)
    except OutboundError as error:
        # It sent more than anybody needs to know that it is there.
        return LinkAnswer(WORKS if error.kind == "too_large" else UNREACHABLE)
    return _answer(response, address)


def _answer(response: HttpResponse, address: str) -> LinkAnswer:
    status = response.status
    if status in _GONE:
        return LinkAnswer(GONE, status)
    if status >= 500 and status != 999:  # LinkedIn's way to refuse programs
        return LinkAnswer(FAILING, status)
    if status >= 400:
        return LinkAnswer(REFUSED, status)
    if _place(response.url) != _place(address):
        return LinkAnswer(MOVED, status, response.url)
    return LinkAnswer(WORKS, status)


def _place(address: str) -> tuple[str, str, str]:
    parts = urlsplit(address)
    return bare_host(address), parts.path.rstrip("/"), parts.query


def by_host(addresses: Collection[str]) -> list[list[str]]:
    """The addresses in groups of one host each, which are asked one after the other."""
    groups: dict[str, list[str]] = {}
    for address in addresses:
        groups.setdefault(bare_host(address), []).append(address)
    return list(groups.values())
