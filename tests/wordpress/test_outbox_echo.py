"""What the app published does not come back to it as news; what anybody else changed does."""

from typing import Any

import pytest

from app.sync.inbound.schemas import Increment
from tests.wordpress.outbox import TIMES, Watched, watched
from tests.wordpress.plugin_client import fresh_id, image, payload, png, term

__all__ = ["watched"]


def rich(picture: bytes, content_id: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a body that touches everything that is watched."""
    return payload(
        content_id,
        terms=[term(fresh_id("Category")), term(fresh_id("tag"), "post_tag")],
        relations={"cluster": {"id": fresh_id("c"), "name": fresh_id("Cluster")}, "keyword_ids": ["1"]},
        seo={"title": "T", "description": "D", "focus_keywords": ["k"]},
        images=[image(picture, "featured")],
        **changes,
    )


def told(watched: Watched, result: dict[str, Any]) -> dict[str, Any]:
    """Return what GET posts tells of a published post."""
    items = watched.client.call("posts", query={"ids": str(result["post_id"])}).result["items"]
    return dict(items[0])


@pytest.mark.parametrize("seo_plugin", [None, "yoast", "aioseo"])
def test_a_publish_and_an_update_are_no_news(watched: Watched, seo_plugin: str | None) -> None:
    watched.site.break_with(outbox=TIMES, **({"seo_plugin": seo_plugin} if seo_plugin else {}))
    picture = png()
    body = rich(picture, post={"date_utc": "2026-01-02T03:04:05Z"})
    first = watched.client.publish(body, picture).result
    assert watched.rows() == []
    second = watched.client.publish(rich(picture, body["content_id"], post={"title": "New"}), picture).result
    assert watched.rows() == []
    assert watched.sent() == []
    assert first["state_hash"] != second["state_hash"]
    item = told(watched, second)
    assert (item["state_hash"], item["content_hash"], item["permalink"]) == (
        second["state_hash"],
        second["content_hash"],
        second["permalink"],
    )


def test_what_fires_later_is_known_by_its_hash(watched: Watched) -> None:
    result = watched.client.publish(payload()).result
    # A click on Update that changes nothing, and a plugin that saves the post again.
    watched.edit(f"wp_update_post( array( 'ID' => {result['post_id']} ) );")
    assert len(watched.rows()) == 1
    assert (watched.sent(), watched.rows()) == ([], [])


def test_an_edit_that_is_taken_back_is_told_both_times(watched: Watched) -> None:
    result = watched.client.publish(payload(post={"title": "A"})).result
    for title in ("B", "A"):
        watched.edit(f"wp_update_post( array( 'ID' => {result['post_id']}, 'post_title' => '{title}' ) );")
        (event,) = watched.sent()
        assert event["post"]["title"] == title
    watched.edit(f"wp_update_post( array( 'ID' => {result['post_id']}, 'post_title' => 'A' ) );")
    assert watched.sent() == []


def test_an_edit_that_is_taken_back_before_its_acknowledgement_is_told(watched: Watched) -> None:
    result = watched.client.publish(payload(post={"title": "A"})).result
    watched.app.mood = "lost"
    watched.edit(f"wp_update_post( array( 'ID' => {result['post_id']}, 'post_title' => 'B' ) );")
    assert [event["post"]["title"] for event in watched.sent()] == ["B"]
    watched.app.mood = "friendly"
    watched.edit(f"wp_update_post( array( 'ID' => {result['post_id']}, 'post_title' => 'A' ) );")
    assert [event["post"]["title"] for event in watched.sent()] == ["A"]


def test_a_publish_over_an_edit_that_is_on_its_way_is_told(watched: Watched) -> None:
    body = payload(post={"title": "A"})
    post_id = watched.client.publish(body).result["post_id"]
    watched.edit(f"wp_update_post( array( 'ID' => {post_id}, 'post_title' => 'B' ) );")

    def publish() -> None:
        watched.app.during = None
        assert watched.client.publish(payload(body["content_id"], post={"title": "C"})).status == 200

    watched.app.during = publish
    events = watched.sent()
    assert [event["post"]["title"] for event in events] == ["B", "C"]
    assert events[1]["sequence"] > events[0]["sequence"]
    assert watched.rows() == []


def test_a_publish_that_fails_is_no_news(watched: Watched) -> None:
    picture = png()
    body = rich(picture, post={"title": "Old"})
    watched.client.publish(body, picture)
    watched.site.break_with(outbox=TIMES, throw="wp_after_insert_post")
    assert watched.client.publish(rich(picture), picture).code == "HOOK_FAILED"
    assert watched.client.publish(rich(picture, body["content_id"]), picture).code == "HOOK_FAILED"
    watched.times()
    assert (watched.rows(), watched.sent()) == ([], [])


def test_a_gallery_post_and_the_page_of_a_term_are_no_news(watched: Watched) -> None:
    watched.client.sync({"gallery_limit": 1, "gallery_overflow": "separate_post"})
    pictures = [png(), png()]
    body = payload(images=[image(data, "gallery", number) for number, data in enumerate(pictures)])
    assert watched.client.publish(body, *pictures).result["gallery_overflow_post_id"]
    watched.client.publish(payload(post={"type": "term", "taxonomy": "category", "title": fresh_id("Term")}))
    assert watched.rows() == []
    watched.site.forget_settings()


def test_what_another_plugin_does_meanwhile_is_told(watched: Watched) -> None:
    other = watched.post()
    watched.site.break_with(outbox=TIMES, touch=other)
    assert watched.client.publish(payload()).status == 200
    assert watched.changed() == [("post", "changed", other)]


def test_counts_of_a_publish_are_sent_once(watched: Watched) -> None:
    body = payload(
        terms=[term("Uncategorized"), term(fresh_id("New")), term(fresh_id("tag"), "post_tag")],
        relations={"cluster": {"id": fresh_id("c"), "name": fresh_id("Cluster")}},
    )
    watched.client.publish(body)
    watched.client.post(body, "publish")
    watched.app.mood = 503
    watched.drain()
    watched.app.mood = "friendly"
    watched.site.sql("UPDATE wp_igny8_outbox SET due_at = 1")
    watched.drain()
    watched.drain()
    (counts,) = watched.app.bodies("stats/increment")
    Increment.model_validate(counts)
    assert counts.pop("published_at").endswith("Z")
    assert counts == {
        "id": body["run_id"],
        "content_type": "post",
        "taxonomies_created": {"categories": 1, "tags": 1, "sectors": 0, "clusters": 1},
        "taxonomies_updated": {"categories": 1, "tags": 0, "sectors": 0, "clusters": 0},
    }


def test_an_event_names_the_publish_whose_work_it_shows(watched: Watched) -> None:
    first = payload(post={"title": "A"})
    post_id = watched.client.publish(first).result["post_id"]
    again = payload(first["content_id"], post={"title": "C"})
    assert watched.edit(f"wp_update_post( array( 'ID' => {post_id}, 'post_title' => 'B' ) );") == ""

    def publish_meanwhile() -> None:
        watched.app.during = None
        assert watched.client.publish(again).status == 200

    watched.app.during = publish_meanwhile
    events = watched.sent() + watched.sent()
    assert [(event["post"]["title"], event["post"]["run_id"]) for event in events] == [
        ("B", first["run_id"]),
        ("C", again["run_id"]),
    ]
    assert events[0]["sequence"] < events[1]["sequence"]


def test_a_post_that_was_never_published_from_the_app_names_no_run(watched: Watched) -> None:
    post_id = watched.post()
    watched.edit(f"wp_update_post( array( 'ID' => {post_id}, 'post_title' => 'B' ) );")
    (event,) = watched.sent()
    assert event["post"]["run_id"] is None
