"""Title, description, canonical and focus keywords as each SEO plugin serves them to a visitor."""

import html
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, payload

PLUGINS = {"yoast": "28.4", "rankmath": "1.0.273", "aioseo": "4.9.9", "seopress": "9.7.4"}
SEO = {
    "title": "Best “beans” & \\ roasts 🚀",
    "description": "It's all about 'beans' \\d & more",
    "canonical": "https://example.com/beans/?a=1&b=2",
    "focus_keywords": ["beans", "roast \\ é", "third"],
}


@pytest.fixture(params=PLUGINS)
def plugin(site: Site, request: pytest.FixtureRequest) -> Iterator[str]:
    """An SEO plugin that is active and set up."""
    use(site, str(request.param))
    yield str(request.param)
    site.sql("DELETE FROM wp_options WHERE option_name = 'rank_math_registration_skip'")


def use(site: Site, name: str, **faults: Any) -> None:
    site.break_with(seo_plugin=name, **faults)
    if name == "rankmath":
        site.sql("REPLACE INTO wp_options (option_name, option_value) VALUES ('rank_math_registration_skip', '1')")


def served(site: Site, url: str) -> tuple[str, str, str]:
    """Return title, description and canonical of the head a visitor gets."""
    head = site.head(url)
    assert "<title>" in head, head

    def between(start: str, end: str) -> str:
        return html.unescape(head.split(start, 1)[1].split(end, 1)[0]) if start in head else ""

    return (
        between("<title>", "</title>"),
        between('<meta name="description" content="', '">'),
        between('<link rel="canonical" href="', '"'),
    )


@pytest.mark.parametrize("type_", ["post", "page"])
def test_a_visitor_is_served_what_was_sent(site: Site, client: PluginClient, plugin: str, type_: str) -> None:
    result = client.publish(payload(post={"type": type_, "title": f"A {type_} for {plugin}"}, seo=SEO)).result
    assert result["seo_plugin"] == {"active": plugin, "version": PLUGINS[plugin]}
    assert result["readback"]["seo"] is True
    assert served(site, result["permalink"]) == (SEO["title"], SEO["description"], SEO["canonical"])
    assert site.head(result["permalink"]).count('name="description"') == 1
    metadata = client.call("site-metadata").result["seo_plugin"]
    assert metadata == {"active": plugin, "version": PLUGINS[plugin], "configured": True, "other": None}


@pytest.mark.parametrize("type_", ["post", "page"])
def test_an_update_is_served_and_what_was_emptied_is_gone(
    site: Site, client: PluginClient, plugin: str, type_: str
) -> None:
    body = payload(post={"type": type_, "title": f"Plain {type_}"}, seo=SEO)
    client.publish(body)
    new = {"title": "New", "description": "New words", "canonical": "https://example.com/new"}
    result = client.publish(payload(body["content_id"], post=body["post"], seo=new)).result
    assert served(site, result["permalink"]) == ("New", "New words", "https://example.com/new")
    last = client.publish(payload(body["content_id"], post=body["post"])).result
    title, description, canonical = served(site, last["permalink"])
    assert title.startswith("Plain")
    assert description == ""
    assert canonical in ("", last["permalink"])


def test_focus_keywords_are_where_the_plugin_reads_them(site: Site, client: PluginClient, plugin: str) -> None:
    post_id = client.publish(payload(seo=SEO)).result["post_id"]
    meta = site.meta(post_id)
    keywords = SEO["focus_keywords"]
    if plugin == "aioseo":
        stored = json.loads(site.value(f"SELECT keyphrases FROM wp_aioseo_posts WHERE post_id = {post_id}") or "")
        found = [stored["focus"]["keyphrase"], *(phrase["keyphrase"] for phrase in stored["additional"])]
        assert found == keywords
        assert stored["focus"]["score"] == 0
    else:
        key = {
            "yoast": "_yoast_wpseo_focuskw",
            "rankmath": "rank_math_focus_keyword",
            "seopress": "_seopress_analysis_target_kw",
        }[plugin]
        assert meta[key] == ("beans" if plugin == "yoast" else ",".join(keywords))
    assert meta["_igny8_focus_keywords"] == ", ".join(keywords)


@pytest.mark.parametrize("fault", ["throw", "raw_commit", "kill_connection"])
def test_a_failed_update_serves_the_old_fields(site: Site, client: PluginClient, plugin: str, fault: str) -> None:
    body = payload(seo={"title": "Old", "description": "Old words", "canonical": "https://example.com/old"})
    result = client.publish(body).result
    before = site.traces()
    use(site, plugin, **{fault: "wp_after_insert_post"})
    assert client.publish(payload(body["content_id"], seo=SEO)).status == 500
    site.clear_log()
    use(site, plugin)
    assert site.traces() == before
    assert served(site, result["permalink"]) == ("Old", "Old words", "https://example.com/old")


@pytest.mark.parametrize("fault", ["throw", "raw_commit", "kill_connection"])
def test_a_failed_publish_leaves_no_row_in_the_table_of_all_in_one_seo(
    site: Site, client: PluginClient, fault: str
) -> None:
    use(site, "aioseo")
    client.publish(payload(seo=SEO))
    rows = site.value("SELECT COUNT(*) FROM wp_aioseo_posts")
    before = site.traces()
    use(site, "aioseo", **{fault: "live"})
    assert client.publish(payload(seo=SEO)).status == 500
    site.clear_log()
    use(site, "aioseo")
    assert (site.traces(), site.value("SELECT COUNT(*) FROM wp_aioseo_posts")) == (before, rows)


def test_an_older_all_in_one_seo_keeps_what_is_not_ours(site: Site, client: PluginClient) -> None:
    use(site, "aioseo", aioseo_version="4.5.0")
    body = payload(seo=SEO)
    result = client.publish(body).result
    row = f"wp_aioseo_posts WHERE post_id = {result['post_id']}"
    site.sql(f"UPDATE {row.replace(' WHERE', ' SET robots_noindex = 1, og_title = 0x427920 WHERE')}")
    client.publish(payload(body["content_id"], seo={"title": "New"}))
    assert site.sql(f"SELECT title, robots_noindex, og_title FROM {row}") == [
        {"title": "New", "robots_noindex": "1", "og_title": "By"}
    ]


@pytest.mark.parametrize("version", ["4.5.0", "4.9.9"])
def test_what_all_in_one_seo_found_out_about_a_keyphrase_stays(site: Site, client: PluginClient, version: str) -> None:
    use(site, "aioseo", aioseo_version=version)
    body = payload(seo={"title": "Old", "focus_keywords": ["beans", "roast"]})
    where = f"WHERE post_id = {client.publish(body).result['post_id']}"
    beans = {"keyphrase": "beans", "score": 88, "analysis": {"keyphraseInTitle": {"score": 9, "error": 0}}}
    found = json.dumps({"focus": beans, "additional": [{**beans, "keyphrase": "roast", "score": 70}]})
    site.sql(f"UPDATE wp_aioseo_posts SET keyphrases = '{found}' {where}")
    client.publish(payload(body["content_id"], seo={"title": "New", "focus_keywords": ["roast", "cup"]}))
    kept = json.loads(site.value(f"SELECT keyphrases FROM wp_aioseo_posts {where}") or "")
    assert (kept["focus"]["keyphrase"], kept["focus"]["score"]) == ("roast", 70)
    assert kept["focus"]["analysis"] == beans["analysis"]
    assert kept["additional"] == [{"keyphrase": "cup", "score": 0, "analysis": {}}]
    client.publish(payload(body["content_id"], seo={"title": "Newer", "focus_keywords": ["roast", "cup"]}))
    assert json.loads(site.value(f"SELECT keyphrases FROM wp_aioseo_posts {where}") or "") == kept


def test_rank_math_without_its_set_up_serves_nothing_and_is_refused(site: Site, client: PluginClient) -> None:
    site.break_with(seo_plugin="rankmath")
    answer = client.post(payload(seo=SEO), "preflight")
    assert [problem["code"] for problem in answer.error["details"]["problems"]] == ["SEO_PLUGIN_NOT_SET_UP"]
    assert client.publish(payload()).status == 200


@pytest.mark.parametrize("features", [{"toggle-titles": "0"}, {"toggle-social": "1"}])
def test_seopress_without_its_titles_serves_nothing_and_is_refused(
    site: Site, client: PluginClient, features: dict[str, str]
) -> None:
    site.break_with(seo_plugin="seopress")
    site.wordpress.run_php(
        "<?php update_option( 'seopress_toggle', json_decode( $args[0], true ) );", json.dumps(features)
    )
    try:
        [problem] = client.post(payload(seo=SEO), "preflight").error["details"]["problems"]
        assert problem["code"] == "SEO_PLUGIN_NOT_SET_UP"
        assert "Titles & Metas" in problem["message"]
        assert client.publish(payload()).status == 200
    finally:
        site.wordpress.run_php("<?php delete_option( 'seopress_toggle' );")
