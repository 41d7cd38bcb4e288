"""Headers of every answer, and templates that a strict content policy allows."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.config import ROOT
from app.sites.models import Site

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_pages_carry_a_strict_policy_and_an_id(client: FlaskClient) -> None:
    answer = client.get("/login")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_given_request_id_is_kept_and_a_hostile_one_is_not(client: FlaskClient) -> None:
    kept = client.get("/login", headers={"X-Request-Id": "abc-12345678"})
    assert kept.headers["X-Request-Id"] == "abc-12345678"
    hostile = client.get("/login", headers={"X-Request-Id": "<script>alert(1)</script>"})
    assert "<" not in hostile.headers["X-Request-Id"]


def test_error_pages_are_friendly_and_show_the_id(client: FlaskClient, owner_client: FlaskClient) -> None:
    for browser in (client, owner_client):
        answer = browser.get("/no/such/page")
        assert answer.status_code == 404
        assert answer.headers["X-Request-Id"] in answer.text
    assert client.delete("/login").status_code == 405
    assert owner_client.get("/content/99999999999999999999/edit/").status_code == 404


def test_cookies_are_not_for_scripts(client: FlaskClient) -> None:
    cookie = client.get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_html_in_names_is_escaped(owner_client: FlaskClient, site: Site) -> None:
    data = {"name": "<img src=x onerror=alert(1)>", "url": site.url, "time_zone": "UTC"}
    owner_client.post(f"/sites/{site.id}/settings/", data=data)
    for path in ("/sites/", "/dashboard/", f"/sites/{site.id}/settings/"):
        page = owner_client.get(path).text
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_holds_inline_code_or_style(path: object) -> None:
    source = path.read_text()
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)
    assert not re.search(r"<script(?![^>]*(?:\bsrc=|application/json))", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"""\sstyle=["']""", text)
    assert not re.search(r"\son(?:click|change|submit|load|error|input|toggle|focus|blur)=", text)
    assert not re.search(r"\son(?:key|mouse|pointer)\w+=", text)
    assert not re.search(r"\shx-on", text)
    assert "|safe" not in source.replace(" ", "")


def test_a_fault_names_its_number_in_a_toast_and_on_the_page(
    app: Flask, owner_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise RuntimeError("a fault of ours")

    monkeypatch.setitem(app.view_functions, "runs.menu", broken)
    for headers in ({}, {"HX-Request": "true"}):
        answer = owner_client.get("/runs/menu/", headers=headers)
        assert answer.status_code == 500
        assert answer.headers["X-Request-Id"] in answer.text + answer.headers.get("HX-Trigger", "")


def test_static_files_are_kept_for_long_under_addresses_that_change(client: FlaskClient) -> None:
    page = client.get("/login").text
    found = re.search(r'href="(/static/css/igny8\.css\?v=[0-9a-f]+)"', page)
    assert found
    kept = client.get(found[1])
    assert kept.status_code == 200
    assert "max-age=31536000" in kept.headers["Cache-Control"]
    assert "max-age" not in client.get("/static/css/igny8.css").headers.get("Cache-Control", "")
    assert client.get("/static/../wsgi.py").status_code == 404
