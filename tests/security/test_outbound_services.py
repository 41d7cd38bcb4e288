"""The model, Stripe and the mail server: named by the operator, and no way into the network behind the app either."""

import json
import smtplib
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.billing.stripe_client import Gateway, gateway
from app.core import mail, own_hosts
from app.core.errors import DomainError, Unavailable
from app.core.extensions import db
from app.core.mail import OutgoingMail
from tests.factories.models import endpoint_at, error_at, recorded_waits
from tests.fakes.stripe_server import KEY, FakeStripe

Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], int]
METADATA = "http://169.254.169.254/latest/meta-data/iam/"
SECRET = "sk-marked-key-of-the-operator"


@pytest.fixture
def caught(serve: Serve) -> tuple[int, list[str]]:
    """A server of an attacker's: its port, and the Authorization header of whoever calls it."""
    seen: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(str(request.headers["Authorization"]))
        request.send_response(200)
        request.send_header("Content-Length", "2")
        request.end_headers()
        request.wfile.write(b"{}")

    return serve(answer), seen


def redirect(to: str, status: int) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.rfile.read(int(request.headers["Content-Length"] or 0))
        request.send_response(status)
        request.send_header("Location", to)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is connected to, besides loopback; nothing really is."""
    called: list[Any] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            called.append(address)
            raise ConnectionRefusedError
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return called


def resolve(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Every name leads to the next of these addresses; the names that were asked for."""
    asked: list[str] = []

    def lookup(host: str, port: int, *_: Any, **__: Any) -> Any:
        asked.append(host)
        address = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return asked


def ask(base_url: str, **options: Any) -> DomainError:
    """What is told when the model at this address is asked."""
    return error_at(endpoint_at(base_url, key=SECRET), **options)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_model_that_redirects_is_not_followed(serve: Serve, dialled: list[Any], status: int) -> None:
    port = serve(redirect(METADATA, status))
    error = ask(f"http://127.0.0.1:{port}/v1")
    assert error.code == "AI_REDIRECTED"
    assert dialled == []


@pytest.mark.parametrize("status", [302, 307])
def test_the_key_is_not_handed_on_by_a_redirect(serve: Serve, caught: tuple[int, list[str]], status: int) -> None:
    port = serve(redirect(f"http://127.0.0.1:{caught[0]}/v1/chat/completions", status))
    ask(f"http://127.0.0.1:{port}/v1")
    with pytest.raises(DomainError):
        Gateway(SECRET, f"http://127.0.0.1:{port}", (f"127.0.0.1:{port}",)).snapshot("cus_1")
    assert caught[1] == []


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "100.100.100.200"])
def test_a_public_name_of_a_model_never_leads_inside(
    monkeypatch: pytest.MonkeyPatch, dialled: list[Any], inner: str
) -> None:
    asked, waits = resolve(monkeypatch, inner), recorded_waits(monkeypatch)
    error = ask("https://models.example.com/v1", tries=3)
    assert error.code == "AI_BLOCKED"
    assert "ALLOWED_PRIVATE_HOSTS" in (error.cure or "")
    assert (dialled, len(asked), waits) == ([], 1, [])  # asked once: it would be the same again
    assert inner not in json.dumps(error.as_dict())


def test_a_name_that_changes_its_mind_between_tries_gains_nothing(
    monkeypatch: pytest.MonkeyPatch, dialled: list[Any]
) -> None:
    resolve(monkeypatch, "93.184.215.14", "169.254.169.254")
    recorded_waits(monkeypatch)
    error = ask("https://models.example.com/v1", tries=3)
    assert error.code == "AI_BLOCKED"
    assert dialled == [("93.184.215.14", 443)]


def test_a_listed_name_may_be_a_model_of_ones_own(monkeypatch: pytest.MonkeyPatch, dialled: list[Any]) -> None:
    resolve(monkeypatch, "10.0.0.7")
    error = ask("http://models.example.com:8000/v1", ALLOWED_PRIVATE_HOSTS=["models.example.com"])
    assert isinstance(error, Unavailable)
    assert dialled[0] == ("10.0.0.7", 8000)


def test_an_endless_answer_of_a_model_is_cut_off(serve: Serve) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b" " * 65536)

    error = ask(f"http://127.0.0.1:{serve(answer)}/v1", timeout=20)
    assert error.code == "AI_ANSWER_TOO_LONG"


def test_stripe_that_redirects_is_not_followed(serve: Serve, dialled: list[Any]) -> None:
    port = serve(redirect(METADATA, 302))
    with pytest.raises(DomainError) as told:
        Gateway(SECRET, f"http://127.0.0.1:{port}", (f"127.0.0.1:{port}",)).snapshot("cus_1")
    assert dialled == []
    assert SECRET not in json.dumps(told.value.as_dict())


def test_stripe_is_not_looked_for_in_our_own_network(monkeypatch: pytest.MonkeyPatch, dialled: list[Any]) -> None:
    """The name server says that api.stripe.com is here; and so it does of a public-looking base."""
    asked = resolve(monkeypatch, "127.0.0.1")
    for config in ({}, {"STRIPE_API_BASE": "https://stripe.example.com"}):
        with pytest.raises(Unavailable):
            gateway({"STRIPE_SECRET_KEY": SECRET, **config}).snapshot("cus_1")
    assert asked == ["api.stripe.com", "stripe.example.com"]
    assert dialled == []


def test_the_environments_proxies_get_neither_key(
    monkeypatch: pytest.MonkeyPatch, caught: tuple[int, list[str]]
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{caught[0]}")
    with FakeStripe() as stripe:
        config = {"STRIPE_SECRET_KEY": KEY, "STRIPE_API_BASE": stripe.url}
        assert gateway(config).snapshot("cus_1").packs == []
        ask(f"{stripe.url}/v1")
    assert caught[1] == []


@pytest.fixture
def mail_server(app: Flask) -> Iterator[None]:
    given = {"SMTP_HOST": "smtp.example.com", "SMTP_PORT": 587, "ALLOWED_PRIVATE_HOSTS": []}
    before = {name: app.config[name] for name in given}
    app.config.update(given)
    yield
    app.config.update(before)


@pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
def test_a_mail_server_with_a_public_name_is_not_inside(
    app: Flask, mail_server: None, monkeypatch: pytest.MonkeyPatch, dialled: list[Any], tls: str
) -> None:
    monkeypatch.setitem(app.config, "SMTP_TLS", tls)
    mail.queue_mail(intent="x", recipient="a@example.com", subject="S", body="B")
    db.session.commit()
    row = db.session.scalars(select(OutgoingMail)).one()
    resolve(monkeypatch, "169.254.169.254")
    assert mail.send(row.id) is False
    row = db.session.scalars(select(OutgoingMail)).one()
    assert (row.state, dialled) == ("queued", [])
    assert "ALLOWED_PRIVATE_HOSTS" in row.error


def test_a_mail_server_outside_is_called(
    app: Flask, mail_server: None, monkeypatch: pytest.MonkeyPatch, dialled: list[Any]
) -> None:
    resolve(monkeypatch, "93.184.215.14")
    with pytest.raises(ConnectionRefusedError):
        mail._Server("smtp.example.com", 587, timeout=2)
    assert dialled == [("93.184.215.14", 587)]
    assert issubclass(mail._SecureServer, smtplib.SMTP_SSL)


@pytest.mark.parametrize(
    ("host", "inner"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("10.1.2.3", True),
        ("localhost", True),
        ("ollama", True),
        ("llm.internal", True),
        ("Box.LAN", True),
        ("models.example.com", False),
        ("localhost.example.com", False),
        ("internal.example.com", False),
        ("127.0.0.1.nip.io", False),
        ("notinternal.com", False),
        ("", False),
    ],
)
def test_only_names_that_no_public_name_can_be_lead_inside(host: str, inner: bool) -> None:
    assert own_hosts.is_inner_name(host) is inner
    assert own_hosts.private_hosts_for(host, 80, ["x"]) == (("x", f"{host}:80") if inner else ("x",))


def test_an_address_allows_its_own_port_alone() -> None:
    assert own_hosts.private_hosts_for_url("http://127.0.0.1:11434/v1", []) == ("127.0.0.1:11434",)
    assert own_hosts.private_hosts_for_url("https://ollama/v1", ["a:1"]) == ("a:1", "ollama:443")
    assert own_hosts.private_hosts_for_url("http://[", ["a"]) == own_hosts.private_hosts_for_url("", ["a"]) == ("a",)
