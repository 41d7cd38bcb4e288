"""In a network each site tells its own app of its own changes."""

import json

from tests.wordpress.app_stand_in import running
from tests.wordpress.test_multisite import Network, network

__all__ = ["network"]


def test_each_site_has_its_own_outbox(network: Network) -> None:
    second = network.add_site("other")
    network.activate()
    rows = "SELECT object_id FROM {prefix}igny8_outbox WHERE object = 'post'"
    with running() as one, running() as other:
        for site_id, app in ((1, one), (second, other)):
            network.on(site_id, f"IGNY8_Connection::connect( '{app.connection_key}', 1 )")
            network.on(site_id, "wp_next_scheduled( 'igny8_drain' ) or die( 'not scheduled' )")
            app.clear()
        # From the main site, as a plugin of the network does it.
        post_id = network.on(second, "wp_insert_post( array( 'post_title' => 'There', 'post_status' => 'publish' ) )")
        assert network.wordpress.sql(rows.format(prefix="wp_")) == []
        there = network.wordpress.sql(rows.format(prefix=f"wp_{second}_"))
        assert [row["object_id"] for row in there] == [str(post_id)]
        network.wordpress.sql(f"UPDATE wp_{second}_igny8_outbox SET due_at = 1")
        for site_id in (1, second):
            network.on(site_id, "IGNY8_Outbox::drain()")
        assert one.calls == []
        told = [event["post"]["title"] for event in other.events if event["object"] == "post"]
        assert told == ["There"], json.dumps(other.events)
        assert other.problems == one.problems == []
