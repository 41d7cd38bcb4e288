"""Terms renamed, merged and deleted in a real WordPress, and the contents that have them."""

from typing import Any

import pytest
from sqlalchemy import select

from app.content.models import Content
from app.core.extensions import db
from app.mirror.models import RemoteChange
from app.sites.models import Site
from app.taxonomy.models import ContentTaxonomy
from tests.factories.blog import Blog
from tests.factories.imports import content_of, import_all
from tests.sync.real import Real, stands

WRITE = """
$ids = array();
foreach ( array( 'Espresso', 'Coffee' ) as $name ) {
	$ids[] = wp_insert_term( $name, 'category' )['term_id'];
}
foreach ( array( 'One', 'Two' ) as $title ) {
	$id = wp_insert_post( array( 'post_title' => $title, 'post_content' => 'T', 'post_status' => 'publish' ) );
	wp_set_post_categories( $id, array( $ids[0] ) );
	$ids[] = $id;
}
echo implode( ' ', $ids );
"""
MERGE = "wp_delete_term( (int) $args[0], 'category', array( 'default' => (int) $args[1], 'force_default' => true ) );"


@pytest.fixture
def real(site: Site, blog: Blog) -> Real:
    return Real(site, blog)


def names(content: Content) -> list[str]:
    db.session.rollback()
    return sorted(one.name for one in db.session.get_one(Content, content.id).terms)


def known(site: Site, **fields: Any) -> list[ContentTaxonomy]:
    db.session.rollback()
    return list(db.session.scalars(select(ContentTaxonomy).filter_by(site_id=site.id, **fields)))


def test_a_term_that_is_renamed_merged_and_deleted_moves_its_posts(real: Real) -> None:
    espresso, coffee, *posts = map(int, real.edit(WRITE).split())
    real.forget()
    import_all(real.site)
    contents = [content_of(real.site, post) for post in posts]
    assert [names(one) for one in contents] == [["Espresso"], ["Espresso"]]

    real.edit(
        "wp_update_term( (int) $args[0], 'category', array( 'name' => 'Short', 'slug' => 'short' ) );", str(espresso)
    )
    assert real.pull() == 1
    assert [names(one) for one in contents] == [["Short"], ["Short"]]
    (row,) = known(real.site, external_id=espresso)
    assert (row.name, row.slug) == ("Short", "short")

    # Merged: deleted, its posts going over to another.
    real.edit(MERGE, str(espresso), str(coffee))
    assert real.pull() == 3  # the term that went, and both posts
    assert [names(one) for one in contents] == [["Coffee"], ["Coffee"]]
    assert known(real.site, external_id=espresso) == []
    lines = db.session.scalars(select(RemoteChange)).all()
    assert [one.taken for one in lines] == [["terms"], ["terms"]]

    real.edit("wp_delete_term( (int) $args[0], 'category' );", str(coffee))
    real.pull()
    assert {tuple(names(one)) for one in contents} == {("Uncategorized",)}
    report = real.compare()
    assert (report["updated"], report["terms_gone"]) == (0, 0)
    assert [stands(one) for one in contents] == [("in_step", {})] * 2
