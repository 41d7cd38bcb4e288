"""The oldest PHP that the plugin runs on, and a newer one than this machine's: without a notice."""

import subprocess
from pathlib import Path

import pytest

from app.devstack.wordpress import CORE, PLUGINS
from app.sites import signing
from tests.wordpress.conftest import NEWER, NO_APP, OTHER_PHP, Site
from tests.wordpress.exporting import plugin_code
from tests.wordpress.outbox import TIMES
from tests.wordpress.plugin_client import PluginClient, image, payload, png, term
from tests.wordpress.test_admin_page import PAGE, text_of
from tests.wordpress.test_settings_page import signed_in

on_each_php = pytest.mark.parametrize(
    "wordpress",
    [(CORE, OTHER_PHP["7.4"]), (NEWER, OTHER_PHP["8.4"])],
    ids=["PHP 7.4", "PHP 8.4"],
    indirect=True,
)
PAGES = (
    PAGE,
    "/wp-admin/options-general.php?page=igny8",
    "/wp-admin/plugins.php",
    "/wp-admin/privacy-policy-guide.php",
)
SITE_HEALTH = """<?php
foreach ( apply_filters( 'site_status_tests', array( 'direct' => array(), 'async' => array() ) )['direct'] as $test ) {
	echo call_user_func( $test['test'] )['status'] . ' ';
}
echo count( apply_filters( 'debug_information', array() ) );
"""


@pytest.mark.parametrize("php", OTHER_PHP.values(), ids=OTHER_PHP)
def test_every_file_can_be_read(php: Path) -> None:
    files = [str(path) for path in sorted((PLUGINS / "igny8").rglob("*.php"))]
    code = "foreach ( array_slice( $argv, 1 ) as $f ) { token_get_all( file_get_contents( $f ), TOKEN_PARSE ); }"
    done = subprocess.run([php, "-d", "error_reporting=-1", "-r", code, *files], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@on_each_php
def test_activation_and_removal_leave_no_notice(site: Site) -> None:
    site.wordpress.run_php(
        "<?php require_once ABSPATH . 'wp-admin/includes/plugin.php'; deactivate_plugins( 'igny8/igny8.php' );"
    )
    site.sql("DROP TABLE wp_igny8_outbox")
    site.wordpress.run_php(
        "<?php require_once ABSPATH . 'wp-admin/includes/plugin.php';"
        " $done = activate_plugin( 'igny8/igny8.php' ); if ( $done ) throw new Exception( $done->get_error_message() );"
    )
    assert site.value("SELECT COUNT(*) FROM wp_igny8_outbox") == "0"


@on_each_php
def test_a_publish_and_its_update(site: Site, client: PluginClient) -> None:
    pictures = [png() for _ in range(3)]
    images = [
        image(data, role, place)
        for place, (data, role) in enumerate(zip(pictures, ("featured", "gallery", "inline"), strict=True))
    ]
    text = f'<p>Text \\ 🚀</p><img src="igny8-image:{images[2]["sha256"]}">'
    body = payload(
        post={"title": "Café \\ 🚀", "content": text},
        images=images,
        terms=[term("Größe"), term("x", "post_tag")],
        seo={"title": "T", "focus_keywords": ["a", "b"]},
        relations={"cluster": {"id": "12", "name": "C"}, "keyword_ids": ["1"]},
    )
    first = client.publish(body, *pictures).result
    assert all(first["readback"].values())
    changed = client.publish(payload(body["content_id"], post={"title": "Changed"}, terms=[term("Größe")])).result
    assert (changed["post_id"], changed["created"]) == (first["post_id"], False)
    assert "igny8-content" in site.head(first["permalink"])
    page = payload(post={"title": "Coffee", "type": "term", "taxonomy": "category", "content": "<p>About</p>"})
    assert client.publish(page).result["term_id"]


@on_each_php
def test_a_failure_leaves_nothing(site: Site, client: PluginClient) -> None:
    before = site.traces()
    picture = png()
    site.break_with(throw="live")
    answer = client.publish(payload(images=[image(picture)], terms=[term("Gone")]), picture)
    assert answer.code == "HOOK_FAILED"
    assert site.traces() == before


@on_each_php
def test_every_route_answers_even_where_others_print(site: Site, client: PluginClient) -> None:
    client.publish(payload())
    with plugin_code(site, "add_filter( 'home_url', function ( $url ) { echo 'stray'; return $url; } );"):
        for route in ("status", "site-metadata", "posts", "taxonomies", "health", "pull-updates"):
            assert client.call(route).result
    assert client.call("posts", query={"fields": "hashes"}).result["items"]
    assert client.sync({"gallery_limit": 4}).result["applied"] is True
    site.forget_settings()


@on_each_php
def test_changes_are_noted_and_told(site: Site, client: PluginClient) -> None:
    post_id = client.publish(payload()).result["post_id"]
    site.break_with(outbox=TIMES)
    site.wordpress.run_php(
        f"<?php wp_set_current_user( 1 ); wp_update_post( array( 'ID' => {post_id}, 'post_title' => 'By hand' ) );"
        f" wp_set_post_tags( {post_id}, 'hand' ); wp_trash_post( {post_id} );"
    )
    events = client.call("pull-updates").result["events"]
    assert [(event["object"], event["kind"]) for event in events] == [("term", "changed"), ("post", "trashed")]
    told = ",".join(event["id"] for event in events)
    assert client.call("pull-updates", query={"ack": told}).result["acknowledged"] == 2


@on_each_php
def test_the_pages_of_wp_admin(site: Site, client: PluginClient) -> None:
    client.publish(payload(post={"title": "Shown here"}))
    with signed_in(site, "admin") as browser:
        pages = {path: browser.get(site.wordpress.url + path, timeout=30) for path in PAGES}
    assert {answer.status_code for answer in pages.values()} == {200}
    assert "Shown here" in text_of(pages[PAGE].text)
    *states, sections = site.wordpress.run_php(SITE_HEALTH).split()
    assert set(states) <= {"good", "recommended", "critical"}
    assert (len(states) > 0, sections) == (True, "1")


@on_each_php
def test_pairing_anew(site: Site) -> None:
    key, secret = signing.new_key_id(), signing.new_secret()
    text = signing.encode_connection_key(app=NO_APP, site="9", key=key, secret=secret)
    try:
        assert site.wordpress.connect(text)
        assert PluginClient(site.wordpress.url, "9", key, secret).call("status").result["php"]
    finally:
        site.client = site.pair()
