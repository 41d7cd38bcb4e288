"""A post becomes a draft, goes to the trash and comes back: once, by whoever may, and only as the app knew it."""

from typing import Any

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import Answer, PluginClient, fresh_id, payload
from tests.wordpress.test_base import EDIT, known


def ask(client: PluginClient, action: str, body: dict[str, Any], base: dict[str, Any]) -> Answer:
    ours = {"contract": 1, "run_id": fresh_id("run"), "content_id": body["content_id"], "action": action, "base": base}
    return client.post_json("post-status", ours)


def base_of(item: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """What the app knows after an answer."""
    return {**base, **{name: item[name] for name in ("content_hash", "state_hash", "parts", "permalink")}}


def test_there_and_back_with_the_texts_as_they_were(site: Site, client: PluginClient) -> None:
    body = payload(post={"content": "<p>Ünder \\u003c</p>", "slug": fresh_id("slug")})
    base = known(client.publish(body).result, body)
    post_id, url = int(base["external_id"]), base["permalink"]
    before = site.post(post_id)
    assert site.fetch(url).status_code == 200

    draft = ask(client, "draft", body, base).result
    assert (draft["changed"], draft["post_status"], draft["post"]["status"]) == (True, "draft", "draft")
    assert site.fetch(url).status_code == 404
    assert ask(client, "draft", body, base).result["changed"] is False, "sent twice"

    base = base_of(draft["post"], base)
    trash = ask(client, "trash", body, base).result
    assert (trash["changed"], trash["post_status"], trash["post"]) == (True, "trash", None)
    assert ask(client, "draft", body, {**base, "gone": "trash"}).code == "POST_IN_TRASH"
    back = ask(client, "restore", body, {**base, "gone": "trash"}).result
    assert (back["changed"], back["post_status"]) == (True, "draft"), "as it was before"

    live = client.publish({**body, "run_id": fresh_id("run"), "base": base_of(back["post"], base)}).result
    assert (live["post_id"], live["permalink"]) == (post_id, url)
    after = site.post(post_id)
    names = ("post_title", "post_content", "post_excerpt", "post_name", "post_author")
    assert [after[name] for name in names] == [before[name] for name in names]
    assert site.fetch(url).status_code == 200


def test_out_of_the_trash_a_live_post_is_live_again_at_its_address(site: Site, client: PluginClient) -> None:
    body = payload(post={"slug": fresh_id("slug")})
    base = known(client.publish(body).result, body)
    assert ask(client, "trash", body, base).result["post_status"] == "trash"
    assert site.fetch(base["permalink"]).status_code == 404
    back = ask(client, "restore", body, {**base, "gone": "trash"}).result
    assert (back["post_status"], back["post"]["permalink"]) == ("publish", base["permalink"])
    assert site.fetch(base["permalink"]).status_code == 200


@pytest.mark.parametrize("action", ["draft", "trash"])
def test_what_somebody_edited_since_is_left_and_told(site: Site, client: PluginClient, action: str) -> None:
    body = payload()
    base = known(client.publish(body).result, body)
    site.wordpress.run_php(EDIT, base["external_id"], "<p>Theirs</p>")
    answer = ask(client, action, body, base)
    assert (answer.status, answer.code) == (409, "CONFLICT")
    assert answer.error["details"]["present"]["state"] == "edited"
    assert site.post(int(base["external_id"]))["post_status"] == "publish"
    again = base_of(client.call("posts", query={"ids": base["external_id"]}).result["items"][0], base)
    assert ask(client, action, body, again).result["changed"] is True, "the claim is free"
    assert site.post(int(base["external_id"]))["post_content"] == "<p>Theirs</p>"


def test_a_post_that_was_only_imported_is_found_and_leaves_no_claim(site: Site, client: PluginClient) -> None:
    values = "array( 'post_title' => 'Own', 'post_status' => 'publish', 'post_content' => 'x' )"
    post_id = site.wordpress.run_php(f"<?php echo wp_insert_post( {values} );")
    item = client.call("posts", query={"ids": post_id}).result["items"][0]
    base = base_of(item, {"external_id": post_id, "run_id": None, "gone": None})
    body = payload()
    assert ask(client, "draft", body, base).result["post_status"] == "draft"
    assert site.value(f"SELECT COUNT(*) FROM wp_igny8_map WHERE content_id = '{body['content_id']}'") == "0"


def test_the_front_page_and_a_post_that_is_gone_are_refused(site: Site, client: PluginClient) -> None:
    body = payload(post={"type": "page"})
    base = known(client.publish(body).result, body)
    choose = "<?php update_option( 'show_on_front', $args[0] ); update_option( 'page_on_front', (int) $args[1] );"
    site.wordpress.run_php(choose, "page", base["external_id"])
    try:
        assert ask(client, "trash", body, base).code == "FRONT_PAGE"
    finally:
        site.wordpress.run_php(choose, "posts", "0")
    site.wordpress.run_php("<?php wp_delete_post( (int) $args[0], true );", base["external_id"])
    answer = ask(client, "trash", body, base)
    assert (answer.status, answer.code) == (404, "POST_MISSING")


def test_a_request_that_says_too_little_is_refused(site: Site, client: PluginClient) -> None:
    body = payload()
    assert ask(client, "publish", body, {"external_id": "1"}).error["details"]["field"] == "action"
    assert ask(client, "draft", body, {}).error["details"]["field"] == "base.external_id"


def test_what_it_did_does_not_come_back_as_a_change(site: Site, client: PluginClient) -> None:
    body = payload()
    base = known(client.publish(body).result, body)
    site.sql("DELETE FROM wp_igny8_outbox")
    ask(client, "trash", body, base)
    waiting = f"SELECT COUNT(*) FROM wp_igny8_outbox WHERE object = 'post' AND object_id = {base['external_id']}"
    assert site.value(waiting) == "0"


def test_a_post_of_a_content_that_was_deleted_in_the_app_is_taken_by_its_new_one(
    site: Site, client: PluginClient
) -> None:
    body = payload()
    base = {**known(client.publish(body).result, body), "run_id": None}
    other = payload(base=base)
    assert client.publish(other).code in ("PREFLIGHT_FAILED", "CONFLICT"), "it is another content's"
    taken = payload(base={**base, "former": body["content_id"]})
    assert client.publish(taken).result["post_id"] == int(base["external_id"])
    rows = f"SELECT content_id FROM wp_igny8_map WHERE post_id = {base['external_id']}"
    assert [row["content_id"] for row in site.sql(rows)] == [taken["content_id"]]
