"""SEO plugins that we cannot write to, and themes that print meta tags: nothing is printed twice."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.wordpress.conftest import Site, on_one_core
from tests.wordpress.plugin_client import PluginClient, payload
from tests.wordpress.test_seo_plugins import served
from tests.wordpress.test_term_pages import body_for, existing

pytestmark = on_one_core
SEO = {"title": "Our title", "description": "Our words", "canonical": "https://example.com/ours"}
THEIRS = "<meta content='Their words' name='description'>\n<link rel='canonical' href='https://example.com/theirs'>\n"


@pytest.fixture(autouse=True)
def clean(site: Site) -> Iterator[None]:
    yield
    site.sql("DELETE FROM wp_options WHERE option_name = 'igny8_other_meta_tags'")


def warnings(client: PluginClient, body: dict[str, Any]) -> list[Any]:
    found: list[Any] = client.post(body, "preflight").result["warnings"]
    return found


@pytest.mark.parametrize(
    ("constant", "name"), [("SLIM_SEO_VER", "Slim SEO"), ("THE_SEO_FRAMEWORK_VERSION", "The SEO Framework")]
)
def test_a_known_one_is_named_and_ours_are_silent(site: Site, client: PluginClient, constant: str, name: str) -> None:
    site.break_with(constants={constant: "5"}, prints=["wp_head", THEIRS])
    body = payload(seo=SEO)
    (told,) = warnings(client, body)
    assert (told["code"], told["field"]) == ("SEO_NOT_SHOWN", "seo")
    assert name in told["message"]
    assert "SEO title, meta description, canonical address" in told["message"]
    result = client.publish(body).result
    assert result["seo_served"] == {"title": None, "description": None, "canonical": None}
    head = site.head(result["permalink"])
    assert (head.count("description"), "Our" in head.split("igny8-content")[0]) == (1, False)
    assert "example.com/ours" not in head
    assert client.call("site-metadata").result["seo_plugin"]["other"] == name


@pytest.mark.parametrize("hook", ["wp_head", "get_header"])
def test_what_a_theme_prints_is_seen_and_not_printed_twice(site: Site, client: PluginClient, hook: str) -> None:
    body = payload(seo=SEO)
    result = client.publish(body).result
    assert served(site, result["permalink"]) == ("Our title", "Our words", "https://example.com/ours")
    assert warnings(client, body) == []
    site.break_with(prints=[hook, THEIRS])
    for _ in range(2):
        head = site.head(result["permalink"])
        assert ("Their words" in head, "Our words" in head) == (True, False)
    (told,) = warnings(client, payload(body["content_id"], seo=SEO))
    assert "The theme or another plugin" in told["message"]
    assert "meta description, canonical address" in told["message"]
    again = client.publish(payload(body["content_id"], seo=SEO | {"title": "Our new title"})).result
    assert again["seo_served"] == {"title": "Our new title", "description": None, "canonical": None}
    site.break_with()
    site.wordpress.run_php("<?php do_action( 'switch_theme', 'x' );")
    assert "Our words" in site.head(result["permalink"])


def test_a_term_has_one_canonical_address(site: Site, client: PluginClient) -> None:
    name, _ = existing(site, client)
    result = client.publish(body_for(name, seo=SEO)).result
    assert served(site, result["permalink"]) == ("Our title", "Our words", "https://example.com/ours")
    site.break_with(prints=["wp_head", THEIRS])
    assert site.head(result["permalink"]).count("canonical") == 1
