"""AVIF images lose where and by whom they were taken, wherever that stands, and no file holds up a request."""

import struct
import time
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from app.content.images.file_types import sniff
from app.content.images.metadata import Broken, strip
from tests.factories.pictures import encoded, photo

AUTHOR, PLACE = b"<x:xmpmeta>Anna Author</x:xmpmeta>", b"GPS-52.5200N"
FTYP = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def whole(kind: bytes, version: int, body: bytes) -> bytes:
    return box(kind, bytes([version, 0, 0, 0]) + body)


def taken() -> bytes:
    """A photo with a place and an author, both before its picture."""
    exif = Image.Exif()
    exif[0x010F] = PLACE.decode()
    return encoded(photo(64, 48), "AVIF", speed=10, exif=exif, xmp=AUTHOR)


def behind(data: bytes) -> bytes:
    """Its author stands behind the picture, in an item that goes "to the end"."""
    there = data.index(b"iloc") + 4 + 8 + 2 * 14  # version, sizes and number, then 14 bytes for each item
    assert struct.unpack_from(">H", data, there) == (3,)
    moved = bytearray(data.replace(AUTHOR, bytes(len(AUTHOR))))
    struct.pack_into(">II", moved, there + 6, len(data) + 8, 0)
    return bytes(moved) + box(b"mdat", AUTHOR)


def as_property(data: bytes) -> bytes:
    """Its author stands among size and colours too, as the last of the properties."""
    words = box(b"uuid", AUTHOR)
    grown = bytearray(data)
    at = data.index(b"ipco") - 4
    end = at + int.from_bytes(data[at : at + 4])
    grown[end:end] = words
    for name in (b"ipco", b"iprp", b"meta"):
        place = data.index(name) - 4
        struct.pack_into(">I", grown, place, int.from_bytes(data[place : place + 4]) + len(words))
    first = data.index(b"iloc") + 12
    for item in range(3):
        place = first + 14 * item + 6
        struct.pack_into(">I", grown, place, int.from_bytes(grown[place : place + 4]) + len(words))
    return bytes(grown)


@pytest.mark.parametrize(
    "altered",
    [
        lambda data: data,
        lambda data: data + box(b"uuid", AUTHOR) + box(b"free", PLACE) + box(b"moov", box(b"meta", PLACE)),
        behind,
        as_property,
    ],
    ids=["items", "boxes", "to the end", "property"],
)
def test_nothing_of_its_author_is_left_and_the_picture_is(altered: Callable[[bytes], bytes]) -> None:
    data = altered(taken())
    clean = strip(data, "image/avif")
    assert AUTHOR in data
    assert not [words for words in (AUTHOR, PLACE) if words in clean]
    assert sniff(clean) == sniff(data) == sniff(taken())
    with Image.open(BytesIO(clean)) as after, Image.open(BytesIO(data)) as before:
        assert after.tobytes() == before.tobytes()
    assert strip(clean, "image/avif") == clean


def meta(*boxes: bytes) -> bytes:
    return whole(b"meta", 0, b"".join(boxes))


def iloc(sizes: bytes, count: int, items: bytes) -> bytes:
    return whole(b"iloc", 2, sizes + struct.pack(">I", count) + items)


NO_ITEMS = whole(b"iinf", 0, b"\0\0")
EXIF_ITEM = whole(b"iinf", 0, b"\0\1" + whole(b"infe", 2, struct.pack(">HH4s", 1, 0, b"Exif")))
NOTHING = struct.pack(">IHHH", 1, 0, 0, 65_535)  # an item of 65,535 pieces that take no bytes
OVER_ALL = struct.pack(">IHHH", 1, 0, 0, 1000) + struct.pack(">II", 0, 9_000_000) * 1000
LARGE = bytes(9_000_000)


@pytest.mark.parametrize(
    "data",
    [
        FTYP + meta(NO_ITEMS, iloc(b"\0\0", 2**32 - 1, NOTHING * 50_000)),
        FTYP + meta(NO_ITEMS, iloc(b"\0\0", 2**32 - 1, struct.pack(">IHHH", 1, 0, 0, 0) * 900_000)),
        FTYP + meta(EXIF_ITEM, iloc(b"\x44\0", 1, OVER_ALL)) + LARGE,
        FTYP + meta(NO_ITEMS, iloc(b"\0\0", 0, b"")) * 100_000,
        FTYP + meta(whole(b"iinf", 0, b"\0\0" + box(b"infe", b"") * 1_000_000), iloc(b"\0\0", 0, b"")),
        FTYP + box(b"free", b"") * 1_000_000,
        FTYP + meta(EXIF_ITEM, iloc(b"\0\0", 1, struct.pack(">IHHH", 1, 2, 0, 1))),
        FTYP + box(b"mdat", LARGE),
    ],
    ids=["pieces of nothing", "items", "pieces of all", "metas", "kinds", "boxes", "of other items", "no picture"],
)
def test_what_is_built_to_hold_up_a_request_is_refused_at_once(data: bytes) -> None:
    began = time.process_time()
    with pytest.raises(Broken):
        strip(data, "image/avif")
    assert time.process_time() - began < 1
