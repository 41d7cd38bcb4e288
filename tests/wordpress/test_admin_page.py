"""IGNY8 in the menu of wp-admin, Site Health and the privacy guide, as a person sees them."""

import html
import json
import re
from collections.abc import Iterator

import pytest
import requests

from tests.wordpress.conftest import Site
from tests.wordpress.exporting import plugin_code, remove_posts
from tests.wordpress.plugin_client import PluginClient, payload
from tests.wordpress.test_settings_page import signed_in

PAGE = "/wp-admin/admin.php?page=igny8-dashboard"


@pytest.fixture(autouse=True)
def empty(site: Site) -> Iterator[None]:
    """Nothing was published yet, and nothing waits."""
    remove_posts(site)
    site.sql("DELETE FROM wp_igny8_outbox")
    site.wordpress.run_php("<?php delete_option( 'cron' ); IGNY8_Outbox_Sender::schedule();")
    yield
    remove_posts(site)


@pytest.fixture
def admin(site: Site) -> Iterator[requests.Session]:
    with signed_in(site, "admin") as session:
        yield session


def read(site: Site, browser: requests.Session, path: str = PAGE) -> str:
    """Return the text of a page, without tags, each run of spaces one space."""
    answer = browser.get(site.wordpress.url + path, timeout=30)
    assert answer.status_code == 200
    return text_of(answer.text)


def text_of(markup: str) -> str:
    body = markup.split('id="wpbody-content"', 1)[-1].split('id="wpfooter"')[0]
    body = re.sub(r"<script.*?</script>", " ", body, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def test_an_empty_site_says_what_to_do_next(site: Site, admin: requests.Session) -> None:
    page = read(site, admin)
    assert "Nothing was published here yet." in page
    assert "Managed 0" in page
    assert "Waiting 0" in page
    assert "Last publish none" in page
    assert "are in order" in page


def test_what_happened_here_is_listed_with_its_state(site: Site, client: PluginClient, admin: requests.Session) -> None:
    live = client.publish(payload(post={"title": "Live <b>& bold</b>"})).result["post_id"]
    gone = client.publish(payload("gone", post={"title": "Gone"})).result["post_id"]
    trashed = client.publish(payload(post={"title": "Trashed", "type": "page"})).result["post_id"]
    date = "2031-01-01T10:00:00Z"
    client.publish(payload(post={"title": "Planned", "date_utc": date}))
    client.publish(payload(post={"title": "Coffee", "type": "term", "taxonomy": "category"}))
    client.post(payload("at-work", post={"title": "At work"}), "claim")
    site.wordpress.run_php(f"<?php wp_delete_post( {gone}, true ); wp_trash_post( {trashed} );")
    page = read(site, admin)
    assert "Managed 5" in page
    assert "Being published 1" in page
    assert "Scheduled 1" in page
    assert "Live <b>& bold</b> Post Published" in page
    assert "Content gone Deleted in WordPress" in page
    assert "Trashed Page In the trash" in page
    assert "Planned Post Scheduled" in page
    assert "Coffee Category Published" in page
    assert "Content at-work Being published" in page
    assert re.search(r"Last publish \d+ (sec|min)\w* ago", page)
    raw = admin.get(site.wordpress.url + PAGE, timeout=30).text
    assert f"post.php?post={live}&#038;action=edit" in raw or f"post.php?post={live}&amp;action=edit" in raw


def test_changes_that_wait_show_with_their_age(site: Site, admin: requests.Session) -> None:
    site.wordpress.run_php("<?php IGNY8_Outbox::touch( IGNY8_Outbox::POST, 1 );")
    site.sql("UPDATE wp_igny8_outbox SET changed_at = changed_at - 3600000000")
    page = read(site, admin)
    assert "Waiting 1" in page
    assert "Oldest 1 hour ago" in page
    assert "1 change is waiting for the app" in page


def test_the_connection_can_be_checked_from_here(site: Site, admin: requests.Session) -> None:
    assert site.client.call("status").result["paired"]
    assert "Connected" in read(site, admin)
    form = admin.get(site.wordpress.url + PAGE, timeout=30).text.split('value="igny8_check"')[1]
    nonce = re.search(r'name="_wpnonce" value="(\w+)"', form)
    assert nonce
    data = {"action": "igny8_check", "from": "igny8-dashboard", "_wpnonce": nonce.group(1)}
    answer = admin.post(f"{site.wordpress.url}/wp-admin/admin-post.php", data=data, timeout=30)
    assert "page=igny8-dashboard" in answer.url
    assert "does not answer" in text_of(answer.text)
    assert "Needs attention" in text_of(answer.text)
    refused = admin.post(f"{site.wordpress.url}/wp-admin/admin-post.php", data={**data, "_wpnonce": "x"}, timeout=30)
    assert refused.status_code == 403
    site.client = site.pair()


def test_who_is_no_administrator_does_not_see_it(site: Site) -> None:
    with signed_in(site, "editor") as editor:
        assert editor.get(site.wordpress.url + PAGE, timeout=30).status_code == 403
        assert "igny8-dashboard" not in editor.get(f"{site.wordpress.url}/wp-admin/", timeout=30).text


def test_without_a_connection_it_leads_to_the_settings(site: Site, admin: requests.Session) -> None:
    site.sql("DELETE FROM wp_options WHERE option_name = 'igny8_connection'")
    try:
        page = read(site, admin)
        assert "Not connected" in page
        assert "Connect" in page
    finally:
        site.client = site.pair()


def test_missing_tables_are_told_with_the_cure(site: Site, admin: requests.Session) -> None:
    site.sql("RENAME TABLE wp_igny8_map TO wp_igny8_map_away")
    try:
        assert "wp_igny8_map" in read(site, admin)
    finally:
        site.sql("RENAME TABLE wp_igny8_map_away TO wp_igny8_map")
    site.clear_log()


def test_from_right_to_left_it_is_shown_too(site: Site, admin: requests.Session) -> None:
    code = "add_action( 'init', function () { global $wp_locale; $wp_locale->text_direction = 'rtl'; } );"
    with plugin_code(site, code):
        raw = admin.get(site.wordpress.url + PAGE, timeout=30).text
    assert 'dir="rtl"' in raw
    assert "igny8-boxes" in raw


SITE_HEALTH = """<?php
$tests = apply_filters( 'site_status_tests', array( 'direct' => array(), 'async' => array() ) );
echo json_encode( array_map( fn( $test ) => call_user_func( $test['test'] ), $tests['direct'] ) );
"""


def test_site_health_tells_what_is_well_and_what_is_not(site: Site) -> None:
    tests = json.loads(site.wordpress.run_php(SITE_HEALTH))
    assert set(tests) == {"igny8_connection", "igny8_outbox", "igny8_innodb", "igny8_cron"}
    assert {test["status"] for test in tests.values()} == {"recommended", "good"}
    assert tests["igny8_connection"]["status"] == "recommended"
    assert site.client.call("status").result["paired"]
    tests = json.loads(site.wordpress.run_php(SITE_HEALTH))
    assert {test["status"] for test in tests.values()} == {"good"}
    site.sql("ALTER TABLE wp_termmeta ENGINE=MyISAM")
    try:
        tests = json.loads(site.wordpress.run_php(SITE_HEALTH))
    finally:
        site.sql("ALTER TABLE wp_termmeta ENGINE=InnoDB")
    assert tests["igny8_innodb"]["status"] == "recommended"
    assert "wp_termmeta" in tests["igny8_innodb"]["description"]


def test_site_health_shows_both_on_its_pages(site: Site, admin: requests.Session) -> None:
    page = admin.get(f"{site.wordpress.url}/wp-admin/site-health.php", timeout=60).text
    assert "igny8_connection" in page
    page = admin.get(f"{site.wordpress.url}/wp-admin/site-health.php?tab=debug", timeout=60).text
    assert "Changes waiting" in page
    assert site.client.secret not in page
    assert site.client.key not in page


def test_the_privacy_guide_has_a_text(site: Site, admin: requests.Session) -> None:
    page = read(site, admin, "/wp-admin/options-privacy.php?tab=policyguide")
    assert "names and e-mail addresses of the people who write here" in page
    assert "sets no cookies" in page
