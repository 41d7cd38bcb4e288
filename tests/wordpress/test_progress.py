"""A publish tells how far it is, and neither waits for the app nor fails with it."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.sites import signing
from app.sync.inbound.schemas import Progress
from tests.factories.live import wait_for
from tests.wordpress.conftest import Site, on_one_core
from tests.wordpress.outbox import TIMES, Watched, watched
from tests.wordpress.plugin_client import PluginClient, fresh_id, image, payload, png, term

__all__ = ["watched"]


@contextmanager
def hanging_app() -> Iterator[int]:
    """Listen on a port, take connections, and never read nor answer; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield server.getsockname()[1]
        for connection in held:
            connection.close()


def pair_with(site: Site, app: str, key: str, secret: str) -> PluginClient:
    """Pair the site with an app at an address that need not be one, without calling it."""
    text = signing.encode_connection_key(app=app, site="7", key=key, secret=secret)
    site.wordpress.run_php(
        "<?php add_filter( 'pre_http_request', function () { return new WP_Error( 'no', 'not now' ); } ); "
        f"IGNY8_Connection::connect( '{text}', 1 );"
    )
    return PluginClient(site.wordpress.url, "7", key, secret)


def test_a_slow_publish_tells_how_far_it_is(watched: Watched) -> None:
    watched.site.break_with(outbox=TIMES, sleep="save")
    for _ in range(4):  # on a busy machine a word takes longer than its share, and is left out
        body = payload(task_id="15", terms=[term(fresh_id("New"))])
        assert watched.client.publish(body).status == 200
        told = [word for word in watched.app.bodies("publish-progress") if word["run_id"] == body["run_id"]]
        if len(told) >= 2:
            break
    assert len(told) >= 2
    assert [word["progress"] for word in told] == sorted({word["progress"] for word in told})
    assert [word["step"] for word in told][-1] == "commit"
    for word in told:
        assert (word["run_id"], word["content_id"], word["task_id"]) == (body["run_id"], body["content_id"], "15")
        assert 0 < word["progress"] < 100
        assert word["message"]
        Progress.model_validate(word)


def test_the_images_of_a_batch_tell_which_one_is_stored(watched: Watched) -> None:
    watched.site.break_with(outbox=TIMES, sleep="add_attachment")
    for _ in range(4):  # on a busy machine a word takes longer than its share, and is left out
        told = store_three_images(watched)
        if len(told) == 2:
            break
    assert [word["message"] for word in told] == ["Storing image 2 of 3", "Storing image 3 of 3"]
    assert {word["step"] for word in told} == {"media"}


def store_three_images(watched: Watched) -> list[dict[str, Any]]:
    """Upload three images at once; what was told meanwhile."""
    pictures = [png() for _ in range(3)]
    body = payload(images=[image(data, "gallery", number) for number, data in enumerate(pictures)])
    watched.client.post(body, "claim")
    names = ("sha256", "filename", "alt", "title", "caption", "size")
    head = json.dumps([{name: entry[name] for name in names} for entry in body["images"]])
    query = {"run_id": body["run_id"], "content_id": body["content_id"], "batch": "1"}
    answer = watched.client.call(
        "upload-image",
        "POST",
        query=query,
        body=head.encode() + b"\n" + b"".join(pictures),
        content_type="application/octet-stream",
    )
    assert len(answer.result["images"]) == 3
    return [word for word in watched.app.bodies("publish-progress") if word["run_id"] == body["run_id"]]


def test_a_quick_publish_says_nothing(watched: Watched) -> None:
    for _ in range(6):  # on a busy machine one of them is not quick
        body, began = payload(), time.monotonic()
        watched.client.publish(body)
        took = time.monotonic() - began
        told = [word for word in watched.app.bodies("publish-progress") if word["run_id"] == body["run_id"]]
        if took < 0.7:
            break
    assert told == [] or took >= 0.7


APPS = ["fast", "down", "hanging", "unreachable", "no name server"]


@on_one_core
@pytest.mark.parametrize("kind", APPS)
def test_no_app_slows_a_publish_down_or_makes_it_fail(watched: Watched, kind: str) -> None:
    watched.app.mind_hang_ups = False  # the app changes in the middle of what is being sent
    with hanging_app() as port:
        address = {
            "fast": f"http://127.0.0.1:{watched.app.port}",
            "down": "http://127.0.0.1:9",
            "hanging": f"http://127.0.0.1:{port}",
            "unreachable": "https://192.0.2.1",
            "no name server": "https://app.invalid",
        }[kind]
        client = pair_with(watched.site, address, watched.app.key, watched.app.secret)
        # Two publishes on a busy machine differ by themselves: words that are waited for take longer in every try.
        for _ in range(6):
            (spent, whole), (_nothing, quiet) = (cost(watched, client, tell=tell) for tell in (True, False))
            if spent <= 0.05 * whole and abs(whole - quiet) < 1.5:
                break
    assert spent <= 0.05 * whole
    assert abs(whole - quiet) < 1.5


def cost(watched: Watched, client: PluginClient, *, tell: bool) -> tuple[float, float]:
    """Return the seconds spent on telling, and those of the whole publish."""
    watched.site.break_with(outbox=TIMES, sleep="save", log_progress=True, quiet_progress=not tell)
    spent = watched.site.wordpress.mu_plugins / "progress.json"
    began = time.monotonic()
    assert client.publish(payload()).status == 200
    whole = time.monotonic() - began
    wait_for(spent.exists)
    figure = float(spent.read_text())
    spent.unlink()
    return figure, whole
