"""Answers are sent compressed, and nothing secret repeats in them."""

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.csrf import mask, unmask
from app.sites.models import Site

ASKED = {"Accept-Encoding": "gzip, br"}


def test_pages_are_compressed_for_who_asks(owner_client: FlaskClient, site: Site) -> None:
    answer = owner_client.get("/content/", headers=ASKED)
    assert answer.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert "HX-Request" in answer.headers["Vary"]
    page = brotli.decompress(answer.data).decode()
    assert page.rstrip().endswith("</html>")
    assert len(answer.data) < len(page) / 3
    plain = owner_client.get("/content/")
    assert "Content-Encoding" not in plain.headers
    assert plain.text.startswith("<!doctype html>")


def test_scripts_and_style_sheets_are_compressed_for_who_asks(client: FlaskClient) -> None:
    plain = client.get("/static/js/tables.js")
    assert "Content-Encoding" not in plain.headers
    for path in ("/static/js/tables.js", "/static/css/tables.css"):
        first, again = (client.get(path, headers=ASKED) for _ in range(2))
        assert first.headers["Content-Encoding"] == again.headers["Content-Encoding"] == "br"
        assert first.data == again.data
        assert int(first.headers["Content-Length"]) == len(first.data)
        assert brotli.decompress(first.data) == client.get(path).data
        assert "Accept-Encoding" in first.headers["Vary"]
        assert "Accept-Ranges" not in first.headers
        for headers in (ASKED, {}):
            same = client.get(path, headers={**headers, "If-None-Match": first.headers["ETag"]})
            assert same.status_code == 304
            assert not same.data


def test_other_files_and_parts_of_files_go_as_they_are(client: FlaskClient) -> None:
    assert "Content-Encoding" not in client.get("/static/img/icons.txt", headers=ASKED).headers
    part = client.get("/static/js/tables.js", headers={**ASKED, "Range": "bytes=0-9"})
    assert part.status_code == 206
    assert "Content-Encoding" not in part.headers
    assert part.data == client.get("/static/js/tables.js").data[:10]
    head = client.head("/static/js/tables.js", headers=ASKED)
    assert head.headers["Content-Encoding"] == "br"
    assert not head.data


def token_of(page: str) -> str:
    return page.split('name="csrf-token" content="', 1)[1].split('"', 1)[0]


def test_a_token_is_written_otherwise_on_each_page_and_serves_all_the_same(
    app: Flask, owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (token_of(owner_client.get("/content/").text) for _ in range(2))
    assert first[:20] != second[:20]
    assert unmask(first).split(".")[0] == unmask(second).split(".")[0]
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    path = "/content/assign-cluster/"
    for sent in ({"data": {"csrf_token": first}}, {"headers": {"X-CSRFToken": second}}):
        assert "No cluster is chosen" in owner_client.post(path, **sent).text
    assert "too old to be sent" in owner_client.post(path, data={"csrf_token": unmask(first) + "x"}).text


@pytest.mark.parametrize("text", ["", "a", "ImFiYyI.aBc-_.x", "é", "====", "A" * 7, "dG9rZW4tdG9rZW4"])
def test_what_is_no_masked_token_is_no_token(text: str) -> None:
    assert unmask(text) != "token"


def test_a_token_comes_out_as_it_went_in() -> None:
    assert unmask(mask("ImFiYyI.aBc-_.x")) == "ImFiYyI.aBc-_.x"
