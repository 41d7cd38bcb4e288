"""The outbound client is guarded, bounded and says what went wrong."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.core import http, outbound_sockets


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
                for _ in range(800):
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
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://0x7f000001/",
    ],
)
def test_private_addresses_are_blocked_however_written(url: str) -> None:
    assert kind_of(url) == "blocked"


PUBLIC = (
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "198.17.0.1",
    "198.20.0.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2001:200::1",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
)
# By range of the IANA registries of special-purpose addresses: an address of each, first and last where it matters.
NOT_PUBLIC = (
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::8.8.8.8",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:100.64.0.1",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::7f00:1",
    "100::1",
    "100:0:0:1::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2002:808:808::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ff0e::1",
)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_called(address: str) -> None:
    assert outbound_sockets.is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_of_special_ranges_are_not(address: str) -> None:
    assert not outbound_sockets.is_public(address)


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
        assert time.monotonic() - started < 30  # the whole trickle lasts 40 s


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
