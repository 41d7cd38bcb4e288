"""All that an import brings of a post: terms of every taxonomy, SEO fields, featured image, dates, author, status."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.content.models import Content
from app.core.extensions import db
from app.mirror.models import RemoteState
from app.sites.models import Site
from app.taxonomy.models import ContentTaxonomy
from tests.factories.blog import Blog
from tests.factories.imports import ALL, content_of, import_all, plugin_code
from tests.sync.real import Real

TAXONOMIES = (
    "add_action( 'init', function () { register_taxonomy( 'brewing', array( 'post', 'page' ),"
    " array( 'public' => true, 'hierarchical' => true, 'label' => 'Brewing' ) ); } );"
)
WRITE = r"""
$writer = username_exists( 'ann' );
$writer = $writer ? $writer : wp_insert_user( array( 'user_login' => 'ann', 'user_pass' => 'x', 'user_email' => 'ann@example.com',
	'display_name' => 'Ann', 'role' => 'author' ) );
$image = wp_insert_attachment( array( 'post_title' => 'Pot', 'post_mime_type' => 'image/png' ), 'pot.png' );
update_post_meta( $image, '_wp_attachment_image_alt', 'A pot' );
$id = wp_insert_post( array( 'post_title' => 'Brew', 'post_content' => '<p>T</p>', 'post_excerpt' => 'E',
	'post_status' => 'publish', 'post_author' => $writer, 'post_date' => '2026-02-03 04:05:06', 'post_name' => 'brew-it' ) );
set_post_thumbnail( $id, $image );
$over = wp_insert_term( 'Filter', 'brewing' )['term_id'];
$below = wp_insert_term( 'V60', 'brewing', array( 'parent' => $over, 'description' => 'A cone' ) )['term_id'];
wp_set_object_terms( $id, array( $below ), 'brewing' );
wp_set_post_tags( $id, 'hot,slow' );
foreach ( array( 'title' => 'Seo', 'description' => 'Desc', 'canonical' => 'https://x.example/', 'focus_keywords' => 'a, b' ) as $key => $value ) {
	update_post_meta( $id, '_igny8_' . ( 'focus_keywords' === $key ? $key : 'seo_' . $key ), $value );
}
wp_insert_term( 'Nobody has it', 'category' );
$ids = array( $id, $image, $over, $below );
foreach ( array( 'future' => '2031-01-01 00:00:00', 'draft' => null, 'pending' => null, 'private' => null ) as $status => $date ) {
	$ids[] = wp_insert_post( array( 'post_title' => $status, 'post_content' => 'x', 'post_status' => $status, 'post_date' => $date ) );
}
echo wp_json_encode( $ids );
"""  # noqa: E501


@pytest.fixture
def real(site: Site, blog: Blog) -> Real:
    return Real(site, blog)


def test_everything_of_a_post_and_all_taxonomies_come_in(real: Real) -> None:
    with plugin_code(real.blog, TAXONOMIES):
        post, image, over, below, *others = json.loads(real.edit(WRITE))
        found = import_all(real.site, statuses=ALL)
        assert (found.created, found.problems) == (5, 0)
        real.edit(
            "foreach ( get_terms( array( 'taxonomy' => 'brewing', 'hide_empty' => false ) ) as $t )"
            " wp_delete_term( $t->term_id, 'brewing' );"
        )
    content = content_of(real.site, post)
    assert (content.title, content.excerpt, content.slug, content.author_email) == (
        "Brew",
        "E",
        "brew-it",
        "ann@example.com",
    )
    assert (content.seo_title, content.seo_description, content.seo_canonical, content.focus_keywords) == (
        "Seo",
        "Desc",
        "https://x.example/",
        ["a", "b"],
    )
    terms = {(one.external_taxonomy, one.name) for one in content.terms}
    assert terms == {("brewing", "V60"), ("post_tag", "hot"), ("post_tag", "slow"), ("category", "Uncategorized")}
    state = db.session.scalars(select(RemoteState).where(RemoteState.content_id == content.id)).one()
    shown = state.fields
    assert (shown["featured"]["attachment_id"], shown["featured"]["alt"]) == (image, "A pot")
    assert (shown["author"]["email"], shown["author"]["name"]) == ("ann@example.com", "Ann")
    assert shown["date_utc"] == "2026-02-03T09:05:06Z"
    assert state.modified_utc is not None
    assert state.modified_utc <= datetime.now(UTC)
    statuses = [content_of(real.site, one).remote_status for one in others]
    assert statuses == ["future", "draft", "pending", "private"]

    rows = {one.external_id: one for one in db.session.scalars(select(ContentTaxonomy))}
    assert (rows[below].name, rows[below].slug, rows[below].description) == ("V60", "v60", "A cone")
    assert (rows[below].external_taxonomy, rows[below].external_parent_id) == ("brewing", over)
    assert "Nobody has it" in {one.name for one in rows.values()}
    assert db.session.scalars(select(Content).where(Content.content_type == "Taxonomy")).all() == []
