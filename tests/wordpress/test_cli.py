"""`wp igny8 …`, with a stand-in for WP-CLI that notes what a command says.

With the path of a real one in the environment variable WP_CLI the same is asked of that.
"""

import json
import os
import subprocess

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.exporting import remove_posts
from tests.wordpress.plugin_client import PluginClient, payload, png

STAND_IN = """<?php
class WP_CLI {
	public static $lines = array();
	public static $commands = array();
	public static function add_command( $name, $class ) { self::$commands[ $name ] = $class; }
	public static function line( $text ) { self::$lines[] = $text; }
	public static function success( $text ) { self::$lines[] = "Success: $text"; }
	public static function warning( $text ) { self::$lines[] = "Warning: $text"; }
	public static function error( $text ) { self::$lines[] = "Error: $text"; }
}
define( 'WP_CLI', true );
IGNY8_Plugin::boot();
$command = new WP_CLI::$commands['igny8']();
$command->{$args[0]}( array(), json_decode( $args[1], true ) );
echo json_encode( WP_CLI::$lines );
"""


@pytest.fixture(autouse=True)
def empty(site: Site) -> None:
    """Nothing was published yet, and nothing waits."""
    remove_posts(site)
    site.sql("DELETE FROM wp_igny8_outbox")
    site.wordpress.run_php("<?php delete_option( 'cron' ); IGNY8_Outbox_Sender::schedule();")


def run(site: Site, name: str, **options: object) -> list[str]:
    if program := os.environ.get("WP_CLI"):
        given = [f"--{option}" if value is True else f"--{option}={value}" for option, value in options.items()]
        command = ["php", "-d", "display_errors=0", program, "--allow-root", f"--path={site.wordpress.core}"]
        done = subprocess.run([*command, "igny8", name, *given], capture_output=True, text=True)
        lines = (done.stdout + done.stderr).splitlines()
        return [line for line in lines if "/core/wp-includes/" not in line]  # WordPress 6.1 is older than PHP 8.2
    said = json.loads(site.wordpress.run_php(STAND_IN, name, json.dumps(options)))
    assert isinstance(said, list)
    return said


def test_status_as_lines_and_as_json(site: Site, client: PluginClient) -> None:
    client.publish(payload())
    said = run(site, "status")
    assert "api_connection     ok" in said
    assert "posts_managed      1" in said
    assert said[-1] == "Success: All is well."
    (text,) = run(site, "status", format="json")
    assert json.loads(text)["figures"]["managed"] == 1
    site.sql("ALTER TABLE wp_termmeta ENGINE=MyISAM")
    try:
        assert run(site, "status")[-1] == "Warning: 1 check found something."
    finally:
        site.sql("ALTER TABLE wp_termmeta ENGINE=InnoDB")


def test_drain_says_what_was_sent_and_what_is_wrong(site: Site, client: PluginClient) -> None:
    assert run(site, "drain") == ["Success: 0 sent, 0 still waiting."]
    site.wordpress.run_php("<?php IGNY8_Outbox::touch( IGNY8_Outbox::POST, 1, '', '', 0 );")
    site.sql("UPDATE wp_igny8_outbox SET due_at = 0")
    (said,) = run(site, "drain")
    assert said.startswith("Error: 0 sent, 1 still waiting.")
    site.sql("DELETE FROM wp_igny8_outbox")
    site.sql("DELETE FROM wp_options WHERE option_name = 'igny8_connection'")
    try:
        assert run(site, "drain") == ["Error: This site is not connected."]
    finally:
        site.client = site.pair()


def test_reconcile_tells_what_is_edited_in_the_trash_or_gone_and_forgets_on_demand(
    site: Site, client: PluginClient
) -> None:
    same, edited, trashed, gone = (
        client.publish(payload(name, post={"title": name})).result["post_id"]
        for name in ("same", "edited", "trashed", "gone")
    )
    site.sql(f"UPDATE wp_posts SET post_content = 'else' WHERE ID = {edited}")
    site.wordpress.run_php(f"<?php wp_trash_post( {trashed} ); wp_delete_post( {gone}, true );")
    lines = {
        f"edited   content edited, post {edited}",
        f"trashed  content trashed, post {trashed}",
        f"missing  content gone, post {gone}",
    }
    said = run(site, "reconcile")
    assert set(said[:-1]) == lines
    assert said[-1] == "Success: 1 as published, 1 edited since, 1 in the trash, 1 missing, 0 forgotten."
    assert run(site, "reconcile", forget=True)[-1].endswith("1 missing, 1 forgotten.")
    assert run(site, "reconcile")[-1].endswith("0 missing, 0 forgotten.")
    assert client.publish(payload("gone")).result["created"] is True
    assert client.publish(payload("same")).result["post_id"] == same


def test_repair_makes_tables_and_finishes_what_a_crash_left(site: Site, client: PluginClient) -> None:
    assert run(site, "repair") == ["Success: 0 tables made, 0 unfinished publishes cleaned up."]
    before = site.traces()
    for number in range(7):
        body = payload(f"crashed-{number}")
        client.post(body, "claim")
        client.upload(body, png())
    site.sql("UPDATE wp_igny8_map SET heartbeat = heartbeat - 1000")
    site.sql("DROP TABLE wp_igny8_outbox")
    assert run(site, "repair") == [
        "Made wp_igny8_outbox.",
        "Success: 1 tables made, 7 unfinished publishes cleaned up.",
    ]
    assert site.traces() == before
    assert client.call("health").result["checks"]["tables"] == "ok"
