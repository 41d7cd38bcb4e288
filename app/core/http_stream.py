"""Answers that are read as they arrive: guarded like `http.fetch`, and given up when they stall or are cancelled."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
import urllib3

from app.core import http
from app.core.http import OutboundError, Watch
from app.core.logs import get_logger
from app.core.outbound_sockets import BlockedAddress

_LOOK_EVERY_SECONDS = 0.2
log = get_logger(__name__)


def never() -> bool:
    """Nobody cancels."""
    return False


@dataclass
class Patience:
    """How long to wait: until it is cancelled, or `until` (monotonic seconds), which the reader moves forward."""

    until: float
    is_cancelled: Callable[[], bool] = never

    @property
    def is_over(self) -> bool:
        """Whether to stop waiting."""
        return time.monotonic() > self.until or self.is_cancelled()


@dataclass
class OpenAnswer:
    """An answer whose body is still coming; it has to be closed."""

    status: int
    headers: Mapping[str, str]
    _response: requests.Response
    _watching: "_Watching"
    _max_bytes: int
    _host: str

    def chunks(self) -> Iterator[bytes]:
        """The body, piece by piece as it comes. Raises OutboundError when it stalls, breaks off or is too large."""
        size = 0
        try:
            while part := self._response.raw.read1(64 * 1024, decode_content=True):
                size += len(part)
                if size > self._max_bytes:
                    raise OutboundError("too_large", f"The answer is larger than {self._max_bytes // 1024} KB.")
                yield part
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as error:
            raise self._watching.explained(error, self._host) from error
        if self._watching.watch.over:
            raise self._watching.explained(TimeoutError(), self._host)

    def close(self) -> None:
        """Give the connection back; in the middle of the body, close it."""
        self._watching.stop()
        self._response.close()


@dataclass(eq=False)
class _Watching:
    """One connection that is cut once the patience is over, even while nothing arrives."""

    patience: Patience
    watch: Watch = field(default_factory=Watch)

    def start(self) -> None:
        _watchers.add(self)

    def stop(self) -> None:
        _watchers.discard(self)

    def look(self) -> None:
        """Cut the connection when its time has come."""
        if self.patience.is_over:
            self.watch.cut()

    def explained(self, error: BaseException, host: str) -> OutboundError:
        if self.watch.over:
            return OutboundError("timeout", f"{host} did not answer in time.")
        return http.explain(error, host)


class _Watchers:
    """One thread of the process that looks at all open answers; it sleeps while there are none."""

    def __init__(self) -> None:
        self._watchings: set[_Watching] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, watching: _Watching) -> None:
        with self._changed:
            self._watchings.add(watching)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look_at_all, name="http-watchers", daemon=True)
                self._thread.start()
            self._changed.notify()

    def discard(self, watching: _Watching) -> None:
        with self._changed:
            self._watchings.discard(watching)

    def _look_at_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._watchings))
                watchings = list(self._watchings)
            for watching in watchings:
                try:
                    watching.look()
                except Exception as error:  # who was asked whether it is cancelled failed: its own time-out holds
                    log.warning("open_answer_not_watched", error=type(error).__name__)
            time.sleep(_LOOK_EVERY_SECONDS)


_watchers = _Watchers()


def _after_fork() -> None:
    """Start afresh in a forked process: it has none of its parent's threads."""
    global _watchers
    _watchers = _Watchers()


os.register_at_fork(after_in_child=_after_fork)


def stream(
    session: requests.Session,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    data: bytes | None,
    patience: Patience,
    max_bytes: int = http.MAX_BYTES,
) -> OpenAnswer:
    """One request, never repeated, following no redirect; raises OutboundError until its headers are there.

    The answer has to be closed. Its time is bounded by `patience` alone, which is looked at five times a second.
    """
    http.check_url(url)
    host = urlsplit(url).hostname or "the host"
    watching = _Watching(patience)
    watching.start()
    try:
        with http.watched(watching.watch):
            response = _sent(session, method, url, headers, data)
    except (BlockedAddress, requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        watching.stop()
        raise watching.explained(error, host) from error
    if watching.watch.over:  # headers that were cut off look like whole ones
        watching.stop()
        response.close()
        raise OutboundError("timeout", f"{host} did not answer in time.")
    return OpenAnswer(response.status_code, response.headers, response, watching, max_bytes, host)


def _sent(
    session: requests.Session, method: str, url: str, headers: Mapping[str, str], data: bytes | None
) -> requests.Response:
    """A request without cookies, hooks and redirects: two thirds of what `session.request` does are for those."""
    prepared = requests.PreparedRequest()
    prepared.prepare_method(method)
    prepared.prepare_url(url, None)
    prepared.prepare_headers({**session.headers, **headers})
    prepared.body = data
    prepared.prepare_content_length(data)
    adapter = session.get_adapter(prepared.url or url)
    return adapter.send(prepared, stream=True, timeout=(http.CONNECT_SECONDS, None), verify=True)
