"""GET health: what is wrong with a site and what to do, quickly, and without changing anything."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.exporting import plugin_code
from tests.wordpress.plugin_client import PluginClient, payload

CHECKS = {
    "api_connection",
    "database",
    "media_uploads",
    "taxonomy_creation",
    "cron",
    "outbox",
    "disk",
    "tables",
}
CALLS = "add_filter( 'pre_http_request', function () { error_log( 'called out' ); return new WP_Error( 'x', 'x' ); } );"


@pytest.fixture(autouse=True)
def clockwork(site: Site) -> None:
    """No task is waiting, and nothing is on its way to the app."""
    site.wordpress.run_php("<?php delete_option( 'cron' ); IGNY8_Outbox_Sender::schedule();")
    site.sql("DELETE FROM wp_igny8_outbox")
    site.sql("DELETE FROM wp_options WHERE option_name = 'igny8_outbox_state'")


def test_what_an_older_plugin_left_is_told(client: PluginClient, site: Site) -> None:
    assert client.call("health").result["old_plugin"] == {"has_tables": False, "hooks": [], "plugins": []}
    old = "igny8-ai-seo-wp-plugin/igny8.php"
    folder = site.wordpress.core / "wp-content" / "plugins" / "igny8-ai-seo-wp-plugin"
    folder.mkdir()
    (folder / "igny8.php").write_text("<?php /* Plugin Name: IGNY8 AI SEO */")
    switch = "<?php update_option( 'active_plugins', {}( (array) get_option( 'active_plugins' ), array( '{}' ) ) );"
    site.wordpress.run_php("<?php wp_schedule_event( time() + 3600, 'hourly', 'igny8_auto_cluster_cron' );")
    site.sql("CREATE TABLE wp_igny8_keywords (id int)")
    try:
        site.wordpress.run_php(switch.format("array_merge", old))
        told = client.call("health").result["old_plugin"]
    finally:
        site.sql("DROP TABLE wp_igny8_keywords")
        site.wordpress.run_php(switch.format("array_diff", old))
        shutil.rmtree(folder)
    assert told == {"has_tables": True, "hooks": ["igny8_auto_cluster_cron"], "plugins": [old]}


def check(client: PluginClient, name: str) -> Any:
    """Return one check; it is the only one that failed, if it did."""
    health = client.call("health").result
    wrong = {key for key, value in health["checks"].items() if value != "ok"}
    assert wrong <= {name}
    assert health["status"] == ("degraded" if wrong else "healthy")
    return health["checks"][name]


def expect(client: PluginClient, name: str, problem: str, cure: str) -> None:
    found = check(client, name)
    assert set(found) == {"problem", "cure"}
    assert problem in found["problem"]
    assert cure in found["cure"]


def call(site: Site, expression: str) -> Any:
    return json.loads(site.wordpress.run_php(f"<?php echo json_encode( {expression} );"))


@contextmanager
def renamed(site: Site, table: str) -> Iterator[None]:
    site.sql(f"RENAME TABLE {table} TO {table}_away")
    try:
        yield
    finally:
        site.sql(f"DROP TABLE IF EXISTS {table}")
        site.sql(f"RENAME TABLE {table}_away TO {table}")


def test_a_healthy_site(site: Site, client: PluginClient) -> None:
    before = client.call("health").result["stats"]["posts_managed"]
    assert client.publish(payload()).result["created"]
    health = client.call("health").result
    assert health["checks"] == dict.fromkeys(CHECKS, "ok")
    assert health["status"] == "healthy"
    assert health["stats"]["posts_managed"] == before + 1
    assert health["stats"]["last_publish"][:16] in {
        time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() - ago)) for ago in (0, 60)
    }
    assert health["stats"]["disk_free_bytes"] > 0
    assert set(health["outbox"]) == {"depth", "oldest_at", "failing", "last_delivered_at"}
    assert set(health["versions"]) == {"plugin", "contract", "wordpress", "php", "database"}
    assert (health["home_url"], health["paired"]) == (site.wordpress.url, True)


def test_it_is_quick_changes_nothing_and_calls_nobody(site: Site, client: PluginClient) -> None:
    tables = "SELECT SUM(AUTO_INCREMENT) AS next FROM information_schema.tables WHERE table_schema = DATABASE()"
    before, following = site.traces(), site.sql(tables)
    with plugin_code(site, CALLS):
        assert client.call("health").signed
    assert (site.traces(), site.sql(tables)) == (before, following)
    seconds = call(
        site,
        "(function () { $s = microtime( true ); IGNY8_Health::report( IGNY8_Connection::get() ); "
        "return microtime( true ) - $s; })()",
    )
    assert seconds < 0.1


def test_an_app_that_did_not_answer_is_told_with_the_reason(site: Site, client: PluginClient) -> None:
    site.wordpress.run_php("<?php IGNY8_Connection::announce();")
    expect(client, "api_connection", "does not answer", "Test connection")
    site.client = site.pair()
    assert check(site.client, "api_connection") == "ok"


def test_changes_that_the_app_does_not_take(site: Site, client: PluginClient) -> None:
    assert check(client, "api_connection") == "ok"  # that the app does not answer would be told first
    outbox = "array( 'depth' => 2, 'oldest_at' => '2026-01-01T00:00:00Z', 'failing' => 2, 'last_delivered_at' => null )"
    found = call(site, f"IGNY8_Health_Checks::connection( IGNY8_Connection::get(), {outbox} )")
    assert "not take 2 changes" in found["problem"]
    found = call(site, f"IGNY8_Health_Checks::outbox( {outbox} )")
    assert "2 changes are waiting" in found["problem"]
    assert "Nothing is lost" in found["cure"]
    fresh = outbox.replace("'2026-01-01T00:00:00Z'", "gmdate( 'Y-m-d\\TH:i:s\\Z' )")
    assert call(site, f"IGNY8_Health_Checks::outbox( {fresh} )") == "ok"


def test_a_change_that_waits_shows_with_its_age(site: Site, client: PluginClient) -> None:
    site.wordpress.run_php("<?php IGNY8_Outbox::touch( IGNY8_Outbox::POST, 1 );")
    health = client.call("health").result
    assert health["outbox"]["depth"] == 1
    assert health["checks"]["outbox"] == "ok"
    site.sql("UPDATE wp_igny8_outbox SET changed_at = changed_at - 3600000000")
    expect(client, "outbox", "1 change is waiting", "Check connection")


def test_a_table_that_cannot_roll_back(site: Site, client: PluginClient) -> None:
    site.sql("ALTER TABLE wp_termmeta ENGINE=MyISAM")
    try:
        expect(client, "database", "wp_termmeta", "InnoDB")
    finally:
        site.sql("ALTER TABLE wp_termmeta ENGINE=InnoDB")


def test_a_table_that_takes_no_terms(site: Site, client: PluginClient) -> None:
    with renamed(site, "wp_term_relationships"):
        site.sql("CREATE VIEW wp_term_relationships AS SELECT 1 AS object_id, 1 AS term_taxonomy_id, 1 AS term_order")
        try:
            found = client.call("health").result["checks"]["taxonomy_creation"]
        finally:
            site.sql("DROP VIEW wp_term_relationships")
    assert "wp_term_relationships takes no new rows" in found["problem"]


def test_a_user_who_may_not_make_categories_or_upload(site: Site, client: PluginClient) -> None:
    act_as = "<?php $c = IGNY8_Connection::get(); $c['user_id'] = get_user_by( 'login', $args[0] )->ID;"
    act_as += "update_option( IGNY8_Connection::OPTION, $c );"
    site.wordpress.run_php("<?php ( new WP_User( 2 ) )->set_role( 'author' );")
    site.wordpress.run_php(act_as, "editor")
    try:
        expect(client, "taxonomy_creation", "may not make categories", "at least an editor")
        assert client.sync({"auto_create_terms": False}).result["applied"]
        assert check(client, "taxonomy_creation") == "ok"
        site.wordpress.run_php("<?php ( new WP_User( 2 ) )->set_role( 'contributor' );")
        expect(client, "media_uploads", "may not upload", "at least an author")
    finally:
        site.forget_settings()
        site.wordpress.run_php("<?php ( new WP_User( 2 ) )->set_role( 'editor' );")
        site.wordpress.run_php(act_as, "admin")


def test_a_folder_that_cannot_be_written(site: Site, client: PluginClient) -> None:
    code = "add_filter( 'upload_dir', fn( $d ) => array( 'error' => 'no', 'path' => '/nowhere/2026' ) + $d );"
    with plugin_code(site, code):
        expect(client, "media_uploads", "/nowhere/2026 cannot be written", "web server")


def test_tasks_that_do_not_run(site: Site, client: PluginClient) -> None:
    site.wordpress.run_php("<?php wp_schedule_single_event( time() - 1500, 'a_task_of_somebody' );")
    expect(client, "cron", "waiting for 25 min", "DISABLE_WP_CRON is set")
    site.wordpress.run_php(
        "<?php wp_unschedule_hook( 'a_task_of_somebody' ); wp_unschedule_hook( IGNY8_Plugin::DRAIN );"
    )
    expect(client, "cron", "not scheduled", "wp igny8 repair")


def test_little_space_is_a_problem_and_space_unknown_is_none(site: Site) -> None:
    assert call(site, "IGNY8_Health_Checks::disk( null )") == "ok"
    assert "20 MB are free" in call(site, "IGNY8_Health_Checks::disk( 20 * 1024 * 1024 )")["problem"]


def test_a_table_of_the_plugin_that_is_gone(site: Site, client: PluginClient) -> None:
    with renamed(site, "wp_igny8_map"):
        health = client.call("health").result
        assert "wp_igny8_map" in health["checks"]["tables"]["problem"]
        assert "repair" in health["checks"]["tables"]["cure"]
        assert health["stats"]["posts_managed"] == 0
        # The export goes on, without what was published from the app.
        assert client.call("posts").status == 200
    site.clear_log()
