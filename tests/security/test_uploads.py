"""Files that are not what they say: scripts in pictures, bombs, names that are paths."""

import io
import struct
import zlib
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.content.models import Content, ContentImage
from app.core.extensions import db
from app.sites.models import Site
from tests.factories.pictures import png
from tests.factories.things import make_content

SQUEEZED = zlib.compress(b"\0" * 10**6)
SCRIPT = b"<script>alert(1)</script>"


@pytest.fixture
def content(site: Site) -> Content:
    return make_content(site)


def upload(client: FlaskClient, content: Content, body: bytes, name: str, mime: str | None = None) -> Any:
    data = {"images": [(io.BytesIO(body), name, *([mime] if mime else []))]}
    return client.post(f"/content/{content.id}/images/", data=data)


def images() -> list[ContentImage]:
    db.session.expire_all()
    return list(db.session.scalars(select(ContentImage)))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize(
    ("body", "name", "mime"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "x.svg", "image/svg+xml"),
        (b"\xef\xbb\xbf<svg><script>alert(1)</script></svg>", "x.png", "image/png"),
        (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg>&a;</svg>", "x.svg", None),
        (b"<?php system($_GET[0]); ?>", "x.php.png", "image/png"),
        (b"#!/bin/sh\n", "x.jpg", "image/jpeg"),
        (b"<html>" + SCRIPT, "x.gif", "image/gif"),
        (b"PK\x03\x04" + b"\0" * 100, "x.webp", "image/webp"),
        (b"BM" + b"\0" * 100, "x.bmp", "image/bmp"),
        (b"II*\0" + b"\0" * 100, "x.tiff", "image/tiff"),
        (b"\0\0\0\x20ftypavif" + b"\0" * 100, "x.avif", "image/avif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "x.webp", "image/webp"),
        (b"%!PS-Adobe\n%%BoundingBox", "x.png", "image/png"),
        (b"", "x.png", "image/png"),
        (b"push graphic-context\nfill 'url(https://127.0.0.1/x|id)'", "x.mvg", "image/png"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_no_picture_is_refused_whatever_it_says(
    owner_client: FlaskClient, content: Content, body: bytes, name: str, mime: str | None
) -> None:
    upload(owner_client, content, body, name, mime)
    assert images() == []


@pytest.mark.parametrize("name", ["x.html", "x.svg", "x.php", "x.png.html", "x", ".htaccess", "x.phtml\0.png"])
def test_a_picture_that_is_also_a_page_is_served_as_a_picture_alone(
    owner_client: FlaskClient, content: Content, name: str
) -> None:
    whole = png()
    commented = whole[:33] + chunk(b"tEXt", b"Comment\0" + SCRIPT) + whole[33:]
    assert upload(owner_client, content, commented + SCRIPT, name, "text/html").status_code == 303
    (image,) = images()
    assert image.filename.endswith(".png")
    assert image.filename.count(".") == 1
    answer = owner_client.get(f"/content/{content.id}/images/{image.id}/file/")
    assert answer.mimetype == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/cron.d/x.png",
        "..\\..\\boot.png",
        "/abs/x.png",
        "a\r\nSet-Cookie: x=y.png",
        'q".png; filename="z.html',
        "\u202egnp.exe",
        "CON.png",
        "x" * 4000 + ".png",
        "%2e%2e%2fx.png",
        "~/.ssh/x.png",
        "$(id).png",
        "|id.png",
    ],
    ids=ascii,
)
def test_names_stay_names(owner_client: FlaskClient, content: Content, name: str) -> None:
    upload(owner_client, content, png(), name)
    for image in images():
        assert len(image.filename) <= 160
        assert not set(image.filename) & set("/\\\r\n\"';|$%~:\0\u202e ")
        assert ".." not in image.filename
        answer = owner_client.get(f"/content/{content.id}/images/{image.id}/file/")
        assert answer.status_code == 200
        assert "Set-Cookie: x=y" not in str(answer.headers)


def jpeg(width: int, height: int) -> bytes:
    return b"\xff\xd8\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + b"\0" * 40


@pytest.mark.parametrize(
    "body",
    [
        jpeg(30_000, 30_000),
        b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\0" * 20,
        b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff",
        jpeg(0, 10),
        jpeg(65_000, 1),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 50_000, 50_000) + b"\x08\x06\0\0\0" + SQUEEZED,
    ],
)
def test_bombs_are_refused_before_anything_unpacks_them(
    owner_client: FlaskClient, content: Content, body: bytes
) -> None:
    upload(owner_client, content, body, "bomb.png")
    assert images() == []


def test_more_bytes_than_allowed_are_refused(
    owner_client: FlaskClient, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.content.images.intake.MAX_BYTES", 10_000)
    upload(owner_client, content, png() + b"\0" * 10_000, "big.png")
    assert images() == []
    claims = {"CONTENT_LENGTH": str(26 * 1024 * 1024)}
    path = f"/content/{content.id}/images/"
    assert owner_client.post(path, data={"role": "inline"}, environ_overrides=claims).status_code == 413


def test_no_path_leads_into_the_storage_or_out_of_static(owner_client: FlaskClient) -> None:
    for path in (
        "/media/",
        "/static/../.env",
        "/static/%2e%2e/.env",
        "/static/..%2f.env",
        "/static/etc/passwd",
        "/instance/secrets/secret_key",
        "/.env",
        "/.git/config",
        "/static/..\\..\\.env",
    ):
        assert owner_client.get(path).status_code == 404, path
