"""Imports of sites of every kind: permalinks, closed REST, stripped headers, other scripts, a shop."""

from collections.abc import Callable, Iterator

import pytest

from app.core.extensions import db
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.imports import add_post, content_of, import_all, plugin_code, titles

PERMALINKS = "<?php $GLOBALS['wp_rewrite']->set_permalink_structure( $args[0] ); flush_rewrite_rules();"
REST_CLOSED = (
    "add_filter('rest_authentication_errors', function () {"
    " return new WP_Error('rest_forbidden', 'Closed', ['status' => 401]); }, 999);"
)
STRIPPED = "foreach (array_keys($_SERVER) as $k) if (0 === strpos($k, 'HTTP_X_IGNY8')) unset($_SERVER[$k]);"
SHOP = (
    "add_action('init', function () { register_post_type('product', ['public' => true, 'label' => 'Products']);"
    " register_taxonomy('product_cat', 'product', ['public' => true, 'hierarchical' => true]); });"
)


@pytest.fixture
def paired(site: Site, blog: Blog) -> Iterator[Blog]:
    blog.pair(site)
    yield blog
    blog.wordpress.run_php(PERMALINKS, "/%postname%/")


def plain(blog: Blog) -> str:
    blog.wordpress.run_php(PERMALINKS, "")
    return ""


@pytest.mark.parametrize(
    "kind",
    [plain, lambda _blog: REST_CLOSED, lambda _blog: STRIPPED],
    ids=["plain permalinks", "REST closed", "stripped"],
)
def test_every_way_in_brings_the_same(site: Site, paired: Blog, kind: Callable[[Blog], str]) -> None:
    posts = [add_post(paired, title=f"Post {number} \\ 😀", name=f"p{number}") for number in range(3)]
    with plugin_code(paired, kind(paired)):
        found = import_all(site)
        again = import_all(site)
    assert (found.created, again.created, again.unchanged) == (3, 0, 3)
    assert content_of(site, posts[0]).title == "Post 0 \\ 😀"


def test_slugs_and_texts_of_other_scripts_are_readable(site: Site, paired: Blog) -> None:
    post = add_post(paired, title="قهوة عربية", content='<p dir="rtl">نص</p>', name="%d9%82%d9%87%d9%88%d8%a9")
    import_all(site)
    content = content_of(site, post)
    assert (content.title, content.slug, content.content_html) == ("قهوة عربية", "قهوة", '<p dir="rtl">نص</p>')


def test_products_come_with_their_categories(site: Site, paired: Blog) -> None:
    with plugin_code(paired, SHOP):
        product = add_post(paired, type="product", title="Grinder", name="grinder")
        paired.wordpress.run_php(
            "<?php $t = wp_insert_term('Tools', 'product_cat');"
            f" wp_set_post_terms({product}, [$t['term_id']], 'product_cat');"
        )
        found = import_all(site, types=["post", "product"])
        content = content_of(site, product)
        assert (found.created, content.content_type) == (1, "Product")
        assert [(term.name, term.taxonomy_type) for term in content.terms] == [("Tools", "product_category")]
        paired.wordpress.run_php(
            "<?php wp_delete_term(get_term_by('name', 'Tools', 'product_cat')->term_id, 'product_cat');"
        )
    import_all(site, types=["post"])
    db.session.rollback()
    assert [term.name for term in content_of(site, product).terms] == [
        "Tools"
    ]  # the shop is off: nothing is known of it


def test_a_slow_site_is_waited_for(site: Site, paired: Blog) -> None:
    for number in range(3):
        add_post(paired, title=f"Post {number}")
    paired.slow_down(2)
    found = import_all(site)
    paired.slow_down(0)
    assert (found.done, found.failures) == (3, 0)
    assert len(titles(site)) == 3
