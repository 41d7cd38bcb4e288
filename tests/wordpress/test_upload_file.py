"""A document into the media library: there whole and once, or not at all."""

from hashlib import sha256

import pytest

from tests.factories.papers import pdf
from tests.wordpress.conftest import Site
from tests.wordpress.exporting import plugin_code
from tests.wordpress.plugin_client import Answer, PluginClient, fresh_id


def send(client: PluginClient, data: bytes, filename: str = "Our prices.pdf", **changes: str) -> Answer:
    query = {"sha256": sha256(data).hexdigest(), "filename": filename, **changes}
    return client.call("upload-file", "POST", query=query, body=data, content_type="application/x-igny8-images")


def setup(client: PluginClient, action: str, data: bytes) -> Answer:
    images = [sha256(data).hexdigest()]
    return client.post_json("site-setup", {"contract": 1, "key": "7", "action": action, "ids": [], "images": images})


def test_a_document_is_stored_once_trashed_and_brought_back(site: Site, client: PluginClient) -> None:
    data = pdf(fresh_id("words"))
    first = send(client, data).result
    assert first["created"] is True
    assert first["url"].endswith("/Our-prices.pdf")
    assert site.fetch(first["url"]).content == data
    post = site.post(first["attachment_id"])
    assert (post["post_mime_type"], post["post_title"]) == ("application/pdf", "Our-prices")
    before = site.traces()
    again = send(client, data, "Other name.pdf").result
    assert again == {**first, "created": False}
    assert site.traces() == before
    hashed = first["sha256"]
    assert setup(client, "look", data).result["urls"] == {hashed: first["url"]}

    assert setup(client, "trash_images", data).result["trashed"] == [hashed]
    assert setup(client, "look", data).result["urls"] == {}
    assert site.fetch(first["url"]).status_code == 200, "its file stays until the trash is emptied"
    assert setup(client, "bring_back_images", data).result["images"] == {hashed: first["attachment_id"]}
    other = send(client, pdf(fresh_id("words"))).result
    assert other["url"].endswith("/Our-prices-1.pdf")


@pytest.mark.parametrize(
    ("filename", "changes", "code"),
    [
        ("a.exe", {}, "FILE_TYPE_REFUSED"),
        ("a.php", {}, "FILE_TYPE_REFUSED"),
        ("a.mp3", {}, "FILE_TYPE_REFUSED"),
        ("a.pdf", {"sha256": "0" * 64}, "FILE_DAMAGED"),
        ("a.pdf", {"sha256": "../x"}, "BAD_REQUEST"),
    ],
)
def test_what_is_refused_leaves_nothing(
    site: Site, client: PluginClient, filename: str, changes: dict[str, str], code: str
) -> None:
    before = site.traces()
    assert send(client, pdf(fresh_id("words")), filename, **changes).code == code
    assert site.traces() == before


def test_a_hook_that_ends_the_request_leaves_nothing(site: Site, client: PluginClient) -> None:
    before, data = site.traces(), pdf(fresh_id("words"))
    with plugin_code(site, "add_action( 'add_attachment', static function () { wp_die( 'No.' ); } );"):
        assert send(client, data).status == 500
    assert site.traces() == before
    assert send(client, data).result["created"] is True


def test_a_file_that_a_killed_request_left_is_taken(site: Site, client: PluginClient) -> None:
    data = pdf(fresh_id("words"))
    url = send(client, pdf(fresh_id("words")), "left.pdf").result["url"]
    folder = site.wordpress.uploads / url.partition("/uploads/")[2].rpartition("/")[0]
    (folder / "killed.pdf").write_bytes(data)
    assert send(client, data, "killed.pdf").result["url"].endswith("/killed.pdf")
    assert not list(folder.glob("killed-1*"))
