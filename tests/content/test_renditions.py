"""Smaller files of images are made once by a worker, shown when they are there, and go with their image."""

import io
import json
import struct
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

import jobs.content
from app.content.images import renditions
from app.content.images import services as images
from app.content.images.pixels import Rendition
from app.content.images.rendition_models import ImageRenditions
from app.content.images.shelves import IMAGES, RENDITIONS
from app.content.models import Content, ContentImage
from app.core import media
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.queue import queue_of
from app.sites.models import Site
from tests.factories.pictures import encoded, photo, png
from tests.factories.things import make_content

AVIF = encoded(photo(64, 48), "AVIF", speed=10)
SIZED_AVIF = AVIF.replace(b"ispe" + struct.pack(">3I", 0, 64, 48), b"ispe" + struct.pack(">3I", 0, 10_000, 8000))
LARGE = encoded(photo(2000, 1200), "JPEG", quality=95)


@pytest.fixture
def content(site: Site) -> Content:
    media.remove_account(site.account_id)  # another test's account of this id may have left files
    return make_content(site)


@pytest.fixture
def image(content: Content) -> ContentImage:
    added = images.add_image(content, LARGE, "beach.jpg", "featured")
    db.session.commit()
    return added


def rows() -> list[ImageRenditions]:
    db.session.expire_all()
    return list(db.session.scalars(select(ImageRenditions)))


def asked() -> int:
    jobs_waiting = queue_of("default").jobs
    return sum(job.func_name == renditions.JOB for job in jobs_waiting)


def test_an_upload_is_stored_whole_and_made_smaller_by_a_worker(
    image: ContentImage, owner_client: FlaskClient, content: Content
) -> None:
    address = f"/content/{content.id}/images/{image.id}/file/"
    assert (asked(), [row.state for row in rows()]) == (1, ["pending"])
    with owner_client.get(address + "?w=480") as waiting:
        assert (waiting.mimetype, waiting.headers["Cache-Control"]) == ("image/jpeg", "private, no-store")
    weights = f"/content/{content.id}/images/weights/?of={image.id}"
    assert f"of={image.id}" in owner_client.get(weights).text
    jobs.content.make_image_renditions(image.account_id, image.sha256)
    (row,) = rows()
    assert (row.state, [file["width"] for file in row.files]) == ("made", [480, 768, 1280, 1920, 2000])
    assert row.size == sum(file["size"] for file in row.files)
    with owner_client.get(address + "?w=480") as small, owner_client.get(address) as whole:
        assert (small.mimetype, "immutable" in small.headers["Cache-Control"]) == ("image/webp", True)
        assert (whole.data, whole.mimetype) == (IMAGES.load(image.account_id, image.sha256), "image/jpeg")
        assert len(small.data) == row.files[0]["size"]
    ready = owner_client.get(weights).text
    assert "hx-get" not in ready
    assert 'width="2000" height="1200"' in ready
    assert "?w=1920 1920w" in ready
    assert "JPEG" in ready
    assert "→ WebP" in ready
    library = owner_client.get(f"/content/{content.id}/images/library/").text
    assert f'src="{address}?w=480"' in library


def test_two_workers_at_once_and_a_second_content_keep_one_set_of_files(
    image: ContentImage, content: Content, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second worker stores between the first one's reading and storing."""
    real = renditions.web_renditions
    entered: list[str] = []

    def interrupted(data: bytes, mime: str) -> list[Rendition]:
        if not entered:
            entered.append("once")
            renditions.make_renditions(image.account_id, image.sha256)
        return real(data, mime)

    monkeypatch.setattr(renditions, "web_renditions", interrupted)
    renditions.make_renditions(image.account_id, image.sha256)
    images.add_image(make_content(site), LARGE, "again.jpg", "featured")
    db.session.commit()
    (row,) = rows()
    assert (row.state, asked()) == ("made", 1)
    folder = RENDITIONS.path_of(image.account_id, row.files[0]["file"]).parents[1]
    assert sorted(path.name for path in folder.glob("*/*")) == sorted(file["file"] for file in row.files)


def test_a_worker_that_died_is_asked_again_later_and_not_for_ever(image: ContentImage) -> None:
    def later() -> None:
        old = utcnow() - renditions.ASK_AGAIN_AFTER - timedelta(seconds=1)
        db.session.execute(update(ImageRenditions).values(asked_at=old))
        renditions.ask_for(image.account_id, [image.sha256])
        db.session.commit()

    renditions.ask_for(image.account_id, [image.sha256])
    db.session.commit()
    assert asked() == 1
    for _ in range(renditions.MOST_ATTEMPTS):
        later()
    assert asked() == renditions.MOST_ATTEMPTS
    assert [(row.state, row.problem) for row in rows()] == [("failed", renditions.NOT_MADE)]
    for job in queue_of("default").jobs:  # the worker is back
        if job.func_name == renditions.JOB:
            jobs.content.make_image_renditions(*job.args)
    assert [(row.state, row.problem, len(row.files)) for row in rows()] == [("made", "", 5)]


def test_what_is_given_up_while_a_worker_makes_it_is_kept(image: ContentImage, monkeypatch: pytest.MonkeyPatch) -> None:
    real = renditions.web_renditions

    def slow(data: bytes, mime: str) -> list[Rendition]:
        db.session.execute(update(ImageRenditions).values(state="failed", problem=renditions.NOT_MADE))
        return real(data, mime)

    monkeypatch.setattr(renditions, "web_renditions", slow)
    assert renditions.make_renditions(image.account_id, image.sha256).state == "made"


def test_an_image_that_comes_in_again_has_all_that_failed_made_anew(image: ContentImage, site: Site) -> None:
    renditions.ask_for(image.account_id, [image.sha256], renditions.PLAIN)
    db.session.execute(update(ImageRenditions).values(state="failed", problem=renditions.DAMAGED))
    db.session.commit()
    queue_of("default").empty()
    images.add_image(make_content(site), LARGE, "again.jpg", "featured")
    db.session.commit()
    for job in queue_of("default").jobs:
        if job.func_name == renditions.JOB:
            jobs.content.make_image_renditions(*job.args)
    assert {(row.recipe, row.state) for row in rows()} == {("web-1", "made"), ("plain-1", "made")}


def test_who_waits_for_files_waits_for_an_end(image: ContentImage) -> None:
    def awaited(*sources: str) -> int:
        return renditions.count_awaited(image.account_id, sources, renditions.WEB)

    assert awaited(image.sha256) == 1
    assert awaited("0" * 64) == 0  # its own file is gone
    renditions.make_renditions(image.account_id, image.sha256)
    assert awaited(image.sha256) == 0
    RENDITIONS.remove(image.account_id, rows()[0].files[0]["file"])
    assert awaited(image.sha256) == 1
    old = utcnow() - renditions.ASK_AGAIN_AFTER - timedelta(seconds=1)
    db.session.execute(update(ImageRenditions).values(asked_at=old, attempts=renditions.MOST_ATTEMPTS))
    assert awaited(image.sha256) == 0


def test_files_that_are_lost_are_made_again(image: ContentImage, owner_client: FlaskClient, content: Content) -> None:
    renditions.make_renditions(image.account_id, image.sha256)
    (row,) = rows()
    RENDITIONS.remove(image.account_id, row.files[0]["file"])
    with owner_client.get(f"/content/{content.id}/images/{image.id}/file/?w=480") as shown:
        assert shown.mimetype == "image/jpeg"
    assert (rows()[0].state, asked()) == ("pending", 2)
    assert renditions.make_renditions(image.account_id, image.sha256).state == "made"
    assert RENDITIONS.has(image.account_id, row.files[0]["file"])


def test_they_count_in_the_quota_once_and_go_with_the_last_content(image: ContentImage, content: Content) -> None:
    account_id, sha256 = image.account_id, image.sha256
    made = renditions.make_renditions(account_id, sha256)
    assert renditions.used_bytes(account_id) == sum(file["size"] for file in made.files)
    images.remove_image(content, image)
    db.session.commit()
    assert renditions.used_bytes(account_id) == 0
    assert images.remove_unused_files(account_id, [sha256]) == 0  # it has just been stored
    assert len(rows()) == 1
    images.BEING_SAVED, kept = timedelta(seconds=-1), images.BEING_SAVED
    try:
        assert images.remove_unused_files(account_id, [sha256]) == 1
    finally:
        images.BEING_SAVED = kept
    assert rows() == []
    assert not any(RENDITIONS.has(account_id, file["file"]) for file in made.files)


@pytest.mark.parametrize(
    ("data", "name", "code", "words"),
    [
        (LARGE[: len(LARGE) // 2], "half.jpg", "IMAGE_BROKEN", "cannot be read to its end"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "IMG_1.HEIC", "IMAGE_TYPE_REFUSED", "Most Compatible"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "logo.svg", "IMAGE_TYPE_REFUSED", "may carry scripts"),
        (AVIF[: len(AVIF) // 2], "half.avif", "IMAGE_BROKEN", "cannot be read to its end"),
        (AVIF[:50], "head.avif", "IMAGE_BROKEN", "cannot be read to its end"),
        (SIZED_AVIF, "huge.avif", "IMAGE_TOO_LARGE", "10,000 × 8,000 pixels"),
        (
            encoded(photo(20, 10), "AVIF", speed=10, save_all=True, append_images=[photo(20, 10, "L")]),
            "film.avif",
            "IMAGE_TYPE_REFUSED",
            "animation in AVIF",
        ),
    ],
)
def test_what_is_not_taken_is_told_in_words(content: Content, data: bytes, name: str, code: str, words: str) -> None:
    added, refused = images.add_images(content, [(data, name)], "gallery")
    assert added == []
    (error,) = refused
    assert error.code == code
    assert words in f"{error.message} {error.cure}"


def test_an_avif_and_a_photo_on_its_side_are_stored_as_they_are_shown(
    owner_client: FlaskClient, content: Content
) -> None:
    turned = photo(90, 60)
    exif = turned.getexif()
    exif[0x0112] = 6
    files = [
        (encoded(photo(64, 48), "AVIF", speed=10), "a.avif"),
        (encoded(turned, "JPEG", exif=exif), "b.jpg"),
        (png(), "c.png"),
    ]
    data = {"images": [(io.BytesIO(body), name) for body, name in files], "role": "gallery"}
    answer = owner_client.post(f"/content/{content.id}/images/", data=data, headers={"Accept": "application/json"})
    assert (answer.status_code, json.loads(answer.text)["problems"]) == (201, [])
    db.session.expire_all()
    found = [(image.filename, image.mime, image.width, image.height) for image in content.images]
    assert found == [
        ("a.avif", "image/avif", 64, 48),
        ("b.jpg", "image/jpeg", 60, 90),
        ("c.png", "image/png", 24, 16),
    ]
