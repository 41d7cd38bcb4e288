"""Several images in one request."""

import json
from typing import Any

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import Answer, PluginClient, image, payload, png


def send(
    client: PluginClient, body: dict[str, Any], parts: list[tuple[dict[str, Any], bytes]], tail: bytes = b""
) -> Answer:
    """Send a batch whose first line lists `parts`."""
    first = json.dumps([fields for fields, _data in parts]).encode()
    content = first + b"\n" + b"".join(data for _fields, data in parts) + tail
    query = {"run_id": body["run_id"], "content_id": body["content_id"], "batch": "1"}
    return client.call("upload-image", "POST", query=query, body=content, content_type="application/x-igny8-images")


def part(data: bytes, **changes: Any) -> tuple[dict[str, Any], bytes]:
    """An image with its line entry."""
    return {**image(data), **changes}, data


@pytest.fixture
def claimed(client: PluginClient) -> dict[str, Any]:
    body = payload()
    client.post(body, "claim")
    return body


@pytest.mark.parametrize("envelope", [False, True])
def test_all_images_of_a_batch_arrive(
    site: Site, client: PluginClient, claimed: dict[str, Any], envelope: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "envelope", envelope)
    pictures = [png(), png() + b"\n\nnewlines in it\n", png()]
    answer = send(client, claimed, [part(data, alt=f"Nr {n}") for n, data in enumerate(pictures)]).result
    for n, data in enumerate(pictures):
        stored = answer["images"][image(data)["sha256"]]
        assert stored["created"] is True
        assert site.fetch(stored["url"]).content == data
        assert site.meta(stored["attachment_id"])["_wp_attachment_image_alt"] == f"Nr {n}"
    client.post(claimed, "abort")


def test_a_bad_image_in_the_middle_ends_the_batch_and_abort_leaves_nothing(site: Site, client: PluginClient) -> None:
    before = site.traces()
    body = payload()
    client.post(body, "claim")
    answer = send(client, body, [part(png()), part(b"<?php not an image"), part(png())])
    assert (answer.status, answer.code) == (422, "IMAGE_TYPE_REFUSED")
    client.post(body, "abort")
    assert site.traces() == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no newline",
        b"{}\n",
        b"[]\n",
        b"[1]\n",
        b'[{"sha256":5,"size":1}]\nx',
        b'[{"size":"1"}]\nx',
        b'[{"size":-1}]\nx',
        b'[{"size":99}]\nx',
        b'[{"size":1}]\nxy',
        b"[" * 5000 + b"\n",
    ],
)
def test_a_body_that_does_not_fit_its_first_line_stores_nothing(
    site: Site, client: PluginClient, claimed: dict[str, Any], content: bytes
) -> None:
    before = site.traces()
    query = {"run_id": claimed["run_id"], "content_id": claimed["content_id"], "batch": "1"}
    answer = client.call("upload-image", "POST", query=query, body=content, content_type="application/x-igny8-images")
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")
    assert site.traces() == before
    client.post(claimed, "abort")


def test_too_many_images_are_refused(client: PluginClient, claimed: dict[str, Any]) -> None:
    assert send(client, claimed, [part(png()) for _ in range(21)]).code == "BAD_REQUEST"
    client.post(claimed, "abort")
