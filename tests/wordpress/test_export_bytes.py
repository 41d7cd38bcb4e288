"""Texts reach the app byte for byte, and bytes that are no text break nothing."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.exporting import add_meta, add_post, hashes, item, mark_published, plugin_code, remove_posts
from tests.wordpress.plugin_client import PluginClient

HERE = Path(__file__).parent
TEXTS = {
    "blocks": '<!-- wp:group {"style":{"padding":"\\u0022\\u003c\\u002d\\u002d"}} -->\n<div class="wp-block-group">'
    "<!-- wp:paragraph -->\r\n<p>One</p>\n\n<!-- /wp:paragraph --></div>\n<!-- /wp:group -->",
    "shortcodes": '[gallery ids="1,2"] [caption width="300"]<img src="a.jpg" /> A [b]nested[/b][/caption] [[escaped]]',
    "classic": "A first line\n\nA second one with <b>bold<i>both</b></i> & bare ampersand &amp; an entity <br>&nbsp;\n",
    "emoji": "👩\u200d👩\u200d👧\u200d👦 🇺🇦 ☕\ufe0f 𝒳 𠜎 \U0010ffff",
    "scripts": "Кофе и чай, قهوة, 咖啡, กาแฟ, e\u0301 é \u202e\u2028\u2029\ufeff\u00a0",
    "backslashes": r"C:\new\table \\server \' \" \u0041 \\u0041 %s %1$d {$x} $x",
    "controls": "tab\there, nul\0here, escape\x1bhere, bell\x07, delete\x7f, vertical\x0b",
    "spaces": "  \n\n leading and trailing \r\n ",
    "markup": "<script>alert('x')</script></textarea><![CDATA[x]]><!--more--><!--nextpage-->",
}


@pytest.fixture(autouse=True)
def empty(site: Site) -> Iterator[None]:
    """No posts of other tests."""
    remove_posts(site)
    yield
    remove_posts(site)


@pytest.mark.parametrize("name", TEXTS)
def test_texts_come_byte_for_byte(site: Site, client: PluginClient, name: str) -> None:
    text = TEXTS[name]
    post_id = add_post(site, content=text, title=text[:200], excerpt=text)
    add_meta(site, post_id, "_igny8_seo_description", text)
    filters = (
        "foreach ( array( 'the_content', 'the_title', 'get_the_excerpt' ) as $f ) add_filter( $f, fn() => 'filtered' );"
    )
    with plugin_code(site, filters):
        found = item(client, post_id)
    assert (found["title"], found["content"], found["excerpt"]) == (text[:200], text, text)
    assert found["seo"]["description"] == text
    assert "mended" not in found
    assert found["content_hash"] == hashlib.sha256(f"{text[:200]}\n{text}\n{text}".encode()).hexdigest()


def test_five_megabytes_come_whole(site: Site, client: PluginClient) -> None:
    post_id = add_post(site, title="Large")
    part = "Zwölf Boxkämpfer 🥊 \\\\ jagen <b>Viktor</b>\n"
    times = 5_000_000 // len(part.encode())
    site.sql(f"UPDATE wp_posts SET post_content = REPEAT('{part}', {times}) WHERE ID = {post_id}")
    found = item(client, post_id)
    text = part.replace("\\\\", "\\") * times
    assert found["content"] == text
    assert found["content_hash"] == hashlib.sha256(f"Large\n{text}\n".encode()).hexdigest()


def test_what_is_no_utf8_is_mended_and_marked(site: Site, client: PluginClient) -> None:
    whole = add_post(site, content="Whole")
    site.sql("ALTER TABLE wp_posts MODIFY post_content longblob NOT NULL, MODIFY post_title blob NOT NULL")
    site.sql("ALTER TABLE wp_postmeta MODIFY meta_value longblob NULL")
    try:
        broken = b"caf\xe9 \xff\xfe \xc3 \xed\xa0\x80 \xf5\x80 ok \xf0\x9f\x98"
        post_id = add_post(site, content=broken)
        other = add_post(site, title=b"caf\xe9", content="fine")
        described = add_post(site)
        mark_published(site, described)
        site.sql(
            "INSERT INTO wp_postmeta (post_id, meta_key, meta_value) "
            f"VALUES ({described}, '_igny8_seo_title', 0x636166e9), ({described}, '_igny8_cluster_id', 0xff)"
        )
        found = item(client, post_id)
        assert found["mended"] is True
        assert found["content"].startswith("caf\ufffd \ufffd\ufffd \ufffd ")
        assert " ok " in found["content"]
        assert found["content_hash"] == hashlib.sha256(b"A post\n" + broken + b"\n").hexdigest()
        assert item(client, other)["title"] == "caf\ufffd"
        found = item(client, described)
        assert (found["seo"]["title"], found["relations"]["cluster_id"]) == ("caf\ufffd", "\ufffd")
        assert found["mended"] is True
        assert hashes(client, described) == (found["content_hash"], found["state_hash"])
        assert "mended" not in item(client, whole)
        assert len(client.call("posts").result["items"]) == 4
    finally:
        remove_posts(site)
        site.sql("ALTER TABLE wp_posts MODIFY post_content longtext NOT NULL, MODIFY post_title text NOT NULL")
        site.sql("ALTER TABLE wp_postmeta MODIFY meta_value longtext NULL")


def test_a_persistent_object_cache_hides_no_change(site: Site, client: PluginClient) -> None:
    drop_in = site.wordpress.core / "wp-content" / "object-cache.php"
    drop_in.write_text((HERE / "object-cache.php").read_text())
    try:
        post_id = add_post(site, content="Before")
        add_meta(site, post_id, "_igny8_seo_title", "Before")
        site.fetch(item(client, post_id)["permalink"])
        before = hashes(client, post_id)
        site.sql(f"UPDATE wp_posts SET post_content = 'After', post_name = 'after' WHERE ID = {post_id}")
        site.sql(f"UPDATE wp_postmeta SET meta_value = 'After' WHERE post_id = {post_id}")
        site.sql(f"INSERT INTO wp_term_relationships (object_id, term_taxonomy_id) VALUES ({post_id}, 1)")
        found = item(client, post_id)
        assert (found["content"], found["slug"], found["seo"]["title"]) == ("After", "after", "After")
        assert found["terms"]["category"] == [1]
        assert found["permalink"].endswith("/after/")
        assert hashes(client, post_id)[0] != before[0]
        assert hashes(client, post_id)[1] != before[1]
    finally:
        drop_in.unlink()
        shutil.rmtree(site.wordpress.core / "wp-content" / "test-object-cache", ignore_errors=True)


@pytest.mark.parametrize("plugin", ["yoast", "rankmath", "aioseo", "seopress"])
def test_seo_fields_come_from_where_the_plugin_holds_them(site: Site, client: PluginClient, plugin: str) -> None:
    site.break_with(seo_plugin=plugin)
    client.call("status")
    post_id, bare = add_post(site), add_post(site)
    fields = {"title": "T \\ 🚀", "description": "D", "canonical": "https://example.com/c"}
    keys = {
        "yoast": ("_yoast_wpseo_title", "_yoast_wpseo_metadesc", "_yoast_wpseo_canonical", "_yoast_wpseo_focuskw"),
        "rankmath": ("rank_math_title", "rank_math_description", "rank_math_canonical_url", "rank_math_focus_keyword"),
        "seopress": (
            "_seopress_titles_title",
            "_seopress_titles_desc",
            "_seopress_robots_canonical",
            "_seopress_analysis_target_kw",
        ),
    }
    focus = "a" if plugin == "yoast" else "a, b,,c "
    if plugin == "aioseo":
        phrases = {"focus": {"keyphrase": "a"}, "additional": [{"keyphrase": "b"}, {"keyphrase": "c"}]}
        encoded = json.dumps(phrases).encode().hex()
        title = fields["title"].encode().hex()
        site.sql(
            "INSERT INTO wp_aioseo_posts (post_id, title, description, canonical_url, keyphrases) VALUES "
            f"({post_id}, CONVERT(0x{title} USING utf8mb4), 'D', 'https://example.com/c', 0x{encoded}), "
            f"({post_id}, 'a second row', '', '', '')"
        )
    else:
        for key, value in zip(keys[plugin], (*fields.values(), focus), strict=True):
            add_meta(site, post_id, key, value)
    add_meta(site, post_id, "_igny8_seo_title", "what the plugin does not show")
    expected = ["a"] if plugin == "yoast" else ["a", "b", "c"]
    assert item(client, post_id)["seo"] == {**fields, "focus_keywords": expected}
    nothing = {"title": "", "description": "", "canonical": "", "focus_keywords": []}
    assert item(client, bare)["seo"] == nothing
    assert hashes(client, post_id)[1] == item(client, post_id)["state_hash"]


def test_keywords_that_yoast_cannot_hold_are_ours_as_long_as_the_first_is(site: Site, client: PluginClient) -> None:
    site.break_with(seo_plugin="yoast")
    post_id = add_post(site)
    add_meta(site, post_id, "_igny8_focus_keywords", "a, b, c")
    add_meta(site, post_id, "_yoast_wpseo_focuskw", "a")
    assert item(client, post_id)["seo"]["focus_keywords"] == ["a", "b", "c"]
    site.sql(f"UPDATE wp_postmeta SET meta_value = 'z' WHERE post_id = {post_id} AND meta_key = '_yoast_wpseo_focuskw'")
    assert item(client, post_id)["seo"]["focus_keywords"] == ["z"]
    add_meta(site, post_id, "_yoast_wpseo_focuskeywords", '[{"keyword":"y","score":1}]')
    assert item(client, post_id)["seo"]["focus_keywords"] == ["z", "y"]
