"""A network of sites: each has its own tables, connection and choice of what is left."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.local.wordpress import LocalWordPress
from app.sites import signing
from tests.wordpress.conftest import NO_APP, NOT_OURS
from tests.wordpress.plugin_client import PluginClient, image, payload, png, term

MAKE_NETWORK = """<?php
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/network.php';
foreach ( $wpdb->tables( 'ms_global' ) as $name => $table ) {
	$wpdb->$name = $table;
}
install_network();
$made = populate_network( 1, $_SERVER['HTTP_HOST'], 'admin@example.com', 'Network', '/', false );
if ( is_wp_error( $made ) && 'no_wildcard_dns' !== $made->get_error_code() ) {
	throw new Exception( $made->get_error_message() );
}
"""
CONSTANTS = """
define( 'MULTISITE', true );
define( 'SUBDOMAIN_INSTALL', false );
define( 'DOMAIN_CURRENT_SITE', '%s' );
define( 'PATH_CURRENT_SITE', '/' );
define( 'SITE_ID_CURRENT_SITE', 1 );
define( 'BLOG_ID_CURRENT_SITE', 1 );
"""
ADD_SITE = """<?php
$site = wp_insert_site( array( 'domain' => $_SERVER['HTTP_HOST'], 'path' => "/{$args[0]}/", 'user_id' => 1, 'title' => $args[0] ) );
echo is_wp_error( $site ) ? $site->get_error_message() : $site;
"""  # noqa: E501
PLUGIN = "<?php require_once ABSPATH . 'wp-admin/includes/plugin.php'; "


class Network:
    """A WordPress with several sites."""

    def __init__(self, wordpress: LocalWordPress) -> None:
        self.wordpress = wordpress

    def php(self, code: str, *args: str) -> str:
        return self.wordpress.run_php(code, *args)

    def add_site(self, name: str) -> int:
        """Make a site in the folder of that name; its id."""
        site_id = int(self.php(ADD_SITE, name))
        # WordPress takes the colon of a port out of a domain.
        host = self.wordpress.url.removeprefix("http://")
        self.wordpress.sql(f"UPDATE wp_blogs SET domain = '{host}' WHERE blog_id = {site_id}")
        self.wordpress.sql(
            f"UPDATE wp_{site_id}_options SET option_value = 'http://{host}/{name}' "
            "WHERE option_name IN ('home', 'siteurl')"
        )
        return site_id

    def tables(self, prefix: str) -> set[str]:
        """Return the plugin's tables of a site, without prefix."""
        rows = self.wordpress.sql(
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() "
            f"AND table_name LIKE '{prefix.replace('_', '|_')}igny8|_%' ESCAPE '|'"
        )
        return {(row["name"] or "").removeprefix(prefix + "igny8_") for row in rows}

    def activate(self) -> None:
        """Activate the plugin for the network."""
        self.php(PLUGIN + "deactivate_plugins( 'igny8/igny8.php' );")
        self.php(PLUGIN + "$done = activate_plugin( 'igny8/igny8.php', '', true ); if ( $done ) throw new Exception();")

    def delete_plugin(self) -> None:
        """Deactivate and delete it."""
        self.php(PLUGIN + "deactivate_plugins( 'igny8/igny8.php', false, true );uninstall_plugin( 'igny8/igny8.php' );")

    def on(self, site_id: int, expression: str) -> Any:
        """Return what an expression gives on a site."""
        return json.loads(self.php(f"<?php switch_to_blog( {site_id} ); echo json_encode( {expression} );"))


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    local = LocalWordPress(tmp_path_factory.mktemp("network"), title="Network", cron=False, workers=2)
    local.start()
    try:
        local.run_php(PLUGIN + "deactivate_plugins( 'igny8/igny8.php' );")
        local.sql("DROP TABLE wp_igny8_map, wp_igny8_nonces, wp_igny8_outbox")
        local.run_php(MAKE_NETWORK)
        config = local.core / "wp-config.php"
        lines = [line for line in config.read_text().splitlines() if "WP_HOME" not in line and "WP_SITEURL" not in line]
        host = local.url.removeprefix("http://")
        place = next(number for number, line in enumerate(lines) if "wp-settings.php" in line)
        config.write_text("\n".join([*lines[:place], CONSTANTS % host, *lines[place:]]))
        local.debug_log.unlink(missing_ok=True)
        yield Network(local)
        written = local.debug_log.read_text().splitlines() if local.debug_log.exists() else []
        assert [line for line in written if not NOT_OURS.search(line)] == []
    finally:
        local.stop()


ALL = {"map", "nonces", "outbox"}


def test_from_activation_to_deletion(network: Network) -> None:
    second = network.add_site("second")
    assert network.tables("wp_") == network.tables("wp_2_") == set()

    network.activate()
    assert network.tables("wp_") == network.tables("wp_2_") == ALL, "existing sites get their tables"
    third = network.add_site("third")
    assert network.tables("wp_3_") == ALL, "a new site gets its tables"

    clients = {site_id: pair(network, site_id, path) for site_id, path in ((1, ""), (second, "/second"))}
    for site_id, client in clients.items():
        health = client.call("health").result
        assert health["paired"] is True
        assert health["checks"]["tables"] == "ok"
        title = f"On {site_id}"
        network.on(site_id, f"wp_insert_post( array( 'post_title' => '{title}', 'post_status' => 'publish' ) )")
        titles = [item["title"] for item in client.call("posts", query={"types": "post"}).result["items"]]
        assert title in titles
        assert not {"On 1", "On 2"} - {title} & set(titles), "each site exports its own"
    assert network.on(third, "IGNY8_Connection::get()") is None
    publish_to_a_site_of_its_own(network, second, clients)

    network.php("<?php require_once ABSPATH . 'wp-admin/includes/ms.php'; wpmu_delete_blog( 3, true );")
    assert network.tables("wp_3_") == set(), "a deleted site takes its tables along"
    assert network.tables("wp_2_") == ALL

    network.on(second, "update_option( 'igny8_remove_data', '1' )")
    network.delete_plugin()
    assert network.tables("wp_2_") == set(), "this site wanted its data removed"
    assert network.tables("wp_") == ALL, "this one did not"
    options = "SELECT COUNT(*) AS n FROM wp_2_options WHERE option_name LIKE 'igny8%'"
    assert network.wordpress.sql(options)[0]["n"] == "0"
    assert network.on(1, "(bool) get_option( 'igny8_connection' )") is True
    assert network.on(second, "get_posts( array( 'title' => 'On 2' ) )[0]->post_title") == "On 2"


def publish_to_a_site_of_its_own(network: Network, second: int, clients: dict[int, PluginClient]) -> None:
    """With image and terms; what is edited there is told there alone."""
    picture = png()
    body = payload(post={"title": "Of the second"}, terms=[term("Only there")], images=[image(picture, "featured")])
    result = clients[second].publish(body, picture).result
    assert all(result["readback"].values())
    assert "/second/" in result["permalink"]
    assert "/sites/2/" in result["featured_image_url"]
    title = f"SELECT post_title FROM wp_2_posts WHERE ID = {result['post_id']} AND post_status = 'publish'"
    assert network.wordpress.sql(title) == [{"post_title": "Of the second"}]
    elsewhere = "SELECT (SELECT COUNT(*) FROM wp_posts WHERE post_title = 'Of the second') + (SELECT COUNT(*) FROM wp_terms WHERE name = 'Only there') + (SELECT COUNT(*) FROM wp_igny8_map) AS n"  # noqa: E501
    assert network.wordpress.sql(elsewhere) == [{"n": "0"}]
    network.on(second, f"wp_update_post( array( 'ID' => {result['post_id']}, 'post_title' => 'By hand' ) )")
    for site_id in (1, second):
        network.wordpress.sql(f"UPDATE wp_{'' if site_id == 1 else '2_'}igny8_outbox SET due_at = 1")
    told = {site_id: clients[site_id].call("pull-updates").result["events"] for site_id in clients}
    assert [event["post"]["title"] for event in told[second] if event["object_id"] == result["post_id"]] == ["By hand"]
    assert "By hand" not in str(told[1])


def pair(network: Network, site_id: int, path: str) -> PluginClient:
    key, secret = signing.new_key_id(), signing.new_secret()
    text = signing.encode_connection_key(app=NO_APP, site="7", key=key, secret=secret)
    network.on(site_id, f"IGNY8_Connection::connect( '{text}', 1 )")
    # The server of the tests rewrites no folders: the second transport needs none.
    return PluginClient(network.wordpress.url + path, "7", key, secret, 2)
