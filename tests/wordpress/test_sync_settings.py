"""The settings live in WordPress and in the app: the later change wins, whoever made it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import Answer, PluginClient, payload

DEFAULTS = {
    "post_types": ["post", "page", "product"],
    "auto_create_terms": True,
    "fallback_category": 1,
    "gallery_limit": 5,
    "gallery_overflow": "skip",
    "default_author": None,
    "seo_meta_tags": True,
}


@pytest.fixture(autouse=True)
def untouched_settings(site: Site) -> Iterator[None]:
    """No test finds the settings of another."""
    site.forget_settings()
    yield
    site.forget_settings()


def at(seconds: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def sync(client: PluginClient, changed_at: str, **settings: Any) -> Answer:
    return client.sync(settings, changed_at=changed_at)


def test_nothing_set_means_the_defaults(client: PluginClient) -> None:
    settings = client.call("site-metadata").result["settings"]
    assert {name: settings[name] for name in DEFAULTS} == DEFAULTS
    assert settings["changed_at"] is settings["changed_by"] is None


@pytest.mark.parametrize("transport", [1, 2, 3])
def test_what_the_app_sends_is_taken_and_told(client: PluginClient, transport: int) -> None:
    sent = {
        "post_types": ["post"],
        "auto_create_terms": False,
        "fallback_category": None,
        "gallery_limit": 20,
        "gallery_overflow": "separate_post",
        "default_author": "editor@example.com",
        "seo_meta_tags": False,
    }
    client.transport, when = transport, at(-10)
    try:
        result = client.sync(sent, changed_at=when, changed_by="Zoë <b>Äpfel</b>").result
    finally:
        client.transport = 1
    assert result == {"settings": sent, "changed_at": when, "changed_by": "Zoë Äpfel", "applied": True}
    settings = client.call("site-metadata").result["settings"]
    assert settings.items() >= sent.items()
    assert (settings["changed_at"], settings["changed_by"]) == (when, "Zoë Äpfel")


def test_the_later_change_wins_and_a_repeated_one_does_no_harm(client: PluginClient) -> None:
    late, early = at(-10), at(-60)
    assert sync(client, late, gallery_limit=9).result["applied"] is True
    refused = sync(client, early, gallery_limit=3).result
    assert (refused["applied"], refused["settings"]["gallery_limit"], refused["changed_at"]) == (False, 9, late)
    again = sync(client, late, gallery_limit=9).result
    assert (again["applied"], again["settings"]["gallery_limit"]) == (True, 9)


def test_what_is_not_sent_stays(client: PluginClient) -> None:
    sync(client, at(-60), gallery_limit=9)
    settings = sync(client, at(-30), seo_meta_tags=False).result["settings"]
    assert settings == DEFAULTS | {"gallery_limit": 9, "seo_meta_tags": False}


def test_all_that_is_wrong_comes_at_once_and_nothing_is_taken(client: PluginClient) -> None:
    wrong = {
        "post_types": ["post", "no_such"],
        "auto_create_terms": "yes",
        "fallback_category": 99999,
        "gallery_limit": 21,
        "gallery_overflow": "burn",
        "default_author": "nobody@example.com",
        "colour": "red",
    }
    answer = sync(client, at(), seo_meta_tags=False, **wrong)
    assert (answer.status, answer.code, answer.signed) == (422, "SETTINGS_INVALID", True)
    problems = {problem["field"]: problem for problem in answer.error["details"]["problems"]}
    assert set(problems) == {f"settings.{name}" for name in wrong}
    assert problems["settings.colour"]["code"] == "SETTING_UNKNOWN"
    assert problems["settings.gallery_limit"]["code"] == "SETTING_INVALID"
    assert all(problem["message"] and problem["cure"] for problem in problems.values())
    assert client.call("site-metadata").result["settings"]["seo_meta_tags"] is True


def test_a_body_without_time_or_name_is_refused(client: PluginClient) -> None:
    for field, changes in {
        "changed_at": {"changed_at": "yesterday"},
        "changed_by": {"changed_by": ""},
        "settings": {"settings": "all"},
    }.items():
        body = {"settings": {}, "changed_at": at(), "changed_by": "Ann"} | changes
        answer = client.post_json("sync-settings", body)
        assert (answer.status, answer.code, answer.error["details"]["field"]) == (400, "BAD_REQUEST", field)
    assert sync(client, at(3600), gallery_limit=9).error["details"]["field"] == "changed_at"


def test_a_copy_of_the_site_takes_no_settings(site: Site, client: PluginClient) -> None:
    site.break_with(home_url="http://staging.example.com")
    assert sync(client, at(), gallery_limit=9).code == "SITE_CLONED"


def test_without_meta_tags_the_head_is_left_alone(site: Site, client: PluginClient) -> None:
    url = client.publish(payload(seo={"title": "Our title", "description": "Our words"})).result["permalink"]
    assert "<title>Our title</title>" in site.head(url)
    sync(client, at(), seo_meta_tags=False)
    head = site.head(url)
    assert "Our title" not in head
    assert "Our words" not in head
    assert "igny8-content" in head
