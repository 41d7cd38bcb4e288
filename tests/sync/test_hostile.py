"""Bodies that no plugin sends: taken as far as they make sense, refused in words, never a crash."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.content.models import Content
from tests.factories.plugin import Plugin, post_event, post_item
from tests.sync.conftest import PATHS

parts = st.sampled_from(["id", "name", "slug", "term_id", "events", "post", "object"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(parts, inner, max_size=4),
    max_leaves=8,
)
NAMES = [
    "categories",
    "tags",
    "sectors",
    "clusters",
    "updated_by",
    "updated_at",
    "cluster_id",
    "sector_id",
    "keyword_ids",
    "id",
    "content_type",
    "taxonomies_created",
    "published_at",
    "run_id",
    "task_id",
    "content_id",
    "step",
    "progress",
    "message",
    "events",
]


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(body=st.dictionaries(st.sampled_from(NAMES), json_values, max_size=5) | json_values)
def test_hostile_bodies_are_answered_in_words(content: Content, plugin: Plugin, body: Any) -> None:
    for method, path in (
        *(("PUT", path.format(task=content.task_id, content=content.id)) for path in PATHS),
        ("PUT", f"/integrations/{plugin.site_id}/stats/increment/"),
        ("POST", f"/integrations/{plugin.site_id}/events/"),
        ("POST", f"/integrations/{plugin.site_id}/publish-progress/"),
        ("POST", f"/integrations/{plugin.site_id}/nudge/"),
    ):
        answer = plugin.send(method, path, body)
        assert answer.status_code in (200, 400, 404), (path, answer.text)
        assert answer.json["ok"] is (answer.status_code == 200)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"events": [{"id": "\\ud800"}]}',
        b'{"id": "\\u0000"}',
        b"NaN",
        b"1e999",
        b'{"categories": [9223372036854775808]}',
        b'{"categories": ' + b"[" * 500 + b"]" * 500 + b"}",
    ],
)
def test_bodies_that_are_no_json(content: Content, plugin: Plugin, body: bytes) -> None:
    events = f"/integrations/{plugin.site_id}/events/"
    for method, path in (("PUT", f"/content/{content.id}/taxonomies/"), ("POST", events)):
        answer = plugin.send(method, path, body)
        assert answer.status_code in (200, 400), answer.text


hostile_texts = st.text(max_size=30) | st.sampled_from(["\0", "x" * 3000, "%ff%fe", "👩‍👩‍👧‍👦" * 90, "%d0%bf" * 90])


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(
    changes=st.fixed_dictionaries(
        {},
        optional={
            "title": hostile_texts,
            "content": hostile_texts,
            "slug": hostile_texts,
            "type": hostile_texts,
            "permalink": hostile_texts,
            "template": hostile_texts,
            "parent": st.integers(0, 2**63 - 1),
            "terms": st.dictionaries(hostile_texts, st.lists(st.integers(1, 99), max_size=3), max_size=2),
            "seo": st.fixed_dictionaries(
                {"title": hostile_texts, "focus_keywords": st.lists(hostile_texts, max_size=30)}
            ),
            "relations": st.fixed_dictionaries({"cluster_id": hostile_texts, "keyword_ids": st.lists(hostile_texts)}),
        },
    )
)
def test_hostile_posts_are_taken_or_refused(content: Content, plugin: Plugin, changes: dict[str, Any]) -> None:
    event = post_event(post_item(9, **changes))
    answer = plugin.tell(event)
    assert answer.status_code == 200, answer.text
    result = answer.json["result"]
    assert [event["id"]] == result["acknowledged"] + [one["id"] for one in result["refused"]]
    assert all(one["code"] == "BAD_EVENT" for one in result["refused"])
