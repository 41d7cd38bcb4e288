"""Images are what their bytes say."""

import io
import struct
import zlib

import pytest
from flask import current_app
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from app.content.images import services as images
from app.content.images.file_types import sniff
from app.content.models import ContentImage
from app.core.errors import DomainError
from app.core.extensions import db
from app.sites.models import Site
from tests.factories.things import make_content


def png(width: int = 2, height: int = 3) -> bytes:
    """A whole PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\0" + b"\x80" * 3 * width for _ in range(height)))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", 30, 40) + b"\x03" * 10
GIF = b"GIF89a" + struct.pack("<HH", 5, 6) + b"\0" * 4
WEBP = b"RIFF\0\0\0\0WEBPVP8X" + b"\0" * 8 + (6).to_bytes(3, "little") + (8).to_bytes(3, "little")


@pytest.mark.parametrize(
    ("data", "facts"),
    [
        (png(), ("image/png", 2, 3)),
        (JPEG, ("image/jpeg", 40, 30)),
        (GIF, ("image/gif", 5, 6)),
        (WEBP, ("image/webp", 7, 9)),
    ],
)
def test_kind_and_size_come_from_the_bytes(data: bytes, facts: tuple[str, int, int]) -> None:
    found = sniff(data)
    assert found is not None
    assert (found.mime, found.width, found.height) == facts


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"%PDF", JPEG[:6], png()[:18], GIF[:7], WEBP[:22], png(0, 0)])
def test_everything_else_is_refused(data: bytes) -> None:
    assert sniff(data) is None


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF0000WEBPVP8 "]),
)
def test_broken_files_raise_nothing(tail: bytes, head: bytes) -> None:
    sniff(head + tail)


def test_a_second_featured_image_sends_the_first_to_the_gallery(site: Site) -> None:
    content = make_content(site)
    first = images.add_image(content, png(), "Été à Paris.PNG", "featured")
    second = images.add_image(content, png(4, 4), "../../etc/passwd", "featured")
    db.session.commit()
    assert (first.role, second.role) == ("gallery", "featured")
    assert (first.filename, second.filename) == ("ete-a-paris.png", "passwd.png")


def test_order_and_texts(site: Site) -> None:
    content = make_content(site)
    one, two, three = (images.add_image(content, png(n, n), f"{n}.png", "gallery") for n in (1, 2, 3))
    images.move_image(content, three, -1)
    images.describe_images(content, {f"image-{one.id}-alt": " A cup ", f"image-{two.id}-title": "T" * 400})
    db.session.commit()
    assert [image.id for image in content.images] == [one.id, three.id, two.id]
    assert (one.alt, len(two.title)) == ("A cup", 300)
    images.remove_image(content, one)
    db.session.commit()
    assert len(content.images) == 2


def test_what_is_no_image_is_refused_in_words(site: Site) -> None:
    with pytest.raises(DomainError, match="not a PNG"):
        images.add_image(make_content(site), b"<?php", "a.png", "featured")


def test_the_images_of_an_account_have_a_quota_in_which_each_counts_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make_content(site), make_content(site)
    images.add_image(first, png(), "a.png", "featured")
    db.session.execute(update(ContentImage).values(size=1024**3 - 1000))
    monkeypatch.setitem(current_app.config, "IMAGE_GB_PER_ACCOUNT", 1)
    images.add_image(second, png(9, 9), "b.png", "featured")
    db.session.execute(update(ContentImage).where(ContentImage.content_id == second.id).values(sha256="0" * 64))
    db.session.execute(update(ContentImage).values(sha256="0" * 64, size=1024**3 - 1000))
    images.add_image(second, png(3, 9), "c.png", "gallery")
    db.session.execute(update(ContentImage).where(ContentImage.sha256 != "0" * 64).values(size=990))
    with pytest.raises(DomainError, match=r"take 1\.0 GB of the 1 GB"):
        images.add_image(first, png(5, 9), "d.png", "gallery")


def test_upload_show_and_remove_in_the_browser(
    owner_client: FlaskClient, stranger_client: FlaskClient, site: Site
) -> None:
    content = make_content(site)
    upload = {"images": [(io.BytesIO(png()), "cup.png"), (io.BytesIO(b"no"), "bad.png")], "role": "featured"}
    answer = owner_client.post(f"/content/{content.id}/images/", data=upload, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "not a PNG" in answer.headers["HX-Trigger"]
    (image,) = content.images
    address = f"/content/{content.id}/images/{image.id}/"
    with owner_client.get(address + "file/") as shown:
        assert (shown.data, shown.mimetype) == (png(), "image/png")
    assert stranger_client.get(address + "file/").status_code == 404
    other = make_content(site)
    assert owner_client.get(f"/content/{other.id}/images/{image.id}/file/").status_code == 404
    assert owner_client.post(address + "role/", data={"role": "inline"}).status_code == 303
    assert owner_client.post(address + "move/", data={"step": "1"}).status_code == 303
    assert owner_client.post(address + "remove/").status_code == 303
    db.session.expire_all()
    assert content.images == []
