"""Outbound HTTP to addresses that people give us: guarded, bounded, never hanging.

Each connection, on every redirect too, is made by `app.core.outbound_sockets`.
"""

import base64
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from app.core.outbound_sockets import BlockedAddress, BlockedPort, open_socket

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
MAX_BYTES = 8 * 1024 * 1024
MAX_REDIRECTS = 4
USER_AGENT = "IGNY8/1"


class OutboundError(Exception):
    """No usable answer. `kind`: ``blocked, dns, refused, timeout, tls, too_large, redirects, broken``."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


@dataclass(frozen=True)
class HttpResponse:
    """A complete answer: status, headers (case-insensitive), body, and the address after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    seconds: float

    @property
    def text(self) -> str:
        """The body as UTF-8, what cannot be decoded replaced."""
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True)
class Login:
    """User name and password (HTTP Basic) of one origin, as in `https://stage.example.com`."""

    origin: str
    user: str
    password: str = field(repr=False)

    def is_for(self, url: str) -> bool:
        """True for an address of the origin itself, or of the same host once it has turned to https."""
        target, own = origin_of(url), origin_of(self.origin)
        return target == own or (own[0] == "http" and own[2] == 80 and target == ("https", own[1], 443))

    def headers_for(self, url: str) -> dict[str, str]:
        """The header for a request to this address; nothing for any other host."""
        if not self.is_for(url):
            return {}
        return {"Authorization": "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()}


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port. Raises ValueError when `url` is not an address."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


@dataclass
class Watch:
    """Cuts off the connection that is being waited on; `over` is set once it has."""

    over: bool = False
    socket: Any = None

    def cut(self) -> None:
        """Shut the socket down, which wakes whoever waits for headers or more of the body."""
        self.over = True
        try:
            if self.socket is not None:
                self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other side was quicker


_watch: ContextVar[Watch | None] = ContextVar("outbound_watch", default=None)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Within this block, tell `watch` the socket of each request."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


@contextmanager
def _cut_after(seconds: float) -> Iterator[Watch]:
    watch = Watch()
    timer = threading.Timer(seconds, watch.cut)
    timer.daemon = True
    timer.start()
    try:
        with watched(watch):
            yield watch
    finally:
        timer.cancel()


class _Guarded:
    """Mixin for urllib3 connections: our `open_socket` instead of theirs, and headers within the time."""

    allowed: tuple[str, ...] = ()

    def getresponse(self, *args: Any, **kwargs: Any) -> Any:
        """The status line and headers; a socket's timeout begins anew with each byte, so the watch holds them too."""
        watch = _watch.get()
        if watch is not None:
            watch.socket = getattr(self, "sock", None)  # the connection forgets it once it knows that it will be closed
        return super().getresponse(*args, **kwargs)  # type: ignore[misc]

    def _new_conn(self) -> socket.socket:
        connection: Any = self
        try:
            return open_socket(connection._dns_host, connection.port, connection.timeout, self.allowed)
        except TimeoutError as error:
            raise urllib3.exceptions.ConnectTimeoutError(connection, "connect timed out") from error
        except OSError as error:
            raise NewConnectionError(connection, str(error)) from error


class GuardAdapter(HTTPAdapter):
    """Requests transport whose connections are guarded."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = tuple(allowed)
        super().__init__(max_retries=0, pool_maxsize=8)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use pools whose connections carry this adapter's list of allowed hosts."""
        super().init_poolmanager(*args, **kwargs)
        plain = type("GuardedHTTP", (_Guarded, HTTPConnection), {"allowed": self._allowed})
        secure = type("GuardedHTTPS", (_Guarded, HTTPSConnection), {"allowed": self._allowed})
        pools: Any = {
            "http": partial(_pool, HTTPConnectionPool, plain),
            "https": partial(_pool, HTTPSConnectionPool, secure),
        }
        self.poolmanager.pool_classes_by_scheme = pools


def _pool(pool_class: type, connection_class: type, *args: Any, **kwargs: Any) -> Any:
    pool = pool_class(*args, **kwargs)
    pool.ConnectionCls = connection_class
    return pool


class _Session(requests.Session):
    """Knows of no redirects: `requests` reads the whole body of each, however endless, before it is asked to follow."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None, always; `fetch` follows by itself."""
        return None


_PLAIN = requests.Session()  # asked for what a Location header means, and for nothing else


def make_session(allowed_private_hosts: Iterable[str]) -> requests.Session:
    """A session that calls public hosts, and private ones on the list only; no proxies, no cookies kept."""
    session = _Session()
    session.trust_env = False
    session.headers["User-Agent"] = USER_AGENT
    adapter = GuardAdapter(allowed_private_hosts)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def fetch(
    session: requests.Session,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: bytes | None = None,
    read_seconds: float = READ_SECONDS,
    max_bytes: int = MAX_BYTES,
    follow: bool = False,
    login: Login | None = None,
) -> HttpResponse:
    """One request, never repeated. Raises OutboundError; every status code is an HttpResponse.

    `read_seconds` bounds both the silence between bytes and the whole answer. With `follow`, which is for requests
    without a body, each redirect is one more guarded request; what redirects say besides the address is not read.
    A `login` goes to its own origin alone, also after redirects.
    """
    started = time.monotonic()
    deadline = started + read_seconds
    for _ in range(MAX_REDIRECTS + 1):
        check_url(url)
        try:
            seconds_left = max(0.01, deadline - time.monotonic())
            sent_headers = {**(headers or {}), **(login.headers_for(url) if login else {})}
            with _request(session, method, url, sent_headers, data, seconds_left) as response:
                target = _target(response) if follow else None
                body = b"" if target else _read(response, deadline, max_bytes)
        except (BlockedAddress, requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise explain(error, urlsplit(url).hostname or "the host") from error
        if target is None:
            return HttpResponse(response.status_code, response.headers, body, response.url, time.monotonic() - started)
        url = target
    raise OutboundError("redirects", f"{urlsplit(url).hostname or 'The host'} redirects in a circle.")


def check_url(url: str) -> None:
    """Raise OutboundError unless this is a web address without a user name."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise OutboundError("blocked", "This is not an address that can be called.") from error
    if parts.scheme not in ("http", "https"):
        raise OutboundError("blocked", "Only http and https addresses can be called.")
    if parts.username is not None or parts.password is not None:
        raise OutboundError("blocked", "Addresses that hold a user name or password are not called.")


def _request(
    session: requests.Session,
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    data: bytes | None,
    seconds: float,
) -> requests.Response:
    with _cut_after(seconds) as watch:
        try:
            response = session.request(
                method,
                url,
                headers=headers,
                data=data,
                stream=True,
                allow_redirects=False,
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            if watch.over:
                raise requests.Timeout("the headers took too long") from error
            raise
        if watch.over:  # headers that were cut off look like whole ones
            response.close()
            raise requests.Timeout("the headers took too long")
        return response


def _target(response: requests.Response) -> str | None:
    location = _PLAIN.get_redirect_target(response)
    return urljoin(response.url, location) if location else None


def _read(response: requests.Response, deadline: float, max_bytes: int) -> bytes:
    parts, size = [], 0
    while part := response.raw.read1(64 * 1024, decode_content=True):  # what is there, without waiting for more
        size += len(part)
        if size > max_bytes:
            raise OutboundError("too_large", f"The answer is larger than {max_bytes // 1024} KB.")
        if time.monotonic() > deadline:
            raise OutboundError("timeout", "The answer took too long.")
        parts.append(part)
    return b"".join(parts)


def _chain(error: BaseException) -> list[BaseException]:
    causes: list[BaseException] = []
    todo: list[Any] = [error]
    while todo:
        item = todo.pop()
        if isinstance(item, BaseException) and item not in causes:
            causes.append(item)
            todo += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
    return causes


def explain(error: BaseException, host: str) -> OutboundError:
    """What went wrong on the way to `host`, in a sentence."""
    if isinstance(error, OutboundError):
        return error
    causes = _chain(error)

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if has(BlockedPort):
        return OutboundError("blocked", f"The address names a port of {host} that is not one of the web.")
    if has(BlockedAddress):
        return OutboundError("blocked", f"{host} leads to a private network address, which is not called.")
    if has(requests.exceptions.SSLError):
        return OutboundError("tls", f"The certificate of {host} cannot be trusted.")
    if has(socket.gaierror, UnicodeError):
        return OutboundError("dns", f"There is no host named {host}.")
    if has(ConnectionRefusedError):
        return OutboundError("refused", f"{host} refuses connections.")
    if has(requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
        return OutboundError("timeout", f"{host} did not answer in time.")
    if has(NewConnectionError):
        return OutboundError("refused", f"{host} cannot be reached.")
    return OutboundError("broken", f"{host} broke the connection off.")
