"""Who gets in, over which way."""

import hashlib
import json
import time

import pytest
import requests

from app.sites import signing
from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, payload, png


@pytest.fixture(params=[1, 2, 3])
def by_transport(request: pytest.FixtureRequest, client: PluginClient) -> PluginClient:
    return PluginClient(client.url, client.site, client.key, client.secret, transport=request.param)


def test_every_transport_publishes(by_transport: PluginClient, site: Site) -> None:
    picture = png()
    body = payload(post={"title": f"Over transport {by_transport.transport} + &= Straße"})
    claim = by_transport.post(body, "claim").result
    assert claim["claim"] == "new"
    alt = "a+b & ü=%20 / ' \" \\ 🚀"
    uploaded = by_transport.upload(body, picture, alt=alt, title="Tïtle", filename="größe & co.png").result
    assert site.meta(uploaded["attachment_id"])["_wp_attachment_image_alt"] == alt
    assert by_transport.post(body).result["post_status"] == "publish"
    found = by_transport.call("post-by-content-id", query={"content_id": body["content_id"]}).result
    assert found["state"] == "published"


def test_every_transport_works_in_an_envelope_when_headers_are_stripped(by_transport: PluginClient, site: Site) -> None:
    site.break_with(strip_headers=True)
    assert by_transport.call("status").code == "SIGNATURE_MISSING"
    by_transport.envelope = True
    assert by_transport.call("status").result["paired"] is True
    assert by_transport.call("status", wire_method="POST").result["paired"] is True
    body = payload(post={"title": "In an envelope 🚀"})
    assert by_transport.publish(body, png()).result["post_status"] == "publish"


def test_with_plain_permalinks_transport_2_works_and_1_loses_the_body(site: Site, client: PluginClient) -> None:
    change = "<?php $GLOBALS['wp_rewrite']->set_permalink_structure( $args[0] ); flush_rewrite_rules();"
    site.wordpress.run_php(change, "")
    try:
        assert client.call("status").status != 200
        plain = PluginClient(client.url, client.site, client.key, client.secret, transport=2)
        result = plain.publish(payload()).result
        assert f"?p={result['post_id']}" in result["permalink"]
        assert "igny8-content" in site.head(result["permalink"])
    finally:
        site.wordpress.run_php(change, "/%postname%/")
        # Taxonomies took no part in the rules of a process that began with plain permalinks.
        site.wordpress.run_php("<?php flush_rewrite_rules();")


def test_where_rest_is_closed_transport_3_works(site: Site, client: PluginClient) -> None:
    site.break_with(close_rest=True)
    assert client.call("status").data["code"] == "rest_closed"
    third = PluginClient(client.url, client.site, client.key, client.secret, transport=3)
    assert third.publish(payload(), png()).result["post_status"] == "publish"


def test_a_request_counts_once(client: PluginClient) -> None:
    nonce = signing.sign_request(client.secret, site="7", key=client.key, method="GET", route="/").nonce
    assert client.call("status", nonce=nonce).result["contract"] == 1
    again = client.call("status", nonce=nonce)
    assert (again.status, again.code, again.signed) == (401, "NONCE_REPLAYED", True)


def test_a_forged_request_does_not_use_up_the_nonce(client: PluginClient) -> None:
    nonce = "ab" * 16
    assert client.call("status", nonce=nonce, tamper={"signature": "0" * 64}).code == "SIGNATURE_INVALID"
    assert client.call("status", nonce=nonce).status == 200


@pytest.mark.parametrize("seconds", [-400, 400])
def test_a_wrong_clock_is_told_with_the_right_time(client: PluginClient, seconds: int) -> None:
    answer = client.call("status", timestamp=int(time.time()) + seconds)
    assert (answer.status, answer.code, answer.signed) == (401, "TIMESTAMP_OUT_OF_RANGE", True)
    assert abs(answer.error["details"]["server_time"] - time.time()) < 60


def test_a_wrong_key_or_secret_stays_outside(site: Site, client: PluginClient) -> None:
    before = site.traces()
    stranger = PluginClient(client.url, "7", client.key, signing.new_secret())
    unknown = PluginClient(client.url, "7", signing.new_key_id(), client.secret)
    elsewhere = PluginClient(client.url, "8", client.key, client.secret)
    for intruder, code in ((stranger, "SIGNATURE_INVALID"), (unknown, "KEY_UNKNOWN"), (elsewhere, "KEY_UNKNOWN")):
        answer = intruder.post(payload(), "claim")
        assert (answer.status, answer.code, answer.signed) == (401, code, False)
    assert site.traces() == before


def test_a_request_that_was_changed_on_the_way_stays_outside(client: PluginClient) -> None:
    body = payload()
    signed = signing.sign_request(
        client.secret,
        site="7",
        key=client.key,
        method="POST",
        route="/igny8/v1/import-content",
        body=json.dumps(body).encode(),
    )
    url = f"{client.url}/wp-json/igny8/v1/import-content"
    changed = json.dumps({**body, "action": "claim"})
    headers = {"Content-Type": "application/json", **signed.as_headers()}
    answer = requests.post(url, data=changed, headers=headers, timeout=30)
    assert answer.json()["error"]["code"] == "SIGNATURE_INVALID"
    status = f"{client.url}/wp-json/igny8/v1/status"
    assert requests.get(status, headers=signed.as_headers(), timeout=30).status_code == 401


def test_nothing_is_told_to_who_does_not_sign(client: PluginClient) -> None:
    for route in ("status", "site-metadata", "post-by-content-id"):
        answer = requests.get(f"{client.url}/wp-json/igny8/v1/{route}", timeout=30)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "SIGNATURE_MISSING"
    assert requests.get(f"{client.url}/wp-admin/admin-post.php?action=igny8", timeout=30).status_code == 401


def test_an_unknown_route_and_a_wrong_method_are_told_signed(client: PluginClient) -> None:
    third = PluginClient(client.url, client.site, client.key, client.secret, transport=3)
    assert (third.call("nothing-here").code, third.call("nothing-here").signed) == ("ROUTE_UNKNOWN", True)
    assert third.call("import-content", "GET").code == "ROUTE_UNKNOWN"


def test_old_nonces_are_swept(site: Site, client: PluginClient) -> None:
    old = hashlib.md5(b"old").hexdigest()
    site.wait_until_idle()
    site.sql(f"INSERT INTO wp_igny8_nonces VALUES ('{old}', 'k', UNIX_TIMESTAMP() - 5000)")
    site.wordpress.run_php("<?php delete_option( 'igny8_swept_at' );")
    client.call("status")
    site.wait_until_idle()
    assert site.value(f"SELECT COUNT(*) FROM wp_igny8_nonces WHERE nonce = '{old}'") == "0"
    assert int(site.value("SELECT COUNT(*) FROM wp_igny8_nonces") or 0) >= 1
