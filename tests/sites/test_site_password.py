"""Sites whose server asks everybody for a user name and a password."""

import base64
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.core import http
from app.core.errors import DomainError
from app.core.extensions import db
from app.mirror.models import RemoteState
from app.publishing.verification import comparing
from app.publishing.verification import services as verification
from app.sites import connection
from app.sites.models import Site
from app.sites.wordpress import visit_page
from app.sites.wordpress_errors import WordPressError
from tests.factories.blog import Blog
from tests.factories.pictures import add_images
from tests.factories.things import make_content
from tests.publishing.test_publish import publish

# What Apache does with AuthType Basic; PHP is given both, as there.
GATE = """<?php
if ('http' === substr(PHP_SAPI, 0, 4) || 'cli-server' === PHP_SAPI) {
    $given = ($_SERVER['PHP_AUTH_USER'] ?? '') . ':' . ($_SERVER['PHP_AUTH_PW'] ?? '');
    if ('stage:o pen, ü' !== $given) {
        header('WWW-Authenticate: Basic realm="Staging"'); http_response_code(401); echo 'Authorization required'; exit;
    }
}
add_filter('wp_is_application_passwords_available', '__return_true');
"""
WORD = "o pen, ü"


@pytest.fixture
def gate(site: Site, blog: Blog) -> Iterator[Site]:
    """The site, paired with a WordPress that asks for a password before all else."""
    blog.pair(site)
    path = blog.wordpress.mu_plugins / "0-gate.php"
    path.write_text(GATE)
    # With one application password in use, WordPress takes Basic credentials for another.
    blog.wordpress.run_php("<?php update_network_option(null, 'using_application_passwords', 1);")
    yield site
    path.unlink()


def check(site: Site) -> str:
    try:
        connection.check_connection(site.account_id, site.id)
    except WordPressError as error:
        return error.code
    return "connected"


def test_a_site_behind_a_password_is_named_and_reached_with_it(gate: Site) -> None:
    assert check(gate) == "SITE_PASSWORD"
    connection.set_login(gate, "stage", "wrong")
    assert check(gate) == "SITE_PASSWORD_WRONG"
    connection.set_login(gate, "stage", WORD)
    assert check(gate) == "connected"
    link = gate.connection
    assert link is not None
    assert link.transport == 1


def test_it_is_published_to_and_looked_at_with_the_password(gate: Site) -> None:
    connection.set_login(gate, "stage", WORD)
    content = make_content(gate)
    add_images(content, 1)
    run = publish(content)
    assert (run.state, run.data["verdict"]) == ("succeeded", "verified"), run.error
    assert "user name and password, which visitors need too" in (run.message or "")
    assert db.session.scalars(select(RemoteState.issues)).one() == []


@pytest.mark.parametrize("is_asked", [True, False])
def test_the_password_is_used_and_spoken_of_only_where_the_server_asks(
    app: Flask, monkeypatch: pytest.MonkeyPatch, is_asked: bool
) -> None:
    login = http.Login("https://blog.example", "ann", "pw")
    sent: list[http.Login | None] = []

    def answer(url: str, _hosts: list[str], login: http.Login | None = None) -> http.HttpResponse:
        sent.append(login)
        return http.HttpResponse(401 if is_asked and login is None else 200, {}, b"", url, 0.1)

    def checked(result: dict[str, str], visit: Callable[[str], http.HttpResponse]) -> comparing.Verdict:
        assert visit(result["permalink"]).status == 200
        return comparing.Verdict("verified", [])

    monkeypatch.setattr(verification.wordpress, "visit_page", answer)
    monkeypatch.setattr(comparing, "check_page", checked)
    verdict = verification.check_as_visitor({"permalink": "https://blog.example/a/"}, login)
    assert (sent, len(verdict.notes)) == (([None, login], 1) if is_asked else ([None], 0))


def test_the_password_is_stored_encrypted_and_never_shown(site: Site, owner_client: FlaskClient) -> None:
    form = {"user": "stage", "password": "sesame-4711"}
    path = f"/sites/{site.id}/password/"
    assert owner_client.post(path, data=form).status_code == 303
    page = owner_client.get(f"/sites/{site.id}/settings/?tab=wordpress").text
    assert 'value="stage"' in page
    assert "sesame-4711" not in page
    stored = db.session.execute(text("select password_secret, password_origin from sites")).one()
    assert "sesame" not in stored[0]
    assert stored[1] == site.url
    login = connection.login_of(db.session.get_one(Site, site.id))
    assert login is not None
    assert login.password == "sesame-4711"
    assert "sesame" not in repr(login)
    owner_client.post(path, data={"user": "other", "password": ""})
    assert connection.login_of(db.session.get_one(Site, site.id)) == http.Login(stored[1], "other", "sesame-4711")
    assert owner_client.get("/account/audit/").text.count("Site password changed") == 2
    owner_client.post(path, data={"remove": "1"})
    assert connection.login_of(db.session.get_one(Site, site.id)) is None


@pytest.mark.parametrize(
    ("user", "password"), [("", "x"), ("a:b", "x"), ("stage", ""), ("u" * 201, "x"), ("u", "x" * 201)]
)
def test_what_no_server_takes_is_refused(site: Site, user: str, password: str) -> None:
    with pytest.raises(DomainError):
        connection.set_login(site, user, password)


def test_a_stored_password_does_not_follow_to_another_address(site: Site) -> None:
    connection.set_login(site, "stage", "secret")
    site.url = "https://elsewhere.example"
    login = connection.login_of(site)
    assert login is not None
    assert not login.is_for(site.url)
    with pytest.raises(DomainError):
        connection.set_login(site, "stage", "")


@pytest.mark.parametrize(
    ("url", "given"),
    [
        ("https://a.example/x", True),
        ("https://a.example:443/x?y", True),
        ("https://A.example/", True),
        ("http://a.example/x", False),
        ("https://a.example:8443/", False),
        ("https://b.a.example/", False),
        ("https://a.example.evil/", False),
        ("https://www.a.example/", False),
    ],
)
def test_it_is_given_to_its_own_host_alone(url: str, given: bool) -> None:
    login = http.Login("https://a.example", "ann", "pw")
    assert bool(login.headers_for(url)) == given
    upgraded = http.Login("http://a.example", "ann", "pw")
    assert upgraded.is_for("https://a.example/x")
    assert not upgraded.is_for("https://a.example:8443/x")


@pytest.fixture
def seen() -> Iterator[tuple[list[tuple[str, str]], list[int]]]:
    """Two servers: the first redirects to the second; what each was told as Authorization."""
    told: list[tuple[str, str]] = []
    ports: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            first = self.server.server_address[1] == ports[0]
            told.append(("first" if first else "second", self.headers.get("Authorization", "")))
            self.send_response(302 if first else 200)
            self.send_header("Location", f"http://127.0.0.1:{ports[1]}/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
    ports.extend(server.server_address[1] for server in servers)
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield told, ports
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_redirect_to_another_host_does_not_take_it_along(seen: tuple[list[tuple[str, str]], list[int]]) -> None:
    told, ports = seen
    login = http.Login(f"http://127.0.0.1:{ports[0]}", "ann", "pw")
    assert visit_page(f"{login.origin}/", ["127.0.0.1"], login=login).status == 200
    assert told == [("first", "Basic " + base64.b64encode(b"ann:pw").decode()), ("second", "")]
