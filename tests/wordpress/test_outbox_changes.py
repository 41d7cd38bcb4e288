"""Each kind of change in WordPress becomes one event, however many clicks it took; what we published does not."""

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.outbox import Watched, watched
from tests.wordpress.plugin_client import fresh_id, payload, term

__all__ = ["watched"]

FIELDS = {
    "id", "object", "object_id", "taxonomy", "kind", "sequence", "changed_at", "changed_by", "content_id", "task_id",
    "post", "term", "terms",
}  # fmt: skip


# What a person does to post {id}, and what the event then says of the post.
EDITS = {
    "title": ("wp_update_post( array( 'ID' => {id}, 'post_title' => 'New' ) );", {"title": "New"}),
    "slug": ("wp_update_post( array( 'ID' => {id}, 'post_name' => 'moved' ) );", {"slug": "moved"}),
    "status": ("wp_update_post( array( 'ID' => {id}, 'post_status' => 'private' ) );", {"status": "private"}),
    "seo": ("update_post_meta( {id}, '_igny8_seo_title', 'T' );", {}),
    "focus": ("add_post_meta( {id}, '_igny8_focus_keywords', 'a, b' );", {}),
    "template": ("update_post_meta( {id}, '_wp_page_template', 'wide.php' );", {"template": "wide.php"}),
    "cluster meta": ("update_post_meta( {id}, '_igny8_cluster_id', '12' );", {}),
    "untrash": ("wp_trash_post( {id} ); wp_untrash_post( {id} );", {"status": "draft"}),
    "tags": ("wp_set_object_terms( {id}, array( 'red', 'blue' ), 'post_tag' );", {}),
    "tag taken": (
        "wp_set_object_terms( {id}, 'green', 'post_tag' ); wp_remove_object_terms( {id}, 'green', 'post_tag' );",
        {},
    ),
    "all terms taken": ("wp_delete_object_term_relationships( {id}, 'category' );", {}),
}


@pytest.mark.parametrize("kind", EDITS)
def test_a_change_of_a_post_is_one_event_after_many_clicks(watched: Watched, kind: str) -> None:
    php, expected = EDITS[kind]
    post_id = watched.post()
    for _ in range(3):
        watched.edit(php.replace("{id}", str(post_id)))
    events = [event for event in watched.sent() if event["object"] == "post"]
    assert len(events) == 1
    event = events[0]
    assert set(event) == FIELDS
    assert (event["object_id"], event["kind"], event["post"]["id"]) == (post_id, "changed", post_id)
    assert {name: event["post"][name] for name in expected} == expected
    assert event["changed_by"] == {"id": event["changed_by"]["id"], "name": "Erin Editor"}
    assert len(event["id"]) == 32
    assert event["terms"] == [t for t in event["terms"] if t["term_id"] in event["post"]["terms"][t["taxonomy"]]]
    assert watched.rows() == []
    assert watched.sent() == []
