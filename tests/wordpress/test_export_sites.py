"""The exporting routes over each transport, compressed, and on sites of every kind."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from app.sites import signing
from tests.wordpress.conftest import Site
from tests.wordpress.exporting import add_post, ids_of, item, plugin_code, remove_posts, walk
from tests.wordpress.plugin_client import PluginClient, fresh_id

SWITCH_PERMALINKS = "<?php $GLOBALS['wp_rewrite']->set_permalink_structure( $args[0] ); flush_rewrite_rules();"
ROUTES = ("posts", "taxonomies", "health")


@pytest.fixture(autouse=True)
def posts(site: Site) -> Iterator[list[int]]:
    """Three posts, and no others."""
    remove_posts(site)
    yield [add_post(site, title=f"Post {number}", name=f"post-{number}", content="x" * 3000) for number in range(3)]
    remove_posts(site)


def through(client: PluginClient, transport: int, *, envelope: bool = False) -> PluginClient:
    return PluginClient(client.url, client.site, client.key, client.secret, transport, envelope)


def encoding(site: Site, client: PluginClient, accepted: str | None) -> tuple[str | None, bytes]:
    """Return the Content-Encoding and the bytes on the wire for an Accept-Encoding."""
    signed = signing.sign_request(
        client.secret, site=client.site, key=client.key, method="GET", route="/igny8/v1/posts", query={}, body=b""
    )
    headers: dict[str, str | bytes] = {**signed.as_headers()}
    # Requests asks for gzip by itself unless told what to ask for.
    headers["Accept-Encoding"] = accepted if accepted is not None else ""
    with requests.get(f"{client.url}/wp-json/igny8/v1/posts", headers=headers, stream=True, timeout=30) as answer:
        data = answer.raw.read()
        return answer.headers.get("Content-Encoding"), data


@pytest.mark.parametrize("envelope", [False, True])
@pytest.mark.parametrize("transport", [1, 2, 3])
def test_every_transport_brings_the_same_compressed_answer(
    site: Site, client: PluginClient, posts: list[int], transport: int, envelope: bool
) -> None:
    way = through(client, transport, envelope=envelope)
    site.break_with(strip_headers=envelope)
    answer = way.call("posts", query={"limit": "2"})
    assert [found["id"] for found in answer.result["items"]] == posts[:2]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert ids_of(walk(way, limit="2")) == posts
    assert way.call("taxonomies").result["items"]
    assert way.call("health").result["paired"] is True


def test_a_get_route_may_be_asked_by_post_when_bodies_of_get_are_dropped(
    site: Site, client: PluginClient, posts: list[int]
) -> None:
    site.break_with(strip_headers=True)
    way = through(client, 1, envelope=True)
    assert len(way.call("posts", wire_method="POST").result["items"]) == len(posts)


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip", "gzip"),
        ("br, gzip;q=0.5", "gzip"),
        ("gzip; q=1.0, *;q=0", "gzip"),
        (None, None),
        ("identity", None),
        ("gzip;q=0", None),
        ("br;q=1, gzip;q=0.000", None),
        ("deflate, br", None),
    ],
)
def test_only_who_accepts_gzip_gets_it(
    site: Site, client: PluginClient, accepted: str | None, expected: str | None
) -> None:
    found, data = encoding(site, client, accepted)
    assert found == expected
    assert data[:2] == (b"\x1f\x8b" if expected else b'{"')


def test_what_php_compresses_is_not_compressed_twice(site: Site, client: PluginClient) -> None:
    with plugin_code(site, "ini_set( 'zlib.output_compression', '1' );"):
        assert encoding(site, client, "gzip")[0] == "gzip"
        assert client.call("posts").signed
        assert encoding(site, client, None)[0] is None
    with plugin_code(site, "ob_start( 'ob_gzhandler' );"):
        assert encoding(site, client, "gzip")[0] == "gzip"
        assert len(client.call("posts").result["items"]) == 3


@pytest.mark.parametrize("route", ROUTES)
def test_what_others_print_does_not_reach_the_answer(site: Site, client: PluginClient, route: str) -> None:
    with plugin_code(site, "add_filter( 'home_url', function ( $url ) { echo 'stray'; return $url; } );"):
        assert client.call(route).result


@pytest.mark.parametrize("route", ROUTES)
def test_an_unsigned_request_learns_nothing(site: Site, route: str) -> None:
    answer = site.fetch(f"{site.wordpress.url}/wp-json/igny8/v1/{route}")
    assert answer.status_code == 401
    assert set(answer.json()) == {"ok", "error"}
    assert "X-IGNY8-Response-Signature" not in answer.headers


def test_plain_permalinks(site: Site, client: PluginClient, posts: list[int]) -> None:
    site.wordpress.run_php(SWITCH_PERMALINKS, "")
    try:
        way = through(client, 2)
        found = item(way, posts[0])
        assert found["permalink"] == f"{site.wordpress.url}/?p={posts[0]}"
        assert way.call("taxonomies").result["items"][0]["permalink"] == f"{site.wordpress.url}/?cat=1"
        assert way.call("health").result["home_url"] == site.wordpress.url
        assert client.call("posts").status in (301, 404)
    finally:
        site.wordpress.run_php(SWITCH_PERMALINKS, "/%postname%/")
        # The rules of categories need a request that began with the new structure.
        site.wordpress.run_php("<?php flush_rewrite_rules();")


def test_rest_closed_to_visitors(site: Site, client: PluginClient, posts: list[int]) -> None:
    site.break_with(close_rest=True)
    assert client.call("posts").status == 401
    way = through(client, 3)
    assert ids_of(walk(way, limit="1")) == posts
    for route in ROUTES:
        assert way.call(route).result


def test_maintenance_is_retryable_and_over_afterwards(site: Site, client: PluginClient, posts: list[int]) -> None:
    file = site.wordpress.core / ".maintenance"
    file.write_text("<?php $upgrading = time();")
    try:
        for route in ROUTES:
            answer = client.call(route)
            assert (answer.status, answer.signed) == (503, False)
            assert answer.headers["Retry-After"] == "600"
    finally:
        file.unlink()
    assert ids_of(walk(client)) == posts


def test_a_slow_site_and_one_that_forbids_html_export_as_any_other(
    site: Site, client: PluginClient, posts: list[int]
) -> None:
    text = "<script>one</script><iframe src='x'></iframe>"
    post_id = add_post(site, content=text)
    site.break_with(constants={"DISALLOW_UNFILTERED_HTML": True})
    with plugin_code(site, "usleep( 2000000 );"):
        page = client.call("posts").result
    assert [found["id"] for found in page["items"]] == [*posts, post_id]
    assert page["items"][-1]["content"] == text


@contextmanager
def in_a_folder(site: Site) -> Iterator[str]:
    """Move the site to /blog."""
    address = f"{site.wordpress.url}/blog"
    link = site.wordpress.core / "blog"
    link.symlink_to(".")
    code = f"foreach ( array( 'home', 'siteurl' ) as $o ) add_filter( \"option_$o\", fn() => '{address}', 99 );"
    try:
        with plugin_code(site, code):
            yield address
    finally:
        link.unlink()


@pytest.mark.parametrize("transport", [1, 2, 3])
def test_a_site_in_a_folder(site: Site, posts: list[int], transport: int) -> None:
    with in_a_folder(site) as address:
        paired = site.pair()
        way = PluginClient(address, paired.site, paired.key, paired.secret, transport)
        assert ids_of(walk(way, limit="2")) == posts
        assert item(way, posts[0])["permalink"] == f"{address}/post-0/"
        health = way.call("health").result
        assert (health["home_url"], health["paired"]) == (address, True)
    site.client = site.pair()


def test_a_copy_of_the_site_still_exports_and_says_that_it_is_not_paired(site: Site, client: PluginClient) -> None:
    site.break_with(home_url="http://copy.example")
    assert client.call("posts").result["items"]
    assert client.call("taxonomies").result["items"]
    health = client.call("health").result
    assert (health["status"], health["paired"], health["home_url"]) == ("degraded", False, "http://copy.example")
    assert "copy" in health["checks"]["api_connection"]["problem"]


def test_slugs_of_other_scripts(site: Site, client: PluginClient) -> None:
    code = "<?php echo wp_insert_post( array( 'post_title' => 'Кофе и чай', 'post_status' => 'publish' ) ), ' '"
    code += ", wp_insert_term( '咖啡', 'category' )['term_id'];"
    post_id, term_id = map(int, site.wordpress.run_php(code).split())
    found = item(client, post_id)
    assert found["slug"] == "%d0%ba%d0%be%d1%84%d0%b5-%d0%b8-%d1%87%d0%b0%d0%b9"
    assert found["permalink"].endswith(f"/{found['slug']}/")
    assert site.fetch(found["permalink"]).status_code == 200
    (term,) = client.call("taxonomies", query={"ids": str(term_id)}).result["items"]
    assert (term["name"], term["slug"]) == ("咖啡", "%e5%92%96%e5%95%a1")
    assert site.fetch(term["permalink"]).status_code == 200


def test_a_language_written_from_right_to_left(site: Site, client: PluginClient) -> None:
    post_id = add_post(site, title="مقال عن القهوة", content="<p dir='rtl'>نص \u200f(abc)\u200e</p>")
    code = "add_filter( 'locale', fn() => 'ar' ); add_action( 'init', function () { "
    code += "global $wp_locale; $wp_locale->text_direction = 'rtl'; } );"
    with plugin_code(site, code):
        found = item(client, post_id)
        assert client.call("health").result["paired"] is True
    assert (found["title"], found["content"]) == ("مقال عن القهوة", "<p dir='rtl'>نص \u200f(abc)\u200e</p>")


def test_terms_come_page_by_page_with_what_they_are(site: Site, client: PluginClient) -> None:
    name = fresh_id("Beans & “roasts” <i>")
    code = (
        "<?php $a = wp_insert_term( $args[0], 'category', array( 'description' => 'About <b>it</b> \\\\\\\\d' ) );"
        "$b = wp_insert_term( $args[0] . ' below', 'category', array( 'parent' => $a['term_id'] ) );"
        "add_term_meta( $b['term_id'], '_igny8_content_id', '42' );"
        "$c = wp_insert_term( $args[0], 'igny8_cluster' ); add_term_meta( $c['term_id'], '_igny8_external_id', '17' );"
        "echo $a['term_id'], ' ', $b['term_id'], ' ', $c['term_id'];"
    )
    above, below, cluster = map(int, site.wordpress.run_php(code, name).split())
    pages = list(walk(client, "taxonomies", limit="1", count="1"))
    found = {item["term_id"]: item for page in pages for item in page["items"]}
    assert all(len(page["items"]) == 1 for page in pages)
    assert pages[0]["total"] == len(pages)
    assert list(found) == sorted(found)
    assert {"category", "post_tag", "igny8_cluster", "igny8_sector"} <= {t["name"] for t in pages[0]["taxonomies"]}
    assert found[above]["name"] == name.replace("<i>", "").strip()
    assert found[above]["description"] == "About <b>it</b> \\d"
    assert (found[below]["parent"], found[below]["content_id"]) == (above, "42")
    assert found[below]["permalink"] == f"{found[above]['permalink']}{found[below]['slug']}/"
    assert (found[cluster]["igny8_id"], found[cluster]["permalink"]) == ("17", "")
    assert client.call("taxonomies", query={"fields": "hashes"}).code == "BAD_REQUEST"


def test_a_term_id_that_two_taxonomies_share_is_in_two_items_of_one_page(site: Site, client: PluginClient) -> None:
    term_id = int(site.wordpress.run_php(f"<?php echo wp_insert_term( '{fresh_id('t')}', 'category' )['term_id'];"))
    site.sql(f"INSERT INTO wp_term_taxonomy (term_id, taxonomy, description) VALUES ({term_id}, 'post_tag', 'x')")
    page = client.call("taxonomies", query={"after": str(term_id - 1), "limit": "1"}).result
    assert [(found["term_id"], found["taxonomy"]) for found in page["items"]] == [
        (term_id, "category"),
        (term_id, "post_tag"),
    ]
    site.sql(f"DELETE FROM wp_term_taxonomy WHERE term_id = {term_id} AND taxonomy = 'post_tag'")
