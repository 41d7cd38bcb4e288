"""Host headers of an attacker: no page answers to them, and no address is made of them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.config import ConfigError, from_environment
from app.core import hosts
from app.core.extensions import db
from app.core.mail import OutgoingMail, decrypt
from app.identity.models import User
from app.sites import connection
from app.sites.models import Site
from tests.core.test_config import GOOD
from tests.factories.stripe import buy
from tests.fakes.stripe_server import FakeStripe

EVIL = (
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "localhost@evil.example",
    "127.0.0.1.evil.example",
    "localhost:x@evil.example",
    "localhost evil.example",
    "localhost#evil.example",
    "localhost/evil.example",
    "app.example.com.evil.example",
    "evil-app.example.com",
    "",
    ":80",
    "[::1].evil.example",
    "0x7f.1",
    "localhost.",
    "app.example.com:80:80",
    "app.example.com\t",
    "localhost\\evil.example",
    "app.example.com:",
)


@pytest.fixture
def named(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Served without PUBLIC_URL, under one more name."""
    monkeypatch.setitem(app.config, "TRUSTED_NAMES", frozenset({"app.example.com"}))
    return app


@pytest.mark.parametrize("host", EVIL)
def test_other_names_get_no_page(named: Flask, client: FlaskClient, host: str) -> None:
    for path in ("/login", "/signup", "/static/css/igny8.css", "/integrations/wordpress/events/", "/api/v1/me/"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("host", ["app.example.com", "APP.example.com:8443", "localhost", "127.0.0.1:8000", "[::1]:80"])
def test_our_own_names_do(named: Flask, client: FlaskClient, host: str) -> None:
    assert client.get("/login", headers={"Host": host}).status_code == 200


def test_the_refusal_says_what_to_do_to_people_and_machines(named: Flask, client: FlaskClient) -> None:
    page = client.get("/login", headers={"Host": "evil.example"})
    assert "does not answer to the name" in page.text
    assert "TRUSTED_HOSTS" in page.text
    api = client.get("/api/v1/me/", headers={"Host": "evil.example"})
    assert (api.status_code, api.json["error"]["code"]) == (400, "HOST_UNKNOWN")


def test_a_watcher_may_use_any_name(named: Flask, client: FlaskClient) -> None:
    answer = client.get("/healthz", headers={"Host": "10.1.2.3:8000"})
    assert answer.status_code in (200, 503)
    assert "10.1.2.3" not in answer.text


def test_a_signed_in_person_is_refused_too_and_changes_nothing(
    named: Flask, owner: User, owner_client: FlaskClient
) -> None:
    answer = owner_client.post("/account/security/sessions/end/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert owner_client.get("/sites/").status_code == 200


def test_mailed_links_lead_to_the_public_address_alone(
    named: Flask, client: FlaskClient, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(named.config, "PUBLIC_URL", "https://app.example.com")
    lies = {"X-Forwarded-Host": "evil.example", "X-Host": "evil.example", "Forwarded": "host=evil.example"}
    for host, code in (("evil.example", 400), ("localhost", 303), ("app.example.com", 303)):
        answer = client.post("/password/forgot/", data={"email": owner.email}, headers={**lies, "Host": host})
        assert answer.status_code == code
    letters = [decrypt(row.body) + decrypt(row.html) for row in db.session.scalars(select(OutgoingMail))]
    assert len(letters) == 2
    for letter in letters:
        assert "https://app.example.com/password/reset/" in letter
        assert "evil" not in letter
        assert "http://localhost" not in letter


def test_without_a_public_address_no_link_is_made_of_a_header(
    named: Flask, client: FlaskClient, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(named.config, "PUBLIC_URL", "")
    client.post("/password/forgot/", data={"email": owner.email}, headers={"Host": "app.example.com:1234"})
    letter = db.session.scalars(select(OutgoingMail)).one()
    assert "1234" not in decrypt(letter.body)


def test_the_connection_key_is_not_made_for_another_host(
    named: Flask, owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(named.config, "PUBLIC_URL", "")
    link = connection.make_key(site)
    db.session.commit()
    page = f"/sites/{site.id}/settings/?tab=wordpress"
    assert connection.connection_key(link, "http://localhost") in owner_client.get(page).text
    assert owner_client.get(page, headers={"Host": "evil.example"}).status_code == 400
    monkeypatch.setitem(named.config, "PUBLIC_URL", "https://app.example.com")
    assert connection.connection_key(link, "https://app.example.com") in owner_client.get(page).text


def test_stripe_leads_back_to_us_alone(
    named: Flask, owner_client: FlaskClient, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(named.config, "PUBLIC_URL", "")
    answer = owner_client.post("/account/billing/plan/", data={"plan": "starter"}, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert stripe.state.sessions == {}
    buy(owner_client, stripe, "starter")
    (session,) = stripe.state.sessions.values()
    assert session["success_url"].startswith("http://localhost/account/billing/")


def test_names_come_from_the_settings() -> None:
    given = {"PUBLIC_URL": "https://App.example.com:8443/", "TRUSTED_HOSTS": "one.example, TWO.example"}
    assert from_environment(GOOD | given)["TRUSTED_NAMES"] == {"app.example.com", "one.example", "two.example"}
    assert from_environment(GOOD)["TRUSTED_NAMES"] == frozenset()
    for bad in (
        {"TRUSTED_HOSTS": "*.example.com"},
        {"TRUSTED_HOSTS": "https://a.example"},
        {"PUBLIC_URL": "app"},
        {"TRUSTED_HOSTS": "a.example:80"},
    ):
        with pytest.raises(ConfigError):
            from_environment(GOOD | bad)
    assert hosts.host_name("[::1]:80") == "[::1]"
