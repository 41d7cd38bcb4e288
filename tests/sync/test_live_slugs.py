"""The slug that WordPress gave is the one that is shown, kept and told of; only a person moves an address."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.content.models import Content
from app.content.services import set_terms, update_content
from app.core.extensions import db
from app.mirror.drift import field_digest
from app.publishing.reading import content_to_publish, live_version, snapshot_of
from tests.factories.things import make_content, make_term
from tests.sync.real import Real, stands


def edit(content: Content, **changes: Any) -> Content:
    row = db.session.get_one(Content, content.id)
    update_content(row.id, row.account_id, changes, expected_version=row.version)
    db.session.commit()
    return row


@pytest.mark.parametrize(
    ("content_type", "slug", "given", "remark"),
    [
        ("Article", "plain-tents", "plain-tents-2", "“plain-tents” is taken in WordPress"),
        ("Page", "plain-tents", "plain-tents-2", "“plain-tents” is taken in WordPress"),
        ("Article", "feed", "feed-2", "kept for its own use"),
        ("Article", "длинный-" * 24 + "конец", ("длинный-" * 24)[:36], "WordPress shortened the slug"),
        ("Article", "", "a-title", ""),
    ],
)
def test_the_slug_that_wordpress_gave_is_shown_kept_and_told(
    real: Real, content_type: str, slug: str, given: str, remark: str
) -> None:
    real.write("Taken", post_name="plain-tents", post_type={"Page": "page"}.get(content_type, "post"))
    content = make_content(real.site, title="A title", slug=slug, content_type=content_type)
    run = real.publish(content)
    assert run.state == "succeeded", run.error
    row = db.session.get_one(Content, content.id)
    assert row.slug.startswith(given)
    assert stands(content) == ("in_step", {})
    address = row.external_url
    assert remark in run.message
    assert ("The address ends in" in run.message) is bool(remark)
    kept = row.slug
    again = real.publish(edit(row, excerpt="Another excerpt"))
    assert again.state == "succeeded"
    assert "The address ends in" not in again.message
    row = db.session.get_one(Content, content.id)
    assert (row.slug, row.external_url) == (kept, address)
    assert "unchanged" in scheduled_again(real, row)


def scheduled_again(real: Real, content: Content) -> str:
    live = live_version(content.id)
    assert live is not None
    return "unchanged" if live.has(snapshot_of(content_to_publish(content.account_id, content.id))) else "changed"


def test_a_slug_that_a_person_changed_moves_the_address(real: Real) -> None:
    content = make_content(real.site, title="Tents", slug="tents")
    real.publish(content)
    run = real.publish(edit(content, slug="new-tents"))
    assert run.state == "succeeded", run.error
    assert db.session.get_one(Content, content.id).external_url.endswith("/new-tents/")


def test_an_address_from_before_is_not_moved_by_the_slug_that_was_asked_for(real: Real) -> None:
    real.write("Taken", post_name="tents")
    content = make_content(real.site, title="Tents", slug="tents")
    real.publish(content)
    address = db.session.get_one(Content, content.id).external_url
    # As the app once kept it: the slug that was asked for, agreed on as the one that was given.
    edit(content, slug="tents")
    state = "update remote_states set base = jsonb_set(base, '{slug,0}', (select to_jsonb(:ours\\:\\:text)))"
    db.session.execute(db.text(state), {"ours": field_digest("slug", "tents")})
    db.session.commit()
    real.sql("UPDATE wp_posts SET post_name = 'gone' WHERE post_title = 'Taken'")
    assert real.publish(edit(content, excerpt="New")).state == "succeeded"
    row = db.session.get_one(Content, content.id)
    assert (row.external_url, row.slug) == (address, "tents-2")


def test_an_open_editor_does_not_move_an_address_with_the_slug_it_still_shows(
    real: Real, owner_client: FlaskClient
) -> None:
    real.write("Taken", post_name="tents")
    content = make_content(real.site, title="Tents", slug="tents")
    page = owner_client.get(f"/content/{content.id}/edit/").text
    form = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1] for name in ("version", "slug_seen")}  # type: ignore[index]
    real.publish(content)
    saved = owner_client.post(
        f"/content/{content.id}/edit/", data={**form, "title": "Tents", "slug": "tents", "excerpt": "New"}
    )
    assert saved.status_code == 303, saved.text
    row = db.session.get_one(Content, content.id)
    assert (row.slug, row.excerpt) == ("tents-2", "New")
    assert "/tents-2/" in owner_client.get(f"/content/{content.id}/edit/").text
    assert "/tents-2/" in owner_client.get(f"/content/{content.id}/state/").text


def test_a_slug_changed_in_wordpress_comes_here_and_is_not_sent_back(real: Real) -> None:
    content = make_content(real.site, title="Tents", slug="tents")
    real.publish(content)
    real.update(content, post_name="their-tents")
    assert real.publish(edit(content, excerpt="New")).state == "succeeded"
    row = db.session.get_one(Content, content.id)
    assert row.slug == "their-tents"
    assert row.external_url.endswith("/their-tents/")


def test_the_page_of_a_term_keeps_and_moves_its_address_alike(real: Real) -> None:
    real.edit("wp_insert_term( 'Taken', 'category', array( 'slug' => 'shoes' ) );")
    content = make_content(real.site, title="Shoes", content_type="Taxonomy", taxonomy="category", slug="boots")
    assert real.publish(content).state == "succeeded"
    assert db.session.get_one(Content, content.id).slug == "boots"
    run = real.publish(edit(content, slug="shoes"))
    assert run.state == "succeeded", run.error
    row = db.session.get_one(Content, content.id)
    assert row.slug == "shoes-2"
    assert row.external_url.rstrip("/").endswith("shoes-2")
    assert "“shoes” is taken" in run.message
    assert stands(content) == ("in_step", {})


def test_a_new_term_of_a_post_keeps_the_slug_that_it_got(real: Real) -> None:
    real.edit(
        "$id = wp_insert_term( 'Men', 'category' )['term_id'];"
        " wp_insert_term( 'Shoes', 'category', array( 'parent' => $id, 'slug' => 'shoes_x' ) );"
    )
    content = make_content(real.site, title="A post")
    term = make_term(real.site, "Shoes", slug="shoes-x")
    set_terms(content, [term])
    assert real.publish(content).state == "succeeded"
    there = real.sql(f"SELECT slug FROM wp_terms WHERE term_id = {db.session.get_one(type(term), term.id).external_id}")
    assert db.session.get_one(type(term), term.id).slug == there[0]["slug"] == "shoes_x"
