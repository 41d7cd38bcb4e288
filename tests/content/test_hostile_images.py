"""Images that are something else, that would fill the memory, or that two people change at once."""

import io
import struct
import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.content.models import Content, ContentImage
from app.core.extensions import db
from app.sites.models import Site
from tests.factories.people import SignIn, make_member
from tests.factories.pictures import add_images, png
from tests.factories.things import make_content


@pytest.fixture
def content(site: Site) -> Content:
    return make_content(site)


def upload(client: FlaskClient, content: Content, *files: tuple[bytes, str], **headers: str) -> Any:
    data = {"images": [(io.BytesIO(body), name) for body, name in files]}
    return client.post(f"/content/{content.id}/images/", data=data, headers=headers)


def images() -> list[ContentImage]:
    db.session.expire_all()
    return list(db.session.scalars(select(ContentImage).order_by(ContentImage.position)))


def huge_png(width: int, height: int) -> bytes:
    """A few bytes that unpack to many pixels."""
    small = png()
    return small[:16] + struct.pack(">II", width, height) + small[24:]


@pytest.mark.parametrize("size", [(20_000, 20_000), (30_001, 1), (1, 2**31 - 1)])
def test_a_decompression_bomb_is_named_as_such(
    owner_client: FlaskClient, content: Content, size: tuple[int, int]
) -> None:
    answer = upload(owner_client, content, (huge_png(*size), "bomb.png"), HX_Request="true")
    assert f"{size[0]:,}" in answer.headers["HX-Trigger"]
    assert "Make it smaller" in answer.headers["HX-Trigger"]
    assert images() == []


@pytest.mark.parametrize(
    "body",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>",
        b"GIF8",
        b"\xff\xd8",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"\x00" * 100,
        b"<!--\x89PNG\r\n\x1a\n",
    ],
)
def test_what_is_no_image_is_refused_whatever_its_name(
    owner_client: FlaskClient, content: Content, body: bytes
) -> None:
    upload(owner_client, content, (body, "photo.png"))
    assert images() == []


def test_a_picture_that_is_also_a_page_is_served_as_a_picture(owner_client: FlaskClient, content: Content) -> None:
    upload(owner_client, content, (png() + b"<html><script>alert(1)</script>", "../../x.html\0.php"))
    (image,) = images()
    assert image.filename == "x-html.png"
    answer = owner_client.get(f"/content/{content.id}/images/{image.id}/file/")
    assert answer.mimetype == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"


def test_many_refusals_fit_into_one_message(owner_client: FlaskClient, content: Content) -> None:
    files = [(b"no image %d" % n, f"{'long name ' * 7}{n}.png") for n in range(300)]
    answer = upload(owner_client, content, *files, (png(), "good.png"))
    assert len(images()) == 1
    assert sum(len(value) for value in answer.headers.getlist("Set-Cookie")) < 4000
    page = owner_client.get(f"/content/{content.id}/edit/").text
    assert "And 297 more." in page


def test_zero_bytes_in_a_caption_are_left_out(owner_client: FlaskClient, content: Content) -> None:
    image = add_images(content, 1)[0]
    data = {f"image-{image.id}-caption": "a\0b", "role": "gallery"}
    assert owner_client.post(f"/content/{content.id}/images/{image.id}/role/", data=data).status_code == 303
    assert images()[0].caption == "ab"


@pytest.mark.parametrize("action", ["role", "remove", "move"])
def test_two_who_change_images_at_once_wait_for_each_other(
    app: Flask, account: Account, content: Content, sign_in: SignIn, action: str
) -> None:
    pictures = add_images(content, 4)
    browsers = [sign_in(make_member(account, "editor")) for _ in range(4)]
    paths = [f"/content/{content.id}/images/{pictures[n % 2].id}/{action}/" for n in range(4)]
    db.session.commit()
    answers: list[int] = []
    gate = threading.Barrier(4)

    def press(browser: FlaskClient, path: str) -> None:
        gate.wait(10)
        with app.app_context():
            answers.append(browser.post(path, data={"role": "featured", "step": "1"}).status_code)

    threads = [threading.Thread(target=press, args=pair) for pair in zip(browsers, paths, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(answers) == 4
    assert set(answers) <= ({303, 404} if action == "remove" else {303})
    left = images()
    assert len([image for image in left if image.role == "featured"]) <= 1
    assert len(left) == (2 if action == "remove" else 4)
