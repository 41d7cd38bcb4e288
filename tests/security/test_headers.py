"""Headers of every kind of answer, CSRF on every route that changes, caches, frames, methods by the back door."""

import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.sites.models import Site
from tests.factories.pictures import add_images
from tests.factories.things import make_content
from tests.factories.world import routes

OF_RULES = {"run_id": str(uuid.UUID(int=1)), "action": "draft", "decision": "accept"}  # what is no number in addresses
SIGNED = ("integrations.", "inbound.", "stripe.", "api.")
BY_A_KEY = ("stop_daily_mail",)  # mail programs send the key of the mail, and no cookie


def hardened(answer: object) -> None:
    headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy or "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self';" in policy or "default-src 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_every_kind_of_answer_is_hardened(
    app: Flask, client: FlaskClient, owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = make_content(site)
    image = add_images(content, 1)[0]
    kinds = {
        "/login": 200,
        "/static/css/igny8.css": 200,
        "/no/such": 404,
        "/dashboard/": 200,
        "/healthz": None,
        f"/content/{content.id}/images/{image.id}/file/": 200,
        "/account/audit/export.csv": 200,
        "/sites/": 200,
        "/content/99999999999999999999/edit/": 404,
        "/api/v1/me/": 401,
        "/": 302,
        f"/content/{content.id}/edit/": 200,
    }
    for path, status in kinds.items():
        answer = owner_client.get(path) if path != "/login" else client.get(path)
        assert status in (None, answer.status_code), path
        hardened(answer)
    hardened(owner_client.delete("/login"))  # 405
    hardened(client.get("/sites/"))  # 303 to sign in
    hardened(client.get("/runs/menu/", headers={"HX-Request": "true"}))  # 401
    hardened(client.post("/integrations/1/events/", data=b"x" * 10))  # signed by nobody

    def broken() -> str:
        raise RuntimeError

    monkeypatch.setitem(app.view_functions, "runs.menu", broken)
    hardened(owner_client.get("/runs/menu/"))


def test_private_answers_are_kept_by_no_cache(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    image = add_images(content, 1)[0]
    for path in ("/dashboard/", "/sites/", "/account/audit/export.csv", "/api/v1/me/", "/no/such"):
        assert owner_client.get(path).headers["Cache-Control"] == "no-store", path
    assert "private" in owner_client.get(f"/content/{content.id}/images/{image.id}/file/").headers["Cache-Control"]


def test_hsts_is_told_over_https_alone(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/login").headers
    secure = client.get("/login", base_url="https://localhost")
    assert secure.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "; Secure" in secure.headers["Set-Cookie"]


def test_every_change_needs_a_csrf_token(
    app: Flask, owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From another site: the browser sends the cookies along, and nothing is done."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    tried = 0
    for rule, method in routes(app):
        if method in ("GET", "HEAD") or rule.endpoint.startswith(SIGNED) or rule.endpoint.endswith(BY_A_KEY):
            continue
        path = rule.build({name: OF_RULES.get(name, site.id) for name in rule.arguments})
        assert path is not None
        for fields in ({}, {"csrf_token": "guessed"}, {"csrf_token": ["", "x"]}):
            answer = owner_client.open(path[1], method=method, data=fields)
            assert answer.status_code == 400, (rule.endpoint, answer.status_code)
            assert "too old to be sent" in answer.text
        tried += 1
    assert tried > 60


def test_reading_changes_nothing_whatever_method_is_asked_for(app: Flask, owner_client: FlaskClient) -> None:
    override = {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "DELETE"}
    assert owner_client.get("/logout?_method=POST", headers=override).status_code == 405
    assert owner_client.get("/sites/").status_code == 200
    assert owner_client.open("/sites/", method="TRACE").status_code == 405
