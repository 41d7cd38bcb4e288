"""What an uploaded file really is, by its first bytes. Pure."""

import struct
from dataclasses import dataclass

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
JPEG_SIZES = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF))


@dataclass(frozen=True)
class ImageFacts:
    """MIME type and size in pixels."""

    mime: str
    width: int
    height: int


def sniff(data: bytes) -> ImageFacts | None:
    """Facts about a PNG, JPEG, GIF or WebP; None for anything else, whatever its name says."""
    for reader in (_png, _gif, _webp, _jpeg):
        try:
            facts = reader(data)
        except (struct.error, IndexError):
            return None  # it begins like an image and breaks off
        if facts:
            return facts if facts.width > 0 and facts.height > 0 else None
    return None


def _png(data: bytes) -> ImageFacts | None:
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR":
        return None
    return ImageFacts("image/png", *struct.unpack(">II", data[16:24]))


def _gif(data: bytes) -> ImageFacts | None:
    if data[:6] not in (b"GIF87a", b"GIF89a"):
        return None
    return ImageFacts("image/gif", *struct.unpack("<HH", data[6:10]))


def _webp(data: bytes) -> ImageFacts | None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    kind = data[12:16]
    if len(data) < 30:
        return None
    if kind == b"VP8X":
        width, height = int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    elif kind == b"VP8L":
        bits = struct.unpack("<I", data[21:25])[0]
        width, height = (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (value & 0x3FFF for value in struct.unpack("<HH", data[26:30]))
    else:
        return None
    return ImageFacts("image/webp", width, height)


def _jpeg(data: bytes) -> ImageFacts | None:
    if data[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker in JPEG_SIZES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return ImageFacts("image/jpeg", width, height)
        alone = marker == 0xFF or 0xD0 <= marker <= 0xD8
        at += 1 if marker == 0xFF else 2 if alone else 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None
