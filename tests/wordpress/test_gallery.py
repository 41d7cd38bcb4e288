"""Galleries: up to the site's limit, and what becomes of the images over it."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories.live import wait_for
from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, fresh_id, image, payload, png

Gallery = tuple[dict[str, Any], list[bytes]]


@pytest.fixture(autouse=True)
def untouched_settings(site: Site) -> Iterator[None]:
    yield
    site.forget_settings()


def gallery(count: int, content_id: str | None = None, **changes: Any) -> Gallery:
    """Return a body with a gallery whose captions are numbered, and its images."""
    pictures = [png() for _ in range(count)]
    entries = [image(data, "gallery", number, caption=f"Number {number}") for number, data in enumerate(pictures)]
    return payload(content_id, images=entries, **changes), pictures


def again(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**body, "run_id": fresh_id("run"), **changes}


def content_of(site: Site, post_id: int) -> str:
    return site.post(post_id)["post_content"] or ""


def shown(site: Site, post_id: int) -> list[int]:
    """Return the numbers of the images that a post shows, in order."""
    parts = content_of(site, post_id).split("Number ")[1:]
    return [int(part.split("<")[0]) for part in parts]


def test_images_over_the_limit_are_left_out_and_counted(site: Site, client: PluginClient) -> None:
    client.sync({"gallery_limit": 3})
    body, pictures = gallery(5)
    checked = client.post(body, "preflight").result
    assert checked["gallery"] == {
        "limit": 3,
        "overflow": "skip",
        "skipped": [hashlib.sha256(data).hexdigest() for data in pictures[3:]],
    }
    assert [warning["code"] for warning in checked["warnings"]] == ["GALLERY_OVER_LIMIT"]
    # What is left out need not be uploaded …
    result = client.publish(body, *pictures[:3]).result
    assert (result["gallery_images_skipped"], result["gallery_images_inline"]) == (2, 0)
    assert result["gallery_overflow_post_id"] is None
    assert shown(site, result["post_id"]) == [0, 1, 2]
    # … and does not stay when it was.
    other, more = gallery(5)
    before = site.traces()["files"]
    found = client.publish(other, *more).result
    assert len(found["images"]) == 3
    wait_for(lambda: len(site.traces()["files"]) - len(before) == 3, what="the images left out to be gone")


def test_a_gallery_within_the_limit_needs_no_word(site: Site, client: PluginClient) -> None:
    body, pictures = gallery(5)
    assert client.post(body, "preflight").result["warnings"] == []
    result = client.publish(body, *pictures).result
    assert (result["gallery_images_skipped"], result["gallery_overflow_url"]) == (0, None)
    assert shown(site, result["post_id"]) == [0, 1, 2, 3, 4]


def test_all_images_are_shown_as_a_grid(site: Site, client: PluginClient) -> None:
    client.sync({"gallery_limit": 2, "gallery_overflow": "inline_grid"})
    body, pictures = gallery(4)
    result = client.publish(body, *pictures).result
    assert (result["gallery_images_inline"], result["gallery_images_skipped"]) == (4, 0)
    assert shown(site, result["post_id"]) == [0, 1, 2, 3]
    assert content_of(site, result["post_id"]).count("columns-3") == 1
    assert all(result["readback"].values())


def test_a_gallery_post_takes_the_rest_and_is_linked(site: Site, client: PluginClient) -> None:
    client.sync({"gallery_limit": 2, "gallery_overflow": "separate_post"})
    body, pictures = gallery(5, post={"title": "Trip & more"})
    result = client.publish(body, *pictures).result
    gallery_id = result["gallery_overflow_post_id"]
    post = site.post(gallery_id)
    assert (post["post_title"], post["post_status"]) == ("Trip & more - Gallery", "publish")
    assert (shown(site, result["post_id"]), shown(site, gallery_id)) == ([0, 1], [2, 3, 4])
    assert f'<a href="{result["gallery_overflow_url"]}">3 more images in the gallery</a>' in content_of(
        site, result["post_id"]
    )
    answer = site.fetch(result["gallery_overflow_url"])
    assert (answer.status_code, answer.url) == (200, result["gallery_overflow_url"])
    assert "Number 4" in answer.text
    assert all(result["readback"].values())
    assert client.post(body, "publish").result == result


def test_two_galleries_of_one_title_have_their_own_addresses(site: Site, client: PluginClient) -> None:
    client.sync({"gallery_limit": 1, "gallery_overflow": "separate_post"})
    urls = []
    for _ in range(2):
        body, pictures = gallery(2, post={"title": "Same trip"})
        result = client.publish(body, *pictures).result
        assert result["gallery_overflow_url"] in content_of(site, result["post_id"])
        assert site.fetch(result["gallery_overflow_url"]).url == result["gallery_overflow_url"]
        urls.append(result["gallery_overflow_url"])
    assert urls[0] != urls[1]


def test_publishing_again_updates_the_gallery_post(site: Site, client: PluginClient) -> None:
    client.sync({"gallery_limit": 2, "gallery_overflow": "separate_post"})
    body, pictures = gallery(4, post={"title": "Old"})
    first = client.publish(body, *pictures).result
    update, more = gallery(5, body["content_id"], post={"title": "New"})
    second = client.publish(update, *more).result
    assert second["gallery_overflow_post_id"] == first["gallery_overflow_post_id"]
    assert site.post(first["gallery_overflow_post_id"])["post_title"] == "New - Gallery"
    assert shown(site, first["gallery_overflow_post_id"]) == [2, 3, 4]
    # One that is not needed goes to the trash, and comes back at its address.
    third = client.publish(again(update, images=update["images"][:2]), *more[:2]).result
    assert third["gallery_overflow_post_id"] is None
    assert site.post(first["gallery_overflow_post_id"])["post_status"] == "trash"
    assert "igny8-gallery-link" not in content_of(site, third["post_id"])


def test_a_gallery_post_waits_for_its_time_with_its_post(site: Site, client: PluginClient) -> None:
    client.sync({"gallery_limit": 1, "gallery_overflow": "separate_post"})
    body, pictures = gallery(2, post={"date_utc": "2099-01-02T03:04:05Z"})
    result = client.publish(body, *pictures).result
    post = site.post(result["gallery_overflow_post_id"])
    assert (result["post_status"], post["post_status"]) == ("future", "future")
    assert post["post_date_gmt"] == "2099-01-02 03:04:05"
    assert result["gallery_overflow_url"].endswith("/a-plain-title-gallery/")


@pytest.mark.parametrize("moment", ["draft", "live", "transition_post_status"])
@pytest.mark.parametrize("fault", ["throw", "exit", "die", "ddl", "raw_commit", "kill_connection"])
def test_a_publish_that_fails_leaves_no_gallery_post(site: Site, client: PluginClient, fault: str, moment: str) -> None:
    client.sync({"gallery_limit": 1, "gallery_overflow": "separate_post"})
    body, pictures = gallery(2)
    before = site.traces()
    client.post(body, "claim")
    for data in pictures:
        client.upload(body, data)
    site.break_with(**{fault: moment})
    assert client.post(body, "publish").status == 500
    site.clear_log()
    site.break_with()
    assert site.traces() == before
    assert client.publish(body, *pictures).result["gallery_overflow_post_id"]


@pytest.mark.parametrize("fault", ["throw", "exit", "raw_commit", "kill_connection"])
def test_an_update_that_fails_leaves_the_gallery_post_as_it_was(site: Site, client: PluginClient, fault: str) -> None:
    client.sync({"gallery_limit": 1, "gallery_overflow": "separate_post"})
    body, pictures = gallery(3, post={"title": "Old"})
    first = client.publish(body, *pictures).result
    gallery_id = first["gallery_overflow_post_id"]
    before = (site.traces(), site.post(gallery_id), site.meta(gallery_id), site.post(first["post_id"]))
    # Both an update that rewrites it and one that needs none.
    for count in (3, 1):
        update, more = gallery(count, body["content_id"], post={"title": "New"})
        client.post(update, "claim")
        for data in more:
            client.upload(update, data)
        site.break_with(**{fault: "live"})
        assert client.post(update, "publish").status == 500
        site.clear_log()
        site.break_with()
        after = (site.traces(), site.post(gallery_id), site.meta(gallery_id), site.post(first["post_id"]))
        assert after == before


def test_php_killed_between_commit_and_flip_leaves_one_gallery_post(site: Site, client: PluginClient) -> None:
    client.sync({"gallery_limit": 1, "gallery_overflow": "separate_post"})
    body, pictures = gallery(2)
    before = int(site.value("SELECT COUNT(*) FROM wp_postmeta WHERE meta_key = '_igny8_gallery_of'") or 0)
    client.post(body, "claim")
    for data in pictures:
        client.upload(body, data)
    site.break_with(crash="live")
    site.crash(lambda: client.post(body, "publish"))
    site.break_with()
    result = client.publish(body, *pictures).result
    assert site.post(result["gallery_overflow_post_id"])["post_status"] == "publish"
    count = site.value("SELECT COUNT(*) FROM wp_postmeta WHERE meta_key = '_igny8_gallery_of'")
    assert int(count or 0) == before + 1
