"""What the plugin that this one replaces left on posts is never read as the app's; its posts are taken over by link."""

from typing import Any

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.exporting import add_meta, add_post, hashes, item, items
from tests.wordpress.outbox import Watched, watched
from tests.wordpress.plugin_client import PluginClient, fresh_id, payload

__all__ = ["watched"]
OLD = {
    "_igny8_content_id": "42",
    "_igny8_task_id": "15",
    "_igny8_cluster_id": "12",
    "_igny8_sector_id": "3",
    "_igny8_keyword_ids": "1,7",
    "_igny8_focus_keywords": 'a:1:{i:0;s:5:"beans";}',
}
NOTHING: dict[str, Any] = {"cluster_id": None, "sector_id": None, "keyword_ids": []}
GUID = "https://old.example.com/?p=9"
MAP = "SELECT content_id, state, run_id, done_run_id, published_at FROM wp_igny8_map WHERE post_id = {}"


def old_post(site: Site, slug: str = "", **columns: str) -> int:
    """A post of the old plugin."""
    post_id = add_post(site, name=slug or fresh_id("old"), guid=GUID, **columns)
    for key, value in OLD.items():
        add_meta(site, post_id, key, value)
    return post_id


def entry(post_id: int, content_id: str = "", **changes: Any) -> dict[str, Any]:
    """An entry of link-posts."""
    return {"content_id": content_id or fresh_id("c"), "post_id": post_id, "slug": "", "guid": GUID, **changes}


def link(client: PluginClient, *entries: dict[str, Any]) -> Any:
    return client.post_json("link-posts", {"contract": 1, "posts": list(entries)}).result


def codes(client: PluginClient, *entries: dict[str, Any]) -> list[str]:
    """What each entry is refused for, "" where it is linked."""
    result = link(client, *entries)
    refused = {one["content_id"]: one["code"] for one in result["refused"]}
    assert set(refused) | set(result["linked"]) == {one["content_id"] for one in entries}
    return [refused.get(one["content_id"], "") for one in entries]


def test_numbers_of_the_old_plugin_are_told_to_nobody(site: Site, client: PluginClient) -> None:
    post_id = old_post(site)
    told, marks = item(client, post_id), hashes(client, post_id)
    assert (told["content_id"], told["task_id"], told["run_id"], told["relations"]) == (None, None, None, NOTHING)
    assert told["seo"]["focus_keywords"] == []
    assert "igny8-content" not in site.head(told["permalink"])
    site.sql(f"DELETE FROM wp_postmeta WHERE post_id = {post_id}")
    assert hashes(client, post_id) == marks


def test_words_of_a_list_in_json_are_told(site: Site, client: PluginClient) -> None:
    post_id = add_post(site)
    add_meta(site, post_id, "_igny8_focus_keywords", '["beans", "beans and rice", 3]')
    assert item(client, post_id)["seo"]["focus_keywords"] == ["beans", "beans and rice"]


def test_no_event_names_a_content_or_task_by_them(watched: Watched) -> None:
    post_id = old_post(watched.site)
    for php in ("wp_update_post( array( 'ID' => {}, 'post_title' => 'New' ) );", "wp_trash_post( {} );"):
        watched.edit(php.format(post_id))
        (event,) = watched.sent()
        assert (event["content_id"], event["task_id"]) == (None, None)
    watched.edit(f"wp_delete_post( {post_id}, true );")
    (event,) = watched.sent()
    assert (event["kind"], event["content_id"], event["task_id"]) == ("deleted", None, None)


def test_no_publish_goes_into_a_post_because_of_the_old_number(site: Site, client: PluginClient) -> None:
    post_id, content_id = old_post(site), fresh_id("c")
    site.sql(f"UPDATE wp_postmeta SET meta_value = '{content_id}' WHERE meta_key = '_igny8_content_id'")
    base: dict[str, Any] = {
        "external_id": "999999",
        "permalink": "https://example.com/elsewhere/",
        "content_hash": "0" * 64,
    }
    base |= {"state_hash": "", "parts": "", "run_id": None, "gone": "deleted", "terms": {}}
    result = client.publish(payload(content_id, base=base)).result
    assert result["post_id"] != post_id
    assert site.post(post_id)["post_title"] == "A post"


def test_a_linked_post_is_the_contents_and_is_not_written_to(site: Site, client: PluginClient) -> None:
    post_id = old_post(site)
    before, meta, marks = site.post(post_id), site.meta(post_id), hashes(client, post_id)
    first = entry(post_id)
    assert (codes(client, first), codes(client, first)) == ([""], [""])
    assert (site.post(post_id), site.meta(post_id), hashes(client, post_id)) == (before, meta, marks)
    (row,) = site.sql(MAP.format(post_id))
    row.pop("published_at")
    assert row == {"content_id": first["content_id"], "state": "published", "run_id": "", "done_run_id": ""}
    told = item(client, post_id)
    assert (told["content_id"], told["task_id"], told["relations"]) == (first["content_id"], None, NOTHING)
    found = client.call("post-by-content-id", query={"content_id": first["content_id"]}).result
    assert (found["state"], found["post_id"]) == ("published", post_id)


def test_publishing_it_updates_that_post_and_its_numbers_are_ours_from_then_on(
    site: Site, client: PluginClient
) -> None:
    post_id = old_post(site)
    first = entry(post_id)
    link(client, first)
    count = site.value("SELECT COUNT(*) FROM wp_posts WHERE post_type = 'post'")
    told = item(client, post_id)
    names = ("permalink", "content_hash", "state_hash", "parts")
    base = {"external_id": str(post_id), "run_id": None, "gone": None, **{name: told[name] for name in names}}
    relations = {"cluster": {"id": "77", "name": "Beans"}, "sector": None, "keyword_ids": ["5"]}
    body = payload(first["content_id"], base=base, relations=relations, post={"title": "Ours"})
    result = client.publish(body).result
    assert (result["post_id"], result["created"], site.post(post_id)["post_title"]) == (post_id, False, "Ours")
    assert site.value("SELECT COUNT(*) FROM wp_posts WHERE post_type = 'post'") == count
    told = item(client, post_id)
    assert told["relations"] == {"cluster_id": "77", "sector_id": None, "keyword_ids": ["5"]}
    assert told["state_hash"] == result["state_hash"]
    assert site.meta(post_id)["_igny8_content_id"] == first["content_id"]


@pytest.mark.parametrize("action", ["draft", "trash"])
def test_a_failed_publish_and_a_new_status_leave_the_link(site: Site, client: PluginClient, action: str) -> None:
    post_id = old_post(site)
    first = entry(post_id)
    link(client, first)
    told = item(client, post_id)
    base = {"external_id": str(post_id), "run_id": None, "gone": None}
    base |= {name: told[name] for name in ("permalink", "content_hash", "state_hash", "parts")}
    site.break_with(throw="before_commit")
    failed = client.publish(payload(first["content_id"], base={**base, "content_hash": "0" * 64, "parts": "0" * 88}))
    site.break_with()
    assert failed.code == "CONFLICT"
    body = {"contract": 1, "run_id": fresh_id("r"), "content_id": first["content_id"], "action": action, "base": base}
    assert client.post_json("post-status", body).result["post_status"] == action
    (row,) = site.sql(MAP.format(post_id))
    assert (row["content_id"], row["state"], row["done_run_id"]) == (first["content_id"], "published", "")


def test_only_the_very_post_is_linked(site: Site, client: PluginClient) -> None:
    slug, other = old_post(site, slug="known"), old_post(site)
    revision = add_post(site, type="revision", status="inherit", guid=GUID)
    moved = {"guid": "https://elsewhere.example.com/?p=1"}
    assert codes(
        client,
        entry(999_999),
        entry(revision),
        entry(other, **moved, slug="another"),
        entry(other, guid="", slug=""),
        entry(slug, **moved, slug="known"),
    ) == ["POST_MISSING", "POST_MISSING", "POST_UNCERTAIN", "POST_UNCERTAIN", ""]


def test_what_was_published_keeps_its_content_and_an_unused_link_gives_way(site: Site, client: PluginClient) -> None:
    body = payload()
    published = client.publish(body).result["post_id"]
    guid = site.value(f"SELECT guid FROM wp_posts WHERE ID = {published}") or ""
    stranger, second = old_post(site), old_post(site)
    assert codes(client, entry(published, guid=guid), entry(stranger, content_id=body["content_id"])) == [
        "POST_TAKEN",
        "CONTENT_TAKEN",
    ]
    first, later = entry(stranger), entry(stranger)
    assert codes(client, first, later) == ["", ""]
    assert [row["content_id"] for row in site.sql(MAP.format(stranger))] == [later["content_id"]]
    assert codes(client, {**later, "post_id": second}) == [""]
    assert site.sql(MAP.format(stranger)) == []


@pytest.mark.parametrize(
    "posts",
    [None, "x", [1], [{"content_id": "1"}], [{"content_id": "", "post_id": 1, "slug": "", "guid": ""}], [{}] * 201],
)
def test_a_body_that_will_not_do_is_refused(client: PluginClient, posts: Any) -> None:
    assert client.post_json("link-posts", {"contract": 1, "posts": posts}).code == "BAD_REQUEST"
    assert client.post_json("link-posts", {"posts": []}).code == "CONTRACT_UNSUPPORTED"


def test_many_posts_are_linked_at_once(site: Site, client: PluginClient) -> None:
    entries = [entry(old_post(site)) for _ in range(20)]
    assert codes(client, *entries) == [""] * 20
    told = items(client, [one["post_id"] for one in entries])
    assert [one["content_id"] for one in told] == [one["content_id"] for one in entries]
