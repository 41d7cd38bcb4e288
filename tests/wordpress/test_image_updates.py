"""Images of a new version: replaced ones go when nothing else uses them, changed texts arrive."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.factories.live import wait_for
from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, fresh_id, image, payload, png


def publish_with(client: PluginClient, picture: bytes, content_id: str | None = None, **texts: Any) -> dict[str, Any]:
    body = payload(content_id, images=[image(picture, "featured", **texts)])
    result = client.publish(body, picture).result
    assert isinstance(result, dict)
    return result | {"content_id": body["content_id"]}


def attachment_of(result: dict[str, Any], picture: bytes) -> int:
    return int(result["images"][hashlib.sha256(picture).hexdigest()]["attachment_id"])


def settled(site: Site, content_id: str) -> None:
    """Wait until the plugin has decided about replaced images: it does so once the answer is out."""
    query = f"SELECT attachments FROM wp_igny8_map WHERE content_id = '{content_id}'"
    wait_for(lambda: '"old"' not in str(site.value(query)), what="the replaced images to be looked at")


def is_there(site: Site, attachment_id: int) -> bool:
    return site.value(f"SELECT COUNT(*) FROM wp_posts WHERE ID = {attachment_id}") == "1"


def test_a_replaced_image_goes_with_its_files(site: Site, client: PluginClient) -> None:
    old, new = png(900, 700), png()
    first = publish_with(client, old)
    files = set(site.traces()["files"])
    second = publish_with(client, new, first["content_id"])
    settled(site, first["content_id"])
    assert not is_there(site, attachment_of(first, old))
    assert len(files - set(site.traces()["files"])) > 1  # the sizes too
    assert site.fetch(second["featured_image_url"]).content == new
    # The old version comes back whole.
    third = publish_with(client, old, first["content_id"])
    assert site.fetch(third["featured_image_url"]).content == old


USES: dict[str, Callable[[Site, int, str], None]] = {
    "another post's text": lambda site, id_, url: insert_post(site, f"<p><img src='{url}'></p>"),
    "a size in another post's text": lambda site, id_, url: insert_post(
        site, "<img src='" + url.replace(".png", "-300x200.png") + "'>"
    ),
    "a block of another post": lambda site, id_, url: insert_post(
        site, f'<!-- wp:cover {{"id":{id_},"dimRatio":50}} --><!-- /wp:cover -->'
    ),
    "a gallery shortcode": lambda site, id_, url: insert_post(site, f'[gallery ids="1,{id_},3"]'),
    "another featured image": lambda site, id_, url: insert_meta(site, "_thumbnail_id", str(id_)),
    "a product's gallery": lambda site, id_, url: insert_meta(site, "_product_image_gallery", f"1,{id_}"),
    "a field of a page builder": lambda site, id_, url: insert_meta(site, "_elementor_data", f'{{"url":"{url}"}}'),
    "escaped JSON": lambda site, id_, url: insert_meta(site, "_builder", url.replace("/", "\\\\/")),
    "a custom field": lambda site, id_, url: insert_meta(site, "hero_image", str(id_)),
    "the site's icon": lambda site, id_, url: set_option(site, "site_icon", str(id_)),
    "the theme's logo": lambda site, id_, url: set_option(
        site, "theme_mods_test", f'a:1:{{s:11:"custom_logo";i:{id_};}}'
    ),
    "a widget": lambda site, id_, url: set_option(site, "widget_block_test", url),
}


def insert_post(site: Site, content: str) -> None:
    site.wordpress.run_php(
        "<?php wp_insert_post( array( 'post_title' => 'x', 'post_content' => wp_slash( $args[0] ), "
        "'post_status' => 'draft' ) );",
        content,
    )


def insert_meta(site: Site, key: str, value: str) -> None:
    site.sql(f"INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (1, '{key}', '{value}')")


def set_option(site: Site, name: str, value: str) -> None:
    site.sql(f"DELETE FROM wp_options WHERE option_name = '{name}'")
    site.sql(f"INSERT INTO wp_options (option_name, option_value) VALUES ('{name}', '{value}')")


@pytest.mark.parametrize("use", USES)
def test_a_replaced_image_that_is_used_elsewhere_stays(site: Site, client: PluginClient, use: str) -> None:
    old = png()
    first = publish_with(client, old)
    USES[use](site, attachment_of(first, old), first["featured_image_url"])
    try:
        publish_with(client, png(), first["content_id"])
        settled(site, first["content_id"])
        assert is_there(site, attachment_of(first, old))
    finally:
        site.sql("DELETE FROM wp_options WHERE option_name IN ('site_icon', 'theme_mods_test', 'widget_block_test')")


def test_an_image_of_two_contents_goes_with_the_last(site: Site, client: PluginClient) -> None:
    shared = png()
    one, two = publish_with(client, shared), publish_with(client, shared)
    publish_with(client, png(), one["content_id"])
    settled(site, one["content_id"])
    assert is_there(site, attachment_of(one, shared))
    publish_with(client, png(), two["content_id"])
    settled(site, two["content_id"])
    assert not is_there(site, attachment_of(one, shared))


def test_an_image_that_was_put_in_by_hand_is_never_removed(site: Site, client: PluginClient) -> None:
    old = png()
    first = publish_with(client, old)
    id_ = attachment_of(first, old)
    site.sql(f"DELETE FROM wp_postmeta WHERE post_id = {id_} AND meta_key = '_igny8_sha256'")
    publish_with(client, png(), first["content_id"])
    settled(site, first["content_id"])
    assert is_there(site, id_)


def test_a_failed_update_removes_no_image(site: Site, client: PluginClient) -> None:
    old = png()
    first = publish_with(client, old)
    site.break_with(throw="live")
    picture = png()
    update = payload(first["content_id"], images=[image(picture, "featured")])
    assert client.publish(update, picture).code == "HOOK_FAILED"
    site.break_with()
    assert is_there(site, attachment_of(first, old))
    assert site.fetch(first["featured_image_url"]).content == old


def test_php_killed_before_the_replaced_image_is_gone_leaves_it_to_the_sweeper(
    site: Site, client: PluginClient
) -> None:
    old, picture = png(), png()
    first = publish_with(client, old)
    update = payload(first["content_id"], images=[image(picture, "featured")])
    client.post(update, "claim")
    client.upload(update, picture)
    site.break_with(crash="delete_attachment")
    site.sql("UPDATE wp_options SET option_value = UNIX_TIMESTAMP() WHERE option_name = 'igny8_swept_at'")
    site.crash_after_answer(lambda: client.post(update, "publish"))
    site.break_with()
    assert is_there(site, attachment_of(first, old))
    site.sql("UPDATE wp_options SET option_value = '0' WHERE option_name = 'igny8_swept_at'")
    assert client.call("status").status == 200
    settled(site, first["content_id"])
    assert not is_there(site, attachment_of(first, old))
    assert site.fetch(client.post(update, "publish").result["featured_image_url"]).content == picture


def test_the_next_version_waits_while_the_replaced_image_is_removed(site: Site, client: PluginClient) -> None:
    old, new = png(), png()
    first = publish_with(client, old)
    site.break_with(sleep="delete_attachment", seconds=0.5)
    publish_with(client, new, first["content_id"])
    third = publish_with(client, new, first["content_id"], alt="The next version")
    site.break_with()
    assert third["post_id"] == first["post_id"]
    assert not is_there(site, attachment_of(first, old))


def test_texts_that_the_app_changed_arrive_in_the_media_library(site: Site, client: PluginClient) -> None:
    picture = png()
    first = publish_with(client, picture, alt="Old alt", title="Old title", caption="Old caption")
    id_ = attachment_of(first, picture)

    def texts() -> tuple[str | None, ...]:
        post = site.post(id_)
        return post["post_title"], post["post_excerpt"], site.meta(id_)["_wp_attachment_image_alt"]

    assert texts() == ("Old title", "Old caption", "Old alt")
    sent = {"alt": "New \\ alt", "title": "New “title”", "caption": "New & caption"}
    publish_with(client, picture, first["content_id"], **sent)
    assert texts() == ("New “title”", "New & caption", "New \\ alt")
    # What was written by hand since then stays until the app changes its own.
    site.sql(f"UPDATE wp_postmeta SET meta_value = 'By hand' WHERE post_id = {id_} AND meta_value = 'New \\\\ alt'")
    publish_with(client, picture, first["content_id"], **sent)
    assert texts()[2] == "By hand"
    # Another content that shows the same image has no say.
    publish_with(client, picture, alt="Other", title="Other", caption="Other")
    assert texts()[0] == "New “title”"


@pytest.mark.parametrize("fault", ["throw", "raw_commit", "kill_connection"])
def test_a_failed_update_leaves_the_texts_as_they_were(site: Site, client: PluginClient, fault: str) -> None:
    picture = png()
    first = publish_with(client, picture, alt="Old alt", title="Old title")
    id_ = attachment_of(first, picture)
    before = (site.traces(), site.post(id_), site.meta(id_))
    site.break_with(**{fault: "wp_after_insert_post"})
    update = payload(first["content_id"], fresh_id("run"), images=[image(picture, "featured", alt="New alt")])
    assert client.publish(update, picture).status == 500
    site.clear_log()
    site.break_with()
    assert (site.traces(), site.post(id_), site.meta(id_)) == before


def test_a_file_whose_name_begins_alike_is_another_file(site: Site, client: PluginClient) -> None:
    # hero.png is replaced by another hero.png, which WordPress names hero-1.png.
    old = png()
    first = payload(images=[image(old, "featured")])
    client.post(first, "claim")
    client.upload(first, old, filename="hero.png")
    client.post(first, "publish")
    made = site.value("SELECT ID FROM wp_posts WHERE post_type = 'attachment' ORDER BY ID DESC LIMIT 1")
    new = png()
    second = payload(first["content_id"], images=[image(new, "featured")])
    client.post(second, "claim")
    url = client.upload(second, new, filename="hero.png").result["url"]
    client.post(second, "publish")
    settled(site, first["content_id"])
    assert url.endswith("/hero-1.png")
    assert not is_there(site, int(made or 0))
