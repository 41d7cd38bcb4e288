"""What preflight tells of page builders, notices to visitors, and characters that old tables cannot hold."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.wordpress.conftest import Site, on_one_core
from tests.wordpress.plugin_client import PluginClient, image, payload, png, term

pytestmark = on_one_core


def warnings(client: PluginClient, body: dict[str, Any]) -> dict[str, str]:
    found = client.post(body, "preflight").result["warnings"]
    return {warning["code"]: warning["message"] for warning in found}


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("_elementor_edit_mode", "builder", "Elementor"),
        ("_et_pb_use_builder", "on", "Divi"),
        ("_fl_builder_enabled", "1", "Beaver Builder"),
        ("_bricks_page_content_2", 'a:1:{i:0;s:1:"x";}', "Bricks"),
        ("_wpb_vc_js_status", "true", "WPBakery"),
        ("ct_builder_shortcodes", "[ct_section]", "Oxygen"),
        ("_breakdance_data", '{"tree":1}', "Breakdance"),
        ("panels_data", 'a:1:{s:7:"widgets";i:1;}', "SiteOrigin"),
        ("_elementor_edit_mode", "", ""),
        ("_et_pb_use_builder", "off", ""),
        ("_fl_builder_enabled", "0", ""),
        ("_wpb_vc_js_status", "false", ""),
        ("panels_data", "a:0:{}", ""),
        ("_bricks_page_content_2", "", ""),
    ],
)
def test_the_builder_of_a_post_is_named_before_it_is_published_to(
    site: Site, client: PluginClient, key: str, value: str, name: str
) -> None:
    body = payload()
    post_id = client.publish(body).result["post_id"]
    site.sql(f"INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES ({post_id}, '{key}', '{value}')")
    assert name in warnings(client, body).get("PAGE_BUILDER", "no builder" if not name else "")
    again = {**body, "run_id": body["run_id"] + "-2", "post": {**body["post"], "content": "<p>New.</p>"}}
    result = client.publish(again).result
    assert ((result["page_builder"] or "").startswith(name), result["text_changed"]) == (True, True)
    same = client.publish({**again, "run_id": body["run_id"] + "-3"}).result
    assert same["text_changed"] is False


BUILT_WITH = {
    "Enfold": ("_aviaLayoutBuilder_active", "active"),
    "BeTheme": ("mfn-page-items", "YToxOntpOjA7fQ=="),
    "Bricks": ("_bricks_page_content", 'a:1:{i:0;s:1:"x";}'),
    "Pagelayer": ("pagelayer-data", "1700000000"),
    "Thrive Architect": ("tve_updated_post", "<div>x</div>"),
    "Avada Builder": ("fusion_builder_status", "active"),
    "Themify Builder": ("_themify_builder_settings_json", '[{"row_order":0}]'),
    "Live Composer": ("dslc_code", '[{"element_type":"row"}]'),
    "Cornerstone": ("_cornerstone_data", '[{"_type":"section"}]'),
    "Zion Builder": ("_zionbuilder_page_status", "enabled"),
    "Brizy": ("brizy_post_uid", "abc"),
    "Visual Composer": ("vcv-pageContent", "%7B%22elements%22%3A1%7D"),
}
SWITCHED_OFF = (
    (("_bricks_page_content_2", "x"), ("_bricks_editor_mode", "wordpress")),
    (("_aviaLayoutBuilder_active", "inactive"), ("_aviaLayoutBuilderCleanData", "[av_one]")),
    (("tve_updated_post", "x"), ("tcb_editor_enabled", "0")),
    (("brizy_post_uid", "abc"), ("brizy_enabled", "0")),
    (("_cornerstone_data", "[1]"), ("_cornerstone_override", "1")),
    (("mfn-page-items", "YTowOnt9"),),
)


def set_meta(site: Site, post_id: int, *meta: tuple[str, str]) -> None:
    keys = ", ".join(f"'{key}'" for pairs in (*SWITCHED_OFF, BUILT_WITH.values()) for key, _value in pairs)
    rows = ", ".join(f"({post_id}, '{key}', '{value}')" for key, value in meta)
    site.sql(
        f"DELETE FROM wp_postmeta WHERE post_id = {post_id} AND meta_key IN ({keys});"
        f" INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES {rows}"
    )


def test_each_builder_is_told_by_what_it_keeps_unless_it_is_switched_off(site: Site, client: PluginClient) -> None:
    body = payload()
    post_id = client.publish(body).result["post_id"]
    for name, meta in BUILT_WITH.items():
        set_meta(site, post_id, meta)
        assert f"built with {name}," in warnings(client, body).get("PAGE_BUILDER", ""), name
    for off in SWITCHED_OFF:
        set_meta(site, post_id, *off)
        assert "PAGE_BUILDER" not in warnings(client, body), off


def test_the_version_in_the_head_is_the_start_of_the_hash(site: Site, client: PluginClient) -> None:
    body = payload(payload_hash="ab" * 32)
    result = client.publish(body).result
    assert result["marker"] == "ab" * 8
    assert f'<meta name="igny8-version" content="{"ab" * 8}">' in site.head(result["permalink"])
    again = {**body, "run_id": body["run_id"] + "-2", "payload_hash": "cd" * 32}
    client.publish(again)
    assert f'<meta name="igny8-version" content="{"cd" * 8}">' in site.head(result["permalink"])


SHOP = """<?php
function is_shop() { return isset( $_GET['shop'] ); }
function wc_get_page_id( $page ) { return (int) get_option( 'woocommerce_shop_page_id' ); }
add_action( 'pre_get_posts', static function ( $q ) {
    if ( $q->is_main_query() && is_shop() ) { $q->is_home = $q->is_singular = false; $q->is_archive = true; }
} );
"""


@pytest.fixture
def of_page(site: Site, client: PluginClient) -> Iterator[dict[str, Any]]:
    """A page with SEO fields, which is neither the page of posts nor the shop afterwards."""
    seo = {"title": "All of it", "description": "What is here", "canonical": "https://a.example/all/"}
    yield client.publish(payload(payload_hash="ef" * 32, post={"type": "page"}, seo=seo)).result
    (site.wordpress.mu_plugins / "shop.php").unlink(missing_ok=True)
    site.wordpress.run_php("<?php update_option('show_on_front', 'posts'); update_option('page_for_posts', 0);")


@pytest.mark.parametrize("what", ["posts", "shop"])
def test_a_page_in_whose_place_a_list_is_shown_has_its_head(site: Site, of_page: dict[str, Any], what: str) -> None:
    number, address = str(of_page["post_id"]), of_page["permalink"]
    if what == "posts":
        front = "wp_insert_post(['post_type' => 'page', 'post_status' => 'publish', 'post_title' => 'Front'])"
        options = f"update_option('page_on_front', {front}); update_option('page_for_posts', (int) $args[0]);"
        site.wordpress.run_php(f"<?php update_option('show_on_front', 'page'); {options}", number)
    else:
        (site.wordpress.mu_plugins / "shop.php").write_text(SHOP)
        site.wordpress.run_php("<?php update_option('woocommerce_shop_page_id', (int) $args[0]);", number)
        address = f"{site.wordpress.url}/?shop=1"
    head = site.head(address)
    assert f'<meta name="igny8-version" content="{"ef" * 8}">' in head
    assert head.count('<meta name="description" content="What is here">') == 1
    assert re.findall(r'<link rel="canonical" href="([^"]*)"', head) == ["https://a.example/all/"]
    assert "<title>All of it" in head


TABLES = ("posts", "postmeta", "terms", "term_taxonomy", "termmeta")


@pytest.fixture
def old_tables(site: Site) -> Iterator[None]:
    """Tables that hold three bytes a character."""
    try:
        for table in TABLES:  # what other tests stored may lose its emoji
            site.sql(f"SET sql_mode = ''; ALTER TABLE wp_{table} CONVERT TO CHARACTER SET utf8mb3")
        yield
    finally:
        for table in TABLES:
            site.sql(f"ALTER TABLE wp_{table} CONVERT TO CHARACTER SET utf8mb4")


@pytest.mark.usefixtures("old_tables")
def test_what_old_tables_cannot_hold_is_told_by_field_and_character(site: Site, client: PluginClient) -> None:
    photo = png()
    body = payload(
        post={"title": "Cold 🧊 brew", "content": "<p>Ünï – 𠮷 and 𝒜 and 𠮷</p>", "excerpt": "So 😀", "slug": "x"},
        seo={"title": "😎", "description": "Plain", "focus_keywords": ["a 🥶"]},
        images=[image(photo, alt="An 🐘")],
        terms=[term("Summer ☀🏖")],
    )
    before = site.traces()
    answer = client.post(body, "preflight")
    found = {one["field"]: one["details"]["characters"] for one in answer.error["details"]["problems"]}
    assert found == {
        "post.title": ["🧊"],
        "post.content": ["𠮷", "𝒜"],
        "post.excerpt": ["😀"],
        "seo.title": ["😎"],
        "seo.focus_keywords": ["🥶"],
        f"terms.{body['terms'][0]['ref']}": ["🏖"],
        "images.0": ["🐘"],
    }
    told = [one["message"].partition(":")[0] for one in answer.error["details"]["problems"]]
    names = "Title, Text, Excerpt, SEO title, Focus keywords, Name of a term, Words of an image"
    assert sorted(told) == sorted(names.split(", "))
    assert {one["code"] for one in answer.error["details"]["problems"]} == {"CHARACTERS_NOT_HELD"}
    assert client.publish(body, photo).code == "PREFLIGHT_FAILED"
    assert site.traces() == before
    plain = payload(post={"title": "Größe – 日本語"}, terms=[term("Été ☀")])
    assert site.post(client.publish(plain).result["post_id"])["post_title"] == "Größe – 日本語"


def test_each_text_of_an_image_is_held_to_its_own_column(site: Site, client: PluginClient) -> None:
    photo = png()
    body = payload(images=[image(photo, title="Title 🧊", caption="Caption 🐘")])
    site.sql("SET sql_mode = ''; ALTER TABLE wp_posts MODIFY post_excerpt text CHARACTER SET utf8mb3 NOT NULL")
    try:
        problems = client.post(body, "preflight").error["details"]["problems"]
    finally:
        site.sql("ALTER TABLE wp_posts MODIFY post_excerpt text CHARACTER SET utf8mb4 NOT NULL")
    assert [one["details"]["characters"] for one in problems] == [["🐘"]]


@pytest.mark.usefixtures("old_tables")
def test_the_page_of_a_term_is_held_to_the_tables_of_terms(client: PluginClient) -> None:
    body = payload(post={"type": "term", "taxonomy": "category", "title": "Beans 🫘", "content": "<p>🫘</p>"})
    problems = client.post(body, "preflight").error["details"]["problems"]
    assert [one["field"] for one in problems] == ["post.title", "post.content"]


def test_tables_that_hold_all_are_given_all(site: Site, client: PluginClient) -> None:
    body = payload(post={"title": "Cold 🧊 𠮷"}, seo={"title": "😎"}, terms=[term("Summer 🏖")])
    assert site.post(client.publish(body).result["post_id"])["post_title"] == "Cold 🧊 𠮷"
