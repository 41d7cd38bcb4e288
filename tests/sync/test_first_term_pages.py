"""The first publish of the page of a term that WordPress has already: an empty one gets it, no text is replaced."""

import re
from typing import Any

from flask.testing import FlaskClient

from app.content.models import Content
from app.core.extensions import db
from tests.factories.drift import settle
from tests.factories.things import make_content
from tests.sync.real import Real, stands
from tests.sync.test_publish_compares import newest, refused


def page_of_term(real: Real, name: str, html: str, **fields: Any) -> Content:
    content = make_content(real.site, title=name, content_html=html, content_type="Taxonomy", **fields)
    content.taxonomy = "category"
    db.session.commit()
    return content


def description(real: Real, term_id: str) -> str | None:
    return real.sql(f"SELECT description FROM wp_term_taxonomy WHERE term_id = {term_id}")[0]["description"]


MAKE = "echo wp_insert_term( $args[0], 'category', array( 'description' => $args[1] ) )['term_id'];"


def test_an_empty_term_that_was_there_before_gets_its_page(real: Real) -> None:
    term_id = real.edit(MAKE, "Teas", "").strip()
    run = real.publish(page_of_term(real, "Teas", "<p>All teas</p>"))
    assert run.state == "succeeded", run.error
    assert description(real, term_id) == "<p>All teas</p>"


def test_a_term_with_a_text_that_was_never_known_is_compared_by_a_person(real: Real, owner_client: FlaskClient) -> None:
    term_id = real.edit(MAKE, "Teas", "Written there").strip()
    content = page_of_term(real, "Teas", "<p>All teas</p>")
    assert refused(real.publish(content)) == ["content"]
    assert description(real, term_id) == "Written there"
    assert stands(content) == ("both", {"content": "both"})
    page = re.sub("</?(?:del|ins)>", "", owner_client.get(f"/content/{content.id}/drift/").text)
    assert "Written there" in page
    assert "All teas" in page
    again = real.publish(content)
    assert (again.state, again.error["code"]) == ("failed", "EDITED_IN_WORDPRESS")
    assert description(real, term_id) == "Written there"
    other = real.publish(page_of_term(real, "Teas", "<p>Other teas</p>"))
    assert (other.error["code"], other.error["details"]["link"]) == ("POST_TAKEN", f"/content/{content.id}/edit/")
    assert settle(owner_client, content.id, "publish_ours").status_code == 303
    assert real.work(newest(content)).state == "succeeded"
    assert description(real, term_id) == "<p>All teas</p>"
    assert stands(content) == ("in_step", {})


def test_seo_fields_of_a_term_that_were_never_known_are_compared_too(real: Real) -> None:
    term_id = real.edit(MAKE, "Teas", "").strip()
    real.edit("update_term_meta( (int) $args[0], '_igny8_seo_title', 'Theirs' );", term_id)
    content = page_of_term(real, "Teas", "<p>All teas</p>")
    assert refused(real.publish(content)) == ["seo"]
    assert description(real, term_id) == ""


def test_a_term_without_text_on_both_sides_gets_its_seo_fields(real: Real) -> None:
    term_id = real.edit(MAKE, "Teas", "").strip()
    content = page_of_term(real, "Teas", "", seo_title="Teas to buy")
    assert real.publish(content).error is None
    meta = f"SELECT meta_value FROM wp_termmeta WHERE term_id = {term_id} AND meta_key = '_igny8_seo_title'"
    assert real.sql(meta) == [{"meta_value": "Teas to buy"}]
    content = db.session.get_one(Content, content.id)
    content.seo_title = "Again"
    assert real.publish(content).error is None
    assert real.sql(meta) == [{"meta_value": "Again"}]


def test_a_new_term_of_ours_without_text_stays_here(real: Real) -> None:
    run = real.publish(page_of_term(real, "Nowhere", "", seo_title="Nothing"))
    assert [one["code"] for one in run.error["details"]["problems"]] == ["CONTENT_EMPTY"]
