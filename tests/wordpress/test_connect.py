"""Pairing, status and what the site tells of itself."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.sites import signing
from tests.wordpress.conftest import NO_APP, Site
from tests.wordpress.plugin_client import PluginClient, payload


class App(ThreadingHTTPServer):
    """Stands in for the app: checks the plugin's signature and answers as the test says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.key, self.secret = signing.new_key_id(), signing.new_secret()
        self.bodies: list[Any] = []
        self.mood = "friendly"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def connection_key(self) -> str:
        return signing.encode_connection_key(app=self.url, site="7", key=self.key, secret=self.secret)


class _Handler(BaseHTTPRequestHandler):
    server: App

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        app = self.server
        try:
            fields = signing.verify_request(
                dict(self.headers),
                site="7",
                secrets={app.key: app.secret},
                method="POST",
                route=self.path,
                body=body,
                now=int(time.time()),
                remember_nonce=lambda key, nonce: True,
            )
        except signing.SignatureError as problem:
            self._send(401, {"ok": False, "error": {"code": problem.code}}, "")
            return
        app.bodies.append((self.path, json.loads(body)))
        answer: dict[str, Any] = {"ok": True, "result": {"account": "Acme <b>& Co</b>", "site": "Coffee blog"}}
        status = 200
        if app.mood == "refusing":
            status, answer = 401, {"ok": False, "error": {"code": "KEY_UNKNOWN"}}
        text = json.dumps(answer).encode()
        signature = signing.sign_response(
            app.secret, site="7", key=app.key, nonce=fields.nonce, status=status, body=text
        )
        self._send(status, answer, "forged" if app.mood == "forging" else signature)

    def _send(self, status: int, answer: Any, signature: str) -> None:
        text = b"<html>oops</html>" if self.server.mood == "broken" else json.dumps(answer).encode()
        self.send_response(500 if self.server.mood == "broken" else status)
        self.send_header("Content-Length", str(len(text)))
        self.send_header(signing.RESPONSE_HEADER, signature)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def app_server() -> Iterator[App]:
    server = App()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def site_to_pair(site: Site) -> Iterator[Site]:
    """The site, paired again for the other tests afterwards."""
    yield site
    site.client = site.pair()


def connection(site: Site) -> dict[str, Any]:
    stored = site.wordpress.run_php("<?php echo wp_json_encode( IGNY8_Connection::get() );")
    found = json.loads(stored)
    assert isinstance(found, dict)
    return found


def test_pasting_the_key_tells_the_app_and_keeps_its_names(site_to_pair: Site, app_server: App) -> None:
    said = site_to_pair.wordpress.connect(app_server.connection_key)
    assert said == "Connected to Acme & Co, site Coffee blog."
    path, body = app_server.bodies[0]
    assert path == "/integrations/7/connect/"
    assert body["home_url"] == site_to_pair.wordpress.url
    assert (body["name"], body["contract"], body["timezone"]) == ("Test & site", 1, "America/New_York")
    told = "home_url name wordpress php plugin contract timezone rest_url admin_post_url"
    assert set(body) == set(told.split())
    stored = connection(site_to_pair)
    assert (stored["confirmed"], stored["site_name"], stored["problem"]) == (True, "Coffee blog", "")


def test_without_an_answer_the_key_is_kept_and_the_first_request_completes_the_pairing(site_to_pair: Site) -> None:
    key, secret = signing.new_key_id(), signing.new_secret()
    text = signing.encode_connection_key(app=NO_APP, site="9", key=key, secret=secret)
    said = site_to_pair.wordpress.connect(f"  {text[:30]}\n{text[30:]} ")
    assert "The key is stored." in said
    assert "does not answer" in said
    stored = connection(site_to_pair)
    assert stored["confirmed"] is False
    assert stored["problem"]
    assert stored["cure"]
    client = PluginClient(site_to_pair.wordpress.url, "9", key, secret)
    assert client.call("status").result["paired"] is True
    stored = connection(site_to_pair)
    assert (stored["confirmed"], stored["problem"]) == (True, "")


@pytest.mark.parametrize(
    ("mood", "part"),
    [("refusing", "does not know this key"), ("forging", "not signed"), ("broken", "status 500")],
)
def test_what_is_wrong_is_told_with_a_cure(site_to_pair: Site, app_server: App, mood: str, part: str) -> None:
    app_server.mood = mood
    site_to_pair.wordpress.connect(app_server.connection_key)
    stored = connection(site_to_pair)
    assert part in stored["problem"]
    assert stored["cure"]
    assert stored["confirmed"] is False


def test_a_text_that_is_no_key_changes_nothing(site: Site) -> None:
    before = connection(site)
    for text in ("", "igny8-", "hello", "igny8-eyJ2IjoxfQ"):
        with pytest.raises(RuntimeError, match="not a whole connection key"):
            site.wordpress.connect(text)
    assert connection(site) == before


def test_two_keys_overlap_while_one_replaces_the_other(site_to_pair: Site) -> None:
    old = site_to_pair.client
    new = site_to_pair.pair()
    assert new.call("status").status == 200
    assert old.call("status").status == 200
    site_to_pair.wordpress.run_php(
        "<?php $c = get_option( 'igny8_connection' ); $c['keys'][1]['until'] = time() - 1; "
        "update_option( 'igny8_connection', $c );"
    )
    assert old.call("status").code == "KEY_UNKNOWN"


def test_a_site_that_was_disconnected_lets_nobody_in(site_to_pair: Site) -> None:
    site_to_pair.wordpress.run_php("<?php IGNY8_Connection::disconnect();")
    answer = site_to_pair.client.call("status")
    assert (answer.status, answer.code, answer.signed) == (401, "NOT_CONNECTED", False)
    assert site_to_pair.client.post(payload(), "claim").code == "NOT_CONNECTED"


def test_status_is_as_agreed(site: Site, client: PluginClient) -> None:
    status = client.call("status").result
    assert set(status) == {
        "contract",
        "plugin",
        "wordpress",
        "php",
        "home_url",
        "name",
        "timezone",
        "server_time",
        "multisite",
        "paired",
        "rest_url",
        "admin_post_url",
    }
    assert status["name"] == "Test & site"
    assert status["server_time"].endswith("Z")
    assert (status["contract"], status["multisite"], status["paired"]) == (1, False, True)


def test_site_metadata_is_as_agreed(site: Site, client: PluginClient) -> None:
    metadata = client.call("site-metadata").result
    types = {entry["name"]: entry for entry in metadata["post_types"]}
    assert (types["post"]["enabled"], types["page"]["hierarchical"]) == (True, True)
    assert "attachment" not in types
    taxonomies = {entry["name"]: entry for entry in metadata["taxonomies"]}
    assert taxonomies["category"]["object_types"] == ["post"]
    assert taxonomies["category"]["count"] >= 1
    assert "igny8_cluster" not in taxonomies
    authors = {author["email"]: author for author in metadata["authors"]}
    assert authors["editor@example.com"]["name"] == "Erin Editor"
    assert metadata["upload"]["max_bytes"] == 64 * 1024 * 1024
    assert "image/jpeg" in metadata["upload"]["mime_types"]
    assert {"image/jpeg", "image/webp"} <= set(metadata["upload"]["editor_types"])
    assert metadata["seo_plugin"] == {"active": "none", "version": None, "configured": True, "other": None}
    assert metadata["woocommerce"] == {"active": False, "version": None}
    assert (metadata["innodb"], metadata["unfiltered_html"]) == (True, True)
    assert metadata["settings"]["acting_user"]["id"] == 1


def test_a_plugin_that_is_active_again_says_so_by_itself(site_to_pair: Site, app_server: App) -> None:
    site_to_pair.wordpress.connect(app_server.connection_key)
    again = "deactivate_plugins( 'igny8/igny8.php' ); activate_plugin( 'igny8/igny8.php' );"
    site_to_pair.wordpress.run_php(f"<?php require_once ABSPATH . 'wp-admin/includes/plugin.php'; {again}")
    assert [path for path, _body in app_server.bodies] == ["/integrations/7/connect/"] * 2
