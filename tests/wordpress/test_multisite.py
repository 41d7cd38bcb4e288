"""A network of sites: each has its own tables, connection and choice of what is left."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.devstack.wordpress import LocalWordPress
from app.sites import signing
from tests.wordpress.conftest import NO_APP, NOT_OURS
from tests.wordpress.plugin_client import PluginClient, image, payload, png, term
from tests.wordpress.test_connect import App, app_server

__all__ = ["app_server"]
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


CHOOSE = """<?php
require_once ABSPATH . 'wp-admin/includes/template.php';
wp_set_current_user( (int) $args[0] );
ob_start();
IGNY8_Settings_Page::user_field();
preg_match_all( "/value='(\\d+)'/", ob_get_clean(), $offered );
IGNY8_Settings_Page::sanitize( array( 'user_id' => $args[1] ) );
$acting = (int) IGNY8_Connection::get()['user_id'];
echo json_encode( array( array_map( 'intval', $offered[1] ), $acting, count( get_settings_errors() ) ) );
"""
ADD_USER = """<?php
require_once ABSPATH . 'wp-admin/includes/ms.php';
$id = wpmu_create_user( $args[0], wp_generate_password(), $args[0] . '@example.com' );
if ( '' !== $args[1] ) {
	add_user_to_blog( 1, $id, $args[1] );
}
echo $id;
"""


def test_the_app_acts_as_a_member_who_may_do_no_more_than_who_chose(network: Network) -> None:
    network.activate()
    client = pair(network, 1, "")
    boss, editor, outsider = (
        int(network.php(ADD_USER, name, role))
        for name, role in (("boss", "administrator"), ("helper", "editor"), ("outsider", ""))
    )

    def choose(chooser: int, wanted: int) -> tuple[list[int], int, int]:
        offered, acting, errors = json.loads(network.php(CHOOSE, str(chooser), str(wanted)))
        return offered, acting, errors

    def acts_as() -> tuple[int, bool]:
        said = client.call("site-metadata").result
        return said["settings"]["acting_user"]["id"], said["unfiltered_html"]

    # Chosen by nobody that is known, a super admin has the rights of the role here.
    assert acts_as() == (1, False)
    # A super admin is not for the administrator of a site to choose, an outsider for nobody.
    offered, acting, errors = choose(boss, editor)
    assert {1, boss, editor} <= set(offered), "the one who is chosen is shown too"
    assert (outsider in offered, acting, errors) == (False, editor, 0)
    assert 1 not in choose(boss, editor)[0]
    for wanted in (1, outsider):
        assert choose(boss, wanted)[1:] == (editor, 1)
    assert acts_as() == (editor, False)
    # A super admin lends their rights; others who save the page then change nothing of it.
    offered, acting, errors = choose(1, 1)
    assert (outsider in offered, acting, errors) == (False, 1, 0)
    assert acts_as() == (1, True)
    assert 1 in choose(boss, 1)[0]
    assert acts_as() == (1, True)

    choose(boss, editor)
    network.php("<?php grant_super_admin( (int) $args[0] );", str(editor))
    assert acts_as() == (editor, False), "who became a super admin later"
    network.php("<?php revoke_super_admin( (int) $args[0] );", str(editor))
    network.php("<?php remove_user_from_blog( (int) $args[0], 1 );", str(editor))
    assert acts_as() == (0, False), "who is no member any more"
    refused = client.publish(payload()).error
    assert "USER_NOT_ALLOWED" in str(refused)
    assert client.call("health").result["checks"]["media_uploads"] != "ok"
    network.php(
        "<?php $c = IGNY8_Connection::get(); $c['user_id'] = (int) $args[0]; unset( $c['chosen_by'] );"
        " update_option( IGNY8_Connection::OPTION, $c, true );",
        str(outsider),
    )
    assert acts_as() == (0, False), "who was written into the option"
    network.delete_plugin()


def test_each_connected_site_says_by_itself_that_the_plugin_is_active_again(network: Network, app_server: App) -> None:
    second, third = network.add_site("fourth"), network.add_site("fifth")
    network.activate()
    for site_id in (1, second):
        network.on(site_id, f"IGNY8_Connection::connect( '{app_server.connection_key}', 1 )")
    assert network.on(third, "IGNY8_Connection::get()") is None
    app_server.bodies.clear()
    network.activate()
    told = [str(body) for path, body in app_server.bodies if path == "/integrations/7/connect/"]
    assert len(told) == 2
    assert sum("/fourth" in body for body in told) == 1
