"""What the app knew of a post is compared with what is there before anything is written."""

import threading
import time
from typing import Any

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, fresh_id, payload

EDIT = "<?php wp_set_current_user( 1 ); wp_update_post( array( 'ID' => (int) $args[0], 'post_content' => $args[1] ) );"


def known(result: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """The base of the next publish."""
    names = ("permalink", "content_hash", "state_hash", "parts")
    return {
        "external_id": str(result["post_id"]),
        "run_id": body["run_id"],
        "gone": None,
        **{name: result[name] for name in names},
    }


def again(body: dict[str, Any], base: dict[str, Any] | None, title: str = "Ours") -> dict[str, Any]:
    """The next version of a content."""
    return {**body, "run_id": fresh_id("run"), "base": base, "post": {**body["post"], "title": title}}


def test_a_difference_is_told_with_the_present_state_and_frees_the_claim(site: Site, client: PluginClient) -> None:
    body = payload()
    base = known(client.publish(body).result, body)
    site.wordpress.run_php(EDIT, base["external_id"], "<p>Theirs</p>")
    for action in ("claim", "claim_publish"):
        answer = client.post(again(body, base), action)
        assert (answer.status, answer.code, answer.error["retry_recommended"]) == (409, "CONFLICT", False)
        assert (answer.error["step"], answer.error["step_number"]) == ("claim", 2)
    present = answer.error["details"]["present"]
    assert (present["state"], present["fields"]) == ("edited", ["content"])
    item = client.call("posts", query={"ids": base["external_id"]}).result["items"][0]
    names = ("content_hash", "state_hash", "parts")
    assert [present[name] for name in names] == [item[name] for name in names]
    over = {**base, **{name: item[name] for name in names}}
    assert client.publish(again(body, over)).result["post_id"] == int(base["external_id"])


def test_an_app_that_tells_nothing_publishes_as_before(site: Site, client: PluginClient) -> None:
    body = payload()
    result = client.publish(body).result
    site.wordpress.run_php(EDIT, str(result["post_id"]), "<p>Theirs</p>")
    assert client.publish(again(body, None)).result["post_id"] == result["post_id"]


def test_an_app_or_plugin_of_before_is_compared_by_the_hashes(site: Site, client: PluginClient) -> None:
    body = payload()
    base = {**known(client.publish(body).result, body), "parts": ""}
    second = again(body, base)
    base = {**known(client.publish(second).result, second), "parts": "of another plugin"}
    site.wordpress.run_php(EDIT, base["external_id"], "<p>Theirs</p>")
    assert client.publish(again(body, base)).code == "CONFLICT"


@pytest.mark.parametrize("delay", [0.0, 0.15, 0.3, 0.45])
def test_an_edit_at_the_same_moment_is_never_lost(site: Site, client: PluginClient, delay: float) -> None:
    body = payload()
    base = known(client.publish(body).result, body)
    site.break_with(sleep="live" if delay else None)
    editor = threading.Thread(target=site.wordpress.run_php, args=(EDIT, base["external_id"], "<p>Theirs</p>"))
    editor.start()
    time.sleep(delay)
    answer = client.publish(again(body, base))
    editor.join()
    assert answer.status == 200 or answer.code == "CONFLICT", answer.text
    assert site.post(int(base["external_id"]))["post_content"] == "<p>Theirs</p>"


@pytest.mark.parametrize("together", [True, False], ids=["with its parent", "alone"])
def test_a_lost_page_in_the_trash_is_known_by_the_address_that_it_had(
    site: Site, client: PluginClient, together: bool
) -> None:
    parent = client.publish(payload(post={"type": "page", "title": "Top", "slug": fresh_id("top")})).result
    post = {"type": "page", "title": "Below", "slug": fresh_id("below"), "parent": str(parent["post_id"])}
    body = payload(post=post)
    made = client.publish(body).result
    base = known(made, body)
    for page in (parent, made) if together else (made,):
        site.wordpress.run_php("<?php wp_set_current_user( 1 ); wp_trash_post( (int) $args[0] );", str(page["post_id"]))
    site.wordpress.run_php(EDIT, base["external_id"], "<p>Theirs</p>")
    site.sql(f"DELETE FROM wp_igny8_map WHERE content_id = '{body['content_id']}'")
    site.sql(f"DELETE FROM wp_postmeta WHERE post_id = {made['post_id']} AND meta_key = '_igny8_content_id'")
    again_body = again(body, {**base, "gone": "trash", "state_hash": None, "parts": None})
    again_body["post"]["parent"] = ""
    answer = client.post(again_body, "preflight")
    assert answer.status == 200, answer.text
    assert answer.result["existing"]["post_id"] == made["post_id"]
