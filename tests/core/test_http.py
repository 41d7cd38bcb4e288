"""The outbound client is guarded, bounded and says what went wrong."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.core import http


class Handler(BaseHTTPRequestHandler):
    """Answers by path."""

    def do_GET(self) -> None:
        """Redirect, trickle, flood or greet."""
        if self.path == "/to-private":
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_address[1]}/")
            self.end_headers()
            return
        if self.path == "/circle":
            self.send_response(302)
            self.send_header("Location", "/circle")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        try:
            if self.path == "/flood":
                for _ in range(400):
                    self.wfile.write(b"x" * 65536)
            elif self.path == "/trickle":
                for _ in range(100):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    threading.Event().wait(0.05)
            else:
                self.wfile.write(b"hello")
        except OSError:
            pass

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@contextmanager
def serving() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def kind_of(url: str, allowed: tuple[str, ...] = (), **options: object) -> str:
    with http.make_session(allowed) as session, pytest.raises(http.OutboundError) as caught:
        http.fetch(session, "GET", url, **options)
    assert caught.value.message.endswith(".")
    return caught.value.kind


def test_loopback_is_blocked_unless_allowed() -> None:
    with serving() as base:
        assert kind_of(base) == "blocked"
        with http.make_session(["127.0.0.1"]) as session:
            answer = http.fetch(session, "GET", base)
        assert (answer.status, answer.text) == (200, "hello")


def test_allowing_one_port_does_not_allow_another() -> None:
    with serving() as base:
        port = int(base.rsplit(":", 1)[1])
        assert kind_of(base, (f"127.0.0.1:{port + 1}",)) == "blocked"
        with http.make_session([f"127.0.0.1:{port}"]) as session:
            assert http.fetch(session, "GET", base).status == 200


def test_a_redirect_to_a_host_that_is_not_allowed_is_blocked() -> None:
    with serving() as base:
        assert kind_of(f"{base}/to-private", ("127.0.0.1",), follow=True) == "blocked"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/", "http://192.168.1.1/", "http://0.0.0.0/", "http://2130706433/", "http://0x7f000001/",
    ],
)  # fmt: skip
def test_private_addresses_are_blocked_however_written(url: str) -> None:
    assert kind_of(url) == "blocked"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("100.64.0.1", False), ("fe80::1", False),
        ("fc00::1", False), ("224.0.0.1", False), ("2002:7f00:1::", False), ("::ffff:10.0.0.1", False),
    ],
)  # fmt: skip
def test_public_addresses(address: str, public: bool) -> None:
    assert http.is_public(address) is public


def test_other_schemes_are_refused() -> None:
    assert kind_of("file:///etc/passwd") == "blocked"


def test_a_circle_of_redirects_ends() -> None:
    with serving() as base:
        assert kind_of(f"{base}/circle", ("127.0.0.1",), follow=True) == "redirects"


def test_a_flood_is_cut_off() -> None:
    with serving() as base:
        assert kind_of(f"{base}/flood", ("127.0.0.1",), max_bytes=100_000) == "too_large"


def test_a_trickle_does_not_hold_us_for_ever() -> None:
    with serving() as base:
        started = time.monotonic()
        assert kind_of(f"{base}/trickle", ("127.0.0.1",), read_seconds=0.5) == "timeout"
        assert time.monotonic() - started < 3  # the whole trickle lasts 5 s


def test_a_host_that_says_nothing_times_out() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert kind_of(url, ("127.0.0.1",), read_seconds=0.3) == "timeout"


def test_a_closed_port_is_named_so() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert kind_of(f"http://127.0.0.1:{port}/", ("127.0.0.1",)) == "refused"


def test_an_unknown_host_is_named_so() -> None:
    assert kind_of("http://no-such-host.invalid/") == "dns"
