"""Texts that an SEO plugin would change: visitors get them as they were typed, or it is said what they get."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.wordpress.conftest import Site, on_one_core
from tests.wordpress.exporting import item
from tests.wordpress.plugin_client import PluginClient, payload
from tests.wordpress.test_seo_plugins import PLUGINS, served, use

pytestmark = on_one_core
SIGNS = "<5 min, I <3 it, 20%ab 50%off% 5%% & 6%%, \\d [2] #1 #tea C# $1 50% “é” 🚀"
LITERAL = [
    SIGNS,
    "A &amp; B &#37; &lt;b&gt;",
    "<b>bold</b> <!-- x -->",
    "Fun :) 0",
    "%off(a b)% x",
    "0",
    'it\'s "q" \\',
]
CHANGED = [
    ("Ready in <5 minutes", "Ready in"),
    ("<b>bold</b> x", "bold x"),
    ("A &amp; B", "A & B"),
    ("[gallery] of 2", "of 2"),
]
TEMPLATES = {
    "yoast": "%%primary_category%%%%title%% %%sep%% 20%ab",
    "seopress": "%%post_title%% %%sep%% <3",
    "rankmath": "%title% - 20%ab 50%",
    "aioseo": "#post_title #separator_sa 20%ab",
}


@pytest.fixture(autouse=True)
def clean(site: Site) -> Iterator[None]:
    yield
    site.sql("DELETE FROM wp_options WHERE option_name IN ('rank_math_registration_skip', 'igny8_other_meta_tags')")


def body_with(text: str, content_id: str | None = None, **seo: Any) -> dict[str, Any]:
    return payload(content_id, seo={"title": text, "description": text, "focus_keywords": ["tea"], **seo})


def warned(client: PluginClient, body: dict[str, Any]) -> list[tuple[str, str]]:
    found = client.post(body, "preflight").result["warnings"]
    return [(one["code"], one["field"]) for one in found if one["code"].startswith("SEO_")]


@pytest.mark.parametrize("plugin", [None, "yoast", "rankmath", "seopress"])
def test_visitors_get_every_sign_as_it_was_typed(site: Site, client: PluginClient, plugin: str | None) -> None:
    if plugin:
        use(site, plugin)
    for text in LITERAL:
        body = body_with(text)
        assert warned(client, body) == []
        result = client.publish(body).result
        assert served(site, result["permalink"])[:2] == (text, text)
        assert (result["seo_served"]["title"], result["seo_served"]["description"]) == (text, text)
        read = item(client, result["post_id"])
        assert (read["seo"]["title"], read["seo"]["description"]) == (text, text)
        assert read["state_hash"] == result["state_hash"]


def test_what_all_in_one_seo_cannot_print_is_told_with_what_visitors_get(site: Site, client: PluginClient) -> None:
    use(site, "aioseo")
    for text, got in [*CHANGED, *((kept, kept) for kept in (SIGNS[19:], "I <3 coffee", "50%| more"))]:
        body = body_with(text)
        told = client.post(body, "preflight").result["warnings"]
        fields = [] if text == got else ["seo.title", "seo.description"]
        assert [(one["code"], one["field"]) for one in told] == [("SEO_TEXT_CHANGED", field) for field in fields]
        assert all(f"“{text}”" in one["message"] and f"“{got}”" in one["message"] for one in told)
        result = client.publish(body).result
        assert served(site, result["permalink"])[:2] == (got, got)
        assert result["seo_served"]["title"] == got
        assert item(client, result["post_id"])["seo"]["title"] == text  # no change in WordPress
    refused = client.post(body_with("<script>x</script>"), "preflight").error["details"]["problems"]
    assert [(one["code"], one["field"]) for one in refused] == [
        ("SEO_TEXT_LOST", "seo.title"),
        ("SEO_TEXT_LOST", "seo.description"),
    ]
    assert all(one["cure"] for one in refused)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_an_address_of_any_script_and_case_is_published(site: Site, client: PluginClient, plugin: str) -> None:
    use(site, plugin)
    address = "https://Example.com/Tee/grün?q=a&x=ü"
    body = body_with("Title", canonical=address)
    assert warned(client, body) == []
    result = client.publish(body).result
    assert served(site, result["permalink"])[2].lower() == address.lower()
    assert item(client, result["post_id"])["seo"]["canonical"] == address


def test_an_address_that_yoast_makes_another_one_is_told(site: Site, client: PluginClient) -> None:
    use(site, "yoast")
    body = body_with("Title", canonical="https://example.com/?a=1&a=3")
    assert warned(client, body) == [("SEO_TEXT_CHANGED", "seo.canonical")]
    assert client.publish(body).result["seo_served"]["canonical"] == "https://example.com/?a=3"
    (refused,) = client.post(body_with("Title", canonical="no address"), "preflight").error["details"]["problems"]
    assert refused["code"] == "SEO_TEXT_LOST"


def test_keywords_that_yoast_changes_are_told_and_published(site: Site, client: PluginClient) -> None:
    use(site, "yoast", constants={"WPSEO_PREMIUM_VERSION": "28.4"})
    body = body_with("Title", focus_keywords=["<b>tea</b>", "20%ab off", 'a "cup"'])
    assert warned(client, body) == [("SEO_TEXT_CHANGED", "seo.focus_keywords")]
    post_id = client.publish(body).result["post_id"]
    assert site.meta(post_id)["_yoast_wpseo_focuskw"] == "tea"
    related = json.loads(site.meta(post_id)["_yoast_wpseo_focuskeywords"] or "")
    assert [one["keyword"] for one in related] == ["20 off", 'a "cup"']
    assert item(client, post_id)["seo"]["focus_keywords"] == body["seo"]["focus_keywords"]
    others = [{"keyword": "theirs", "score": "ok"}]
    site.sql(
        f"UPDATE wp_postmeta SET meta_value = '{json.dumps(others)}' "
        f"WHERE meta_key = '_yoast_wpseo_focuskeywords' AND post_id = {post_id}"
    )
    assert item(client, post_id)["seo"]["focus_keywords"] == ["tea", "theirs"]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_template_stays_one_and_its_other_signs_are_text(site: Site, client: PluginClient, plugin: str) -> None:
    use(site, plugin)
    template = TEMPLATES[plugin]
    body = body_with(template)
    assert warned(client, body) == [("SEO_TEMPLATE", "seo.title"), ("SEO_TEMPLATE", "seo.description")]
    result = client.publish(body).result
    assert result["seo_served"]["title"] is None
    shown = re.sub(
        r"(%%|%|#)(post_)?title\1?",
        "A plain title",
        re.sub("%%sep%%|#separator_sa", "-", template.replace("%%primary_category%%", "")),
    )
    assert served(site, result["permalink"])[0] == shown
    assert item(client, result["post_id"])["seo"]["title"] == template


@pytest.mark.parametrize("plugin", [None, *PLUGINS])
def test_a_template_of_another_plugin_is_shown_to_nobody_and_written_nowhere(
    site: Site, client: PluginClient, plugin: str | None
) -> None:
    if plugin:
        use(site, plugin)
    of_others = {**TEMPLATES, "slim-seo": "{{ post.title }} {{ sep }}", "squirrly": "{{title}} | Shop"}
    if plugin is None:
        of_others |= {
            "shortcode": "[seo_title] of [current_year]",
            "old": "%post_title% | %site_title%",
            "year": "[year]",
        }
    for owner, template in of_others.items():
        if owner == plugin:
            continue
        body = body_with(template)
        assert warned(client, body)[0] == ("SEO_TEMPLATE", "seo.title")
        result = client.publish(body).result
        assert result["seo_served"]["title"] is None
        assert served(site, result["permalink"])[0].startswith("A plain title")
        assert served(site, result["permalink"])[1] == ""
        assert item(client, result["post_id"])["seo"]["title"] == template


def test_what_rank_math_leaves_out_of_an_address_is_told(site: Site) -> None:
    code = "<?php echo IGNY8_Seo_Text::served( 'rankmath', 'canonical', $args[0] );"
    assert site.wordpress.run_php(code, "https://example.com/?q=[1]&x=<2>") == "https://example.com/?q=%5B1%5D&x=2"
    assert site.wordpress.run_php(code, "https://straße.example/Ö") == "https://straße.example/Ö"
