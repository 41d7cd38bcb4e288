"""What was just published is the same on both sides, whatever WordPress stores of it and where."""

import pytest
from flask.testing import FlaskClient

from app.content.images.services import add_image
from app.content.models import Content
from app.content.services import set_terms
from app.core.extensions import db
from app.mirror.apply import apply_post_items
from app.mirror.incoming import of_relation
from app.mirror.wire import PostItem
from app.sites.connection import credentials_for, open_client
from tests.factories.things import make_cluster, make_content, make_keyword, make_sector, make_term
from tests.sync.real import Real, stands
from tests.wordpress.plugin_client import png


@pytest.mark.parametrize("content_type", ["Article", "Page", "Taxonomy"])
def test_nothing_differs_after_the_first_publish(real: Real, owner_client: FlaskClient, content_type: str) -> None:
    real.faults(rewrite="save" if content_type == "Page" else None)
    cluster = make_cluster(real.site, "Beans")
    content = make_content(
        real.site,
        title="Tom & “Jerry”",
        content_html="<p>Hello & bye</p>",
        excerpt="A <b>bold</b> & short one",
        seo_title="SEO & more",
        seo_description="“x”",
        seo_canonical="https://example.com/?a=1&b=2",
        slug="",
        focus_keywords=["one", "two words"],
        cluster_id=cluster.id,
        sector_id=make_sector(real.site).id,
        content_type=content_type,
        taxonomy="category" if content_type == "Taxonomy" else "",
    )
    add_image(content, png(), "a.png", "featured")
    add_image(content, png(), "b.png", "gallery")
    if content_type == "Article":
        set_terms(content, [make_term(real.site, "Tea & Co"), make_term(real.site, "One", "tag")])
        content.keywords = [make_keyword(real.site)]
    run = real.publish(content)
    assert run.state == "succeeded", run.error
    assert stands(content) == ("in_step", {})
    assert "Both sides are the same" in owner_client.get(f"/content/{content.id}/drift/").text
    real.compare()
    assert stands(content) == ("in_step", {})
    row = db.session.get_one(Content, content.id)
    assert (row.cluster_id, row.title, row.content_html) == (cluster.id, "Tom & “Jerry”", "<p>Hello & bye</p>")


BO = """
$values = array( 'user_login' => 'bo', 'user_pass' => 'x', 'user_email' => 'bo@example.com', 'role' => 'editor' );
wp_update_post( array( 'ID' => (int) $args[0], 'post_author' => wp_insert_user( $values ) ) );
"""


def test_the_default_category_is_no_change_of_anybody(real: Real, owner_client: FlaskClient) -> None:
    content = make_content(real.site, title="No terms")
    real.publish(content)
    assert "Both sides are the same" in owner_client.get(f"/content/{content.id}/drift/").text
    real.compare()
    assert stands(content) == ("in_step", {})
    assert list(db.session.get_one(Content, content.id).terms) == []


def test_an_author_whom_wordpress_chose_is_known_at_once(real: Real) -> None:
    content = make_content(real.site, title="Plain")
    real.publish(content)
    real.edit(BO, str(db.session.get_one(Content, content.id).external_id))
    real.pull()
    assert stands(content) == ("in_step", {})
    assert db.session.get_one(Content, content.id).author_email == "bo@example.com"


def test_a_term_that_stands_for_nothing_we_know_says_nothing() -> None:
    assert of_relation((7, 7), ([37], []), {}, 7) == 7
    assert of_relation((7, 7), ([37], [36]), {36: 7}, 7) == 7
    assert of_relation((7, 7), ([38], [36]), {36: 7, 38: 8}, 7) == 8
    assert of_relation((7, 7), ([], [36]), {36: 7}, 7) is None


@pytest.mark.parametrize("text", ["", "<!-- wp:latest-posts /-->"])
def test_a_page_that_is_empty_there_too_gets_its_seo_fields(real: Real, text: str) -> None:
    post_id = real.write("Checkout", post_content=text, post_type="page")
    with open_client(credentials_for(real.site)) as client:
        item = PostItem.model_validate(client.get("posts", {"ids": str(post_id)})["items"][0])
    found = apply_post_items(real.site.account_id, real.site.id, [item])
    content = db.session.get_one(Content, found.contents[post_id])
    content.seo_title = "Pay here"
    run = real.publish(content)
    assert run.error is None
    row = real.sql(f"SELECT post_content FROM wp_posts WHERE ID = {post_id}")[0]
    assert row["post_content"] == text
    meta = f"SELECT meta_value FROM wp_postmeta WHERE post_id = {post_id} AND meta_key = '_igny8_seo_title'"
    assert real.sql(meta) == [{"meta_value": "Pay here"}]


def test_an_empty_draft_of_ours_stays_here(real: Real) -> None:
    run = real.publish(make_content(real.site, content_html="<!-- wp:paragraph --><p></p><!-- /wp:paragraph -->"))
    assert [one["code"] for one in run.error["details"]["problems"]] == ["CONTENT_EMPTY"]
