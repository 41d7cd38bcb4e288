"""Clients that send or read slowly, against the real web server with two threads: others do not wait for them."""

import http.client
import io
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from flask import Flask

from app.config import ROOT
from tests.conftest import Engines
from tests.factories.live import LiveApp

THREADS = 2
CLIENTS = 8
HEAD = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
SHORT_TIMES = """
from app.core.webserver import incoming
incoming.HEADER_SECONDS, incoming.BODY_SECONDS = 1.0, 1.5
exec(open({path!r}).read())
worker_connections = 40
"""


@pytest.fixture(scope="module")
def server(engines: Engines, _app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """Our gunicorn with few threads, few places and little patience."""
    live = LiveApp(engines)
    live.env |= {"WEB_THREADS": str(THREADS)}
    config = tmp_path_factory.mktemp("server") / "impatient.py"
    config.write_text(SHORT_TIMES.format(path=str(ROOT / "gunicorn.conf.py")))
    live.start_web(str(config))
    yield live
    live.stop()


@contextmanager
def clients(server: LiveApp, many: int, first_bytes: bytes) -> Iterator[list[socket.socket]]:
    """Connections that have sent `first_bytes` and are not done."""
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.socket()) for _ in range(many)]
        for client in opened:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(10)
            client.connect(("127.0.0.1", server.port))
            client.sendall(first_bytes)
        yield opened


def read_some(client: socket.socket, size: int) -> bytes:
    """Read at least `size` bytes, headers and all."""
    said = bytearray()
    while len(said) < size:
        said += client.recv(65536)
    return bytes(said)


def seconds_of_login(server: LiveApp) -> float:
    """How long a visitor waits for the page to sign in."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/login")
    answer = connection.getresponse()
    assert answer.status == 200
    answer.read()
    connection.close()
    return time.monotonic() - began


def seconds_until_cut(client: socket.socket, trickle: bytes) -> tuple[float, bytes]:
    """Send one byte each 0.1 s until the server has enough; after how long, and what it said."""
    began = time.monotonic()
    client.settimeout(0.1)
    said = b""
    while time.monotonic() - began < 10:
        try:
            client.sendall(trickle)
            data = client.recv(4096)
        except TimeoutError:
            continue
        except OSError:
            break
        said += data
        if not data:
            break
    return time.monotonic() - began, said


@pytest.mark.parametrize(
    "first_bytes",
    [
        b"",
        b"GET /log",
        HEAD,
        HEAD + FORM + b"Content-Length: 1000\r\n\r\nemail=a",
        HEAD + FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\nema",
    ],
    ids=["silence", "half a line", "half a header", "half a body", "half a chunk"],
)
def test_others_do_not_wait_for_clients_that_stop_in_the_middle(server: LiveApp, first_bytes: bytes) -> None:
    with clients(server, CLIENTS, first_bytes):
        assert max(seconds_of_login(server) for _ in range(3)) < 0.7


def test_others_do_not_wait_for_clients_that_do_not_read_their_answer(server: LiveApp) -> None:
    large = max((ROOT / "static" / "vendor").rglob("*.js"), key=lambda path: path.stat().st_size)
    get = f"GET /{large.relative_to(ROOT)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    with clients(server, CLIENTS, get * 100) as readers:
        assert max(seconds_of_login(server) for _ in range(3)) < 0.7
        first, *_others = readers
        assert read_some(first, large.stat().st_size * 3).count(b"HTTP/1.1 200 OK") >= 3  # it is all there


@pytest.mark.parametrize(
    ("first_bytes", "seconds"),
    [(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ", 1.0), (HEAD + FORM + b"Content-Length: 9000\r\n\r\n", 1.5)],
    ids=["header", "body"],
)
def test_a_trickle_is_cut_when_its_time_is_over_however_steady(
    server: LiveApp, first_bytes: bytes, seconds: float
) -> None:
    with clients(server, 1, first_bytes) as (client,):
        lasted, said = seconds_until_cut(client, b"a")
    assert seconds <= lasted < seconds + 3
    assert said.startswith(b"HTTP/1.1 408 ")


def test_more_unfinished_requests_than_places_keep_nobody_out(server: LiveApp) -> None:
    with clients(server, 60, HEAD):
        assert seconds_of_login(server) < 0.7


def test_a_large_upload_in_pieces_arrives_whole(server: LiveApp) -> None:
    body = os.urandom(6_000_000)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", "/login", io.BytesIO(body), {"Content-Length": str(len(body)), "Expect": "100-continue"})
    answer = connection.getresponse()
    assert answer.status == 400  # the form has no CSRF token: the application has read it
    answer.read()
    connection.request("GET", "/login")
    assert connection.getresponse().status == 200  # on the same connection
    connection.close()


def test_what_is_too_large_is_refused_in_words_before_it_is_sent(server: LiveApp) -> None:
    with clients(server, 1, HEAD + FORM + b"Content-Length: 99000000\r\n\r\n") as (client,):
        said = b"".join(iter(lambda: client.recv(65536), b""))
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"larger than 25 MB" in said


def test_requests_sent_in_one_go_are_answered_one_after_the_other(server: LiveApp) -> None:
    get = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    with clients(server, 1, (get + b"\r\n") * 2 + get + b"Connection: close\r\n\r\n") as (client,):
        said = b"".join(iter(lambda: client.recv(65536), b""))
    assert said.count(b"HTTP/1.1 200 OK") == 3


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000, 431),
        (HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 400),
    ],
    ids=["nonsense", "no host", "long headers", "two lengths"],
)
def test_what_is_no_request_is_refused(server: LiveApp, sent: bytes, status: int) -> None:
    with clients(server, 1, sent) as (client,):
        said = b"".join(iter(lambda: client.recv(65536), b""))
    assert said.startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize("size", [1, 100, 255])
def test_a_body_of_many_tiny_chunks_is_refused_and_keeps_nobody_waiting(server: LiveApp, size: int) -> None:
    chunk = b"%x\r\n%s\r\n" % (size, b"x" * size)
    with clients(server, CLIENTS, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 100) as flooding:
        for client in flooding:
            client.sendall(chunk * 401)
        assert max(seconds_of_login(server) for _ in range(3)) < 0.7
        assert all(client.recv(4096).startswith(b"HTTP/1.1 400 ") for client in flooding)


def test_a_body_in_chunks_of_common_size_arrives_whole_with_some_tiny_ones(server: LiveApp) -> None:
    sizes = [1] * 400 + [8192] * 200
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", "/login", (b"a" * size for size in sizes), encode_chunked=True)
    answer = connection.getresponse()
    assert answer.status == 400  # the form has no CSRF token: the application has read it
    assert b"<html" in answer.read()
    connection.close()
