"""One image: there whole, or not at all."""

from hashlib import sha256

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, image, payload, png


@pytest.fixture
def claimed(client: PluginClient) -> dict[str, object]:
    body = payload()
    client.post(body, "claim")
    return body


def test_an_image_arrives_whole_with_its_texts(site: Site, client: PluginClient, claimed: dict[str, object]) -> None:
    data = png(1200, 900)
    result = client.upload(
        claimed, data, filename="Größe (1) & co.PNG", title='A "title" \\', alt="Alt <text>", caption="Capt'n"
    ).result
    assert result["created"] is True
    assert site.fetch(result["url"]).content == data
    post = site.post(result["attachment_id"])
    meta = site.meta(result["attachment_id"])
    assert (post["post_title"], post["post_excerpt"]) == ('A "title" \\', "Capt'n")
    assert post["post_mime_type"] == "image/png"
    assert meta["_wp_attachment_image_alt"] == "Alt <text>"
    assert meta["_igny8_sha256"] == result["sha256"]
    folder = site.wordpress.uploads
    name = str(meta["_wp_attached_file"])
    assert name.endswith(".png")
    assert (folder / name).stat().st_mode & 0o777 == 0o644
    assert len(list((folder / name).parent.glob((folder / name).stem + "-*x*.png"))) >= 3
    client.post(claimed, "abort")


def test_a_known_image_is_not_stored_twice(site: Site, client: PluginClient) -> None:
    data = png()
    first = payload(images=[image(data)])
    attachment = client.publish(first, data).result["images"][image(data)["sha256"]]["attachment_id"]
    before = site.traces()
    second = payload()
    client.post(second, "claim")
    again = client.upload(second, data).result
    assert (again["attachment_id"], again["created"]) == (attachment, False)
    client.post(second, "abort")
    assert site.traces() == before


def test_another_file_of_a_picture_is_known_by_the_picture(site: Site, client: PluginClient) -> None:
    data, smaller = png(90, 60), png(40, 30)
    entry = image(data, file={"sha256": sha256(smaller).hexdigest(), "mime": "image/png", "size": len(smaller)})
    body = payload(images=[entry])
    client.post(body, "claim")
    known = {"sha256": entry["sha256"], "file_sha256": entry["file"]["sha256"]}
    damaged = client.upload(body, data, **known)
    assert (damaged.status, damaged.code) == (422, "IMAGE_HASH_MISMATCH")
    made = client.upload(body, smaller, **known).result
    assert (made["sha256"], site.fetch(made["url"]).content) == (entry["sha256"], smaller)
    result = client.post(body, "publish").result
    assert result["images"][entry["sha256"]]["attachment_id"] == made["attachment_id"]
    # What forgot all that the plugin knew is found again by its bytes.
    site.sql(f"DELETE FROM wp_igny8_map WHERE post_id = {int(result['post_id'])}")
    site.sql(f"DELETE FROM wp_postmeta WHERE meta_key = '_igny8_sha256' AND post_id = {made['attachment_id']}")
    known_state = {name: result[name] for name in ("permalink", "content_hash", "parts")}
    adopted = payload(body["content_id"], images=[entry])
    adopted["base"] = {"external_id": str(result["post_id"]), **known_state}
    found = client.post(adopted, "claim").result["known_images"]
    assert found[entry["sha256"]]["attachment_id"] == made["attachment_id"]
    client.post(adopted, "abort")


def test_an_image_that_another_run_uses_by_now_stays_when_its_run_aborts(site: Site, client: PluginClient) -> None:
    data = png()
    first, second = payload(images=[image(data)]), payload(images=[image(data)])
    client.post(first, "claim")
    made = client.upload(first, data).result
    result = client.publish(second, data).result
    client.post(first, "abort")
    assert result["images"][made["sha256"]]["attachment_id"] == made["attachment_id"]
    assert site.fetch(made["url"]).content == data


def test_the_last_of_two_failed_runs_removes_the_image_they_shared(site: Site, client: PluginClient) -> None:
    before = site.traces()
    data = png()
    first, second = payload(images=[image(data)]), payload(images=[image(data)])
    client.post(first, "claim")
    client.upload(first, data)
    assert image(data)["sha256"] in client.post(second, "claim").result["known_images"]
    client.post(first, "abort")
    assert client.post(second, "preflight").result["known_images"] != {}
    client.post(second, "abort")
    assert site.traces() == before


def test_two_images_of_one_name_get_two_files(client: PluginClient, claimed: dict[str, object], site: Site) -> None:
    pictures = [png(), png()]
    urls = [client.upload(claimed, data, filename="same.png").result["url"] for data in pictures]
    assert [site.fetch(url).content for url in urls] == pictures
    client.post(claimed, "abort")
    assert [site.fetch(url).status_code for url in urls] == [404, 404]


@pytest.mark.parametrize(
    ("data", "changes", "status", "code"),
    [
        (png(), {"sha256": "0" * 64}, 422, "IMAGE_HASH_MISMATCH"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", {"filename": "a.svg"}, 422, "IMAGE_TYPE_REFUSED"),
        (b"<?php echo 1;", {"filename": "shell.php.png"}, 422, "IMAGE_TYPE_REFUSED"),
        (b"<html>an error page</html>", {}, 422, "IMAGE_TYPE_REFUSED"),
        (b"", {}, 422, "IMAGE_TYPE_REFUSED"),
        (png(), {"sha256": "short"}, 400, "BAD_REQUEST"),
    ],
    ids=["damaged", "svg", "php", "html", "empty", "no hash"],
)
def test_what_is_no_image_is_refused_and_leaves_nothing(
    site: Site,
    client: PluginClient,
    claimed: dict[str, object],
    data: bytes,
    changes: dict[str, str],
    status: int,
    code: str,
) -> None:
    before = site.traces()
    answer = client.upload(claimed, data, **changes)
    assert (answer.status, answer.code) == (status, code)
    assert site.traces() == before
    client.post(claimed, "abort")


def test_the_type_is_what_the_bytes_say_not_the_name(client: PluginClient, claimed: dict[str, object]) -> None:
    result = client.upload(claimed, png(), filename="harmless.php").result
    assert result["url"].endswith("/harmless.png")
    assert client.upload(claimed, png(), filename="../../evil.jpg").result["url"].rsplit("/", 1)[1] == "evil.png"
    client.post(claimed, "abort")


def test_a_failing_image_leaves_no_attachment_and_no_file(site: Site, client: PluginClient) -> None:
    before = site.traces()
    good, bad = png(), png(800, 600)
    body = payload(images=[image(good), image(bad)])
    client.post(body, "claim")
    client.upload(body, good)
    one = site.traces()
    site.break_with(broken_sizes=True)
    answer = client.upload(body, bad)
    assert (answer.status, answer.code, answer.error["step"]) == (500, "HOOK_FAILED", "media")
    assert "image optimiser" in answer.error["message"]
    assert site.traces() == one
    missing = client.post(body, "publish")
    assert (missing.status, missing.code) == (422, "IMAGE_MISSING")
    assert site.traces() == before


@pytest.mark.parametrize("fault", ["throw", "exit", "die", "error", "fatal", "raw_commit", "kill_connection"])
def test_a_hook_that_fails_on_the_attachment_leaves_nothing(
    site: Site, client: PluginClient, claimed: dict[str, object], fault: str
) -> None:
    before = site.traces()
    site.break_with(**{fault: "add_attachment"})
    answer = client.upload(claimed, png())
    assert answer.status == 500
    assert answer.signed
    assert answer.error["step"] == "media"
    site.break_with()
    client.post(claimed, "abort")
    assert {**site.traces(), "claims": 0} == {**before, "claims": 0}
    site.clear_log()


def test_a_crash_while_storing_is_cleaned_later(site: Site, client: PluginClient) -> None:
    before = site.traces()
    for moment in ("add_attachment", "wp_generate_attachment_metadata"):
        body = payload()
        client.post(body, "claim")
        site.break_with(crash=moment)
        site.crash(lambda body=body: client.upload(body, png(800, 600)))
        site.break_with()
        client.post(body, "abort")
        assert site.traces() == before, moment
