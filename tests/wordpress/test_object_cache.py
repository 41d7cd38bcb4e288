"""With a persistent object cache nothing of a failed publish is remembered."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, fresh_id, payload, term

DROP_IN = Path(__file__).parent / "object-cache.php"


@pytest.fixture
def cached_site(site: Site) -> Iterator[Site]:
    content = site.wordpress.core / "wp-content"
    (content / "object-cache.php").write_text(DROP_IN.read_text())
    site.fetch(site.wordpress.url)
    assert any((content / "test-object-cache").iterdir())
    yield site
    (content / "object-cache.php").unlink()
    shutil.rmtree(content / "test-object-cache")


@pytest.mark.parametrize("moment", ["draft", "live", "set_object_terms"])
@pytest.mark.parametrize("fault", ["throw", "exit", "kill_connection"])
def test_a_failed_new_post_leaves_no_phantom(cached_site: Site, client: PluginClient, fault: str, moment: str) -> None:
    category = term(fresh_id("Phantom"))
    body = payload(post={"slug": fresh_id("phantom")}, terms=[category])
    before = int(cached_site.value("SELECT MAX(ID) FROM wp_posts") or 0)
    client.post(body, "claim")
    cached_site.break_with(**{fault: moment})
    assert client.post(body, "publish").status == 500
    cached_site.break_with()
    cached_site.clear_log()
    look = (
        "<?php for ( $i = 1; $i < 20; $i++ ) { echo null === get_post( $args[0] + $i ) ? '' : 'post ', "
        "metadata_exists( 'post', $args[0] + $i, '_igny8_content_id' ) ? 'meta ' : ''; } "
        "echo term_exists( $args[1], 'category' ) ? 'term' : '';"
    )
    assert cached_site.wordpress.run_php(look, str(before), category["name"]) == ""
    result = client.publish(body).result
    assert category["name"] in cached_site.fetch(result["permalink"]).text


def test_a_failed_update_shows_the_old_version_and_a_good_one_the_new(cached_site: Site, client: PluginClient) -> None:
    body = payload(post={"content": "<p>Old text</p>"}, seo={"title": "Old SEO"})
    url = client.publish(body).result["permalink"]
    update = payload(body["content_id"], post={"content": "<p>New text</p>"}, seo={"title": "New SEO"})
    assert "Old text" in cached_site.fetch(url).text
    cached_site.break_with(throw="wp_after_insert_post")
    assert client.publish(update).code == "HOOK_FAILED"
    cached_site.break_with()
    page = cached_site.fetch(url).text
    assert "Old text" in page
    assert "<title>Old SEO" in page
    assert client.publish(update).status == 200
    page = cached_site.fetch(url).text
    assert "New text" in page
    assert "<title>New SEO" in page
