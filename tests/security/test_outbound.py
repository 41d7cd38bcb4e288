"""Making the app call what only it can reach: metadata services, its own Redis, the network behind it."""

import gzip
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.config import ROOT
from app.core import http, outbound_sockets
from app.sites.models import Site
from app.sites.wordpress import visit_page
from app.sites.wordpress_errors import WordPressError

Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], int]


def refused(url: str, allowed: tuple[str, ...] = (), **options: Any) -> str:
    with http.make_session(allowed) as session, pytest.raises(http.OutboundError) as caught:
        http.fetch(session, "GET", url, **options)
    return caught.value.kind


def redirect(to: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", to)
        request.end_headers()

    return answer


@pytest.mark.parametrize(
    "url",
    [
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://0x7f.0.0.1/",
        "http://2852039166/",
        "http://0251.0376.0251.0376/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[::127.0.0.1]/",
        "http://[::]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:a9fe:a9fe::]/",
        "http://[2001:0:a9fe:a9fe::1]/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
        "http://[::1%25lo]/",
        "http://100.100.100.200/",
        "http://127.0.0.1.:80/",
        "http://①②⑦.⓪.⓪.①/",
    ],
)
def test_an_inner_address_is_refused_in_every_spelling(url: str) -> None:
    assert refused(url) in ("blocked", "dns")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "ftp://example.com/",
        "dict://127.0.0.1:11211/stat",
        "http:/\\127.0.0.1/",
        "//127.0.0.1/",
        "javascript:alert(1)",
        "http://[",
        "jar:http://example.com!/",
    ],
)
def test_other_schemes_and_broken_addresses_are_refused(url: str) -> None:
    assert refused(url, ("127.0.0.1",)) in ("blocked", "broken", "dns")


@pytest.mark.parametrize("url", ["http://a:b@example.com/", "http://example.com@127.0.0.1/", "http://@127.0.0.1/"])
def test_addresses_with_a_user_name_are_refused(url: str) -> None:
    assert refused(url, ("127.0.0.1", "example.com")) == "blocked"


@pytest.mark.parametrize("port", [1, 22, 25, 53, 110, 445, 587, 3306, 5432, 6379, 9200, 11211, 27017])
def test_only_ports_of_the_web_are_called(port: int) -> None:
    assert refused(f"http://93.184.215.14:{port}/") == "blocked"
    assert not outbound_sockets.is_web_port(port)


@pytest.mark.parametrize("port", [80, 443, 8080, 8443, 8000, 10443])
def test_websites_on_their_usual_ports_are(port: int) -> None:
    assert outbound_sockets.is_web_port(port)


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost:1/",
        "file:///etc/passwd",
        "http://[::1]/",
        "gopher://127.0.0.1/",
        "//169.254.169.254/",
        "http://u:p@127.0.0.1/",
        "http://2130706433:6379/",
    ],
)
def test_a_redirect_leads_to_no_inner_address(serve: Serve, target: str) -> None:
    port = serve(redirect(target))
    assert refused(f"http://127.0.0.1:{port}/", (f"127.0.0.1:{port}",), follow=True) == "blocked"


def test_a_visit_of_a_permalink_is_guarded_too(serve: Serve) -> None:
    port = serve(redirect("http://169.254.169.254/latest/"))
    with pytest.raises(WordPressError):
        visit_page(f"http://127.0.0.1:{port}/", [f"127.0.0.1:{port}"])
    with pytest.raises(WordPressError):
        visit_page(f"http://127.0.0.1:{port}/", [])


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """A name server that says something else each time; the list of what it was asked."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def lookup(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host != "rebind.example":
            return real(host, port, *args, **kwargs)
        asked.append(host)
        address = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return asked


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("127.0.0.1", "10.1.2.3", "169.254.169.254"):
        resolving(monkeypatch, address)
        assert refused("http://rebind.example/") == "blocked"


def test_a_name_is_looked_up_once_and_what_was_looked_at_is_what_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """First a public address, then an inner one: the second answer is never asked for."""
    asked = resolving(monkeypatch, "93.184.215.14", "127.0.0.1")
    called: list[Any] = []

    def connect(_self: socket.socket, address: Any) -> None:
        called.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    assert refused("http://rebind.example/") == "refused"
    assert (called, len(asked)) == (["93.184.215.14"], 1)


def test_a_redirect_to_a_name_that_has_changed_its_mind_is_refused(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, "10.0.0.5")
    port = serve(redirect("http://rebind.example/"))
    assert refused(f"http://127.0.0.1:{port}/", ("127.0.0.1",), follow=True) == "blocked"


def test_a_redirect_with_an_endless_body_holds_nobody(serve: Serve) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/end":
            request.send_response(200)
            request.end_headers()
            request.wfile.write(b"done")
            return
        request.send_response(302)
        request.send_header("Location", "/end")
        request.end_headers()
        while True:
            request.wfile.write(b"x" * 65536)

    port = serve(answer)
    with http.make_session(["127.0.0.1"]) as session:
        got = http.fetch(session, "GET", f"http://127.0.0.1:{port}/", follow=True, read_seconds=5)
    assert (got.status, got.body, got.seconds < 4) == (200, b"done", True)


def test_headers_that_trickle_are_cut_off(serve: Serve) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(200):
            request.wfile.write(b"X-%d: y\r\n" % number)
            request.wfile.flush()
            time.sleep(0.1)

    port = serve(answer)
    started = time.monotonic()
    assert refused(f"http://127.0.0.1:{port}/", ("127.0.0.1",), read_seconds=0.7) == "timeout"
    assert time.monotonic() - started < 5  # the whole of it lasts 20 s


def test_a_zip_bomb_is_cut_off_while_it_unpacks(serve: Serve) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Encoding", "gzip")
        request.end_headers()
        request.wfile.write(bomb)

    port = serve(answer)
    assert refused(f"http://127.0.0.1:{port}/", ("127.0.0.1",), max_bytes=1_000_000) == "too_large"


def test_environment_proxies_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert refused("http://10.0.0.1/") == "blocked"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://user:pw@example.com", "gopher://x/", "http://a b/"])
def test_a_site_at_such_an_address_cannot_be_kept(owner_client: FlaskClient, site: Site, url: str) -> None:
    data = {"name": "Mine", "url": url, "time_zone": "UTC"}
    assert owner_client.post(f"/sites/{site.id}/settings/", data=data).status_code == 422


def test_nothing_else_in_the_app_opens_connections() -> None:
    """The model's SDK and Stripe's get a way out that is the guard; mail opens its socket by the guard too."""
    ways = {"app/ai/client/transport.py": "httpx", "app/core/mail.py": "smtplib.SMTP"}
    calls = (
        "requests.get(",
        "requests.post(",
        "requests.request(",
        "requests.Session(",
        "requests.Session)",
        "urlopen(",
        "httpx",
        "http.client",
        "aiohttp",
        "urllib3.PoolManager",
        "RequestsClient",
        "HTTPXClient",
        "smtplib.SMTP",
        "create_connection",
        ".connect((",
        "HTTPTransport",
    )
    for path in [*(ROOT / "app").rglob("*.py"), *(ROOT / "jobs").rglob("*.py")]:
        name, text = str(path.relative_to(ROOT)), path.read_text()
        if name == "app/core/http.py" or name.startswith("app/devstack"):
            continue
        for call in calls:
            if ways.get(name) != call:
                assert call not in text, f"{name} calls out by {call}"
