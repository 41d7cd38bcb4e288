"""Texts in the editor that are very long, deeply nested, or hold what a database refuses."""

import time

import pytest
from flask.testing import FlaskClient

from app.content.models import Content
from app.content.services import MAX_HTML
from app.core.extensions import db
from app.sites.models import Site
from tests.factories.things import make_content


@pytest.fixture
def content(site: Site) -> Content:
    return make_content(site)


def save(client: FlaskClient, content: Content, text: str) -> int:
    data = {"title": content.title, "content": text, "version": content.version}
    return client.post(f"/content/{content.id}/edit/", data=data).status_code


def stored(content: Content) -> str:
    db.session.expire_all()
    return db.session.get_one(Content, content.id).content_html


@pytest.mark.parametrize(
    "unit", ["<p>word</p>\n", "<div>", "<!-- wp:a {", "<p><b>", "[shortcode]\n\n", "&", "x"], ids=ascii
)
def test_two_million_characters_are_saved_as_they_are_and_shown(
    owner_client: FlaskClient, content: Content, unit: str
) -> None:
    text = (unit * (MAX_HTML // len(unit) + 1))[:MAX_HTML]
    started = time.process_time()
    assert save(owner_client, content, text) == 303
    assert stored(content) == text
    assert owner_client.get(f"/content/{content.id}/preview/").status_code == 200
    editor = owner_client.get(f"/content/{content.id}/edit/")
    assert editor.status_code == 200
    assert len(editor.data) < 20 * MAX_HTML
    assert time.process_time() - started < 40  # hours for some of them, before


def test_one_character_more_is_refused_and_nothing_is_changed(owner_client: FlaskClient, content: Content) -> None:
    assert save(owner_client, content, "x" * (MAX_HTML + 1)) == 422
    assert stored(content) == "<p>Hello</p>"


def test_a_text_that_is_too_long_is_not_cut_into_pieces(owner_client: FlaskClient) -> None:
    answer = owner_client.post("/content/blocks/", data=b"<p>x</p>" * 300_000, content_type="text/plain")
    assert answer.status_code == 413


def test_zero_bytes_are_left_out_and_the_rest_is_kept(owner_client: FlaskClient, content: Content) -> None:
    assert save(owner_client, content, "<p>a\0b \u202e\u200d İ ß</p>") == 303
    assert stored(content) == "<p>ab \u202e\u200d İ ß</p>"
