"""Small valid PNGs, and photos of any type and size."""

import io
import struct
import zlib
from itertools import count
from typing import Any

from PIL import Image

from app.content.images.shelves import IMAGES
from app.content.models import Content, ContentImage
from app.core.extensions import db

_numbers = count(1)


def png(width: int = 24, height: int = 16) -> bytes:
    """A PNG whose bytes no earlier call has given."""
    tint = next(_numbers)
    pixels = zlib.compress((b"\0" + bytes((tint % 256, tint // 256 % 256, 90)) * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def photo(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture with soft gradients, red on its left, blue at its top."""
    across, down = Image.linear_gradient("L").rotate(90).resize((width, height)), Image.linear_gradient("L")
    picture = Image.merge(
        "RGB", (across, Image.new("L", (width, height), 90), down.rotate(180).resize((width, height)))
    )
    return picture.convert(mode)


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file of a Pillow format, such as JPEG, with what its writer takes."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def add_images(content: Content, number: int) -> list[ContentImage]:
    """Give the content a featured image and gallery images, `number` in all."""
    images = []
    for position in range(number):
        data = png()
        images.append(
            ContentImage(
                account_id=content.account_id,
                content_id=content.id,
                role="gallery" if position else "featured",
                position=position,
                sha256=IMAGES.save(content.account_id, data),
                mime="image/png",
                size=len(data),
                width=24,
                height=16,
                filename=f"picture-{position}.png",
                alt=f"Picture {position}",
            )
        )
    db.session.add_all(images)
    db.session.commit()
    return images
