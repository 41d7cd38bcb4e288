"""What an uploaded file really is, by its first bytes. Pure."""

import struct
from dataclasses import dataclass

from app.content.images.metadata import MOST_SEGMENTS
from app.content.images.pixels import avif_size

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "image/avif": "avif"}
AVIF, AVIF_ANIMATION = b"avif", b"avis"
MOST_BRANDS = 100
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
JPEG_SIZES = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF))


@dataclass(frozen=True)
class ImageFacts:
    """MIME type and size in pixels."""

    mime: str
    width: int
    height: int


def sniff(data: bytes) -> ImageFacts | None:
    """Facts about a PNG, JPEG, GIF, WebP or still AVIF; None for anything else, whatever its name says."""
    for reader in (_read_png, _read_gif, _read_webp, _read_jpeg, _read_avif):
        try:
            facts = reader(data)
        except (struct.error, IndexError):
            return None  # it begins like an image and breaks off
        if facts:
            return facts if facts.width > 0 and facts.height > 0 else None
    return None


def is_heic(data: bytes) -> bool:
    """Whether it is a photo in Apple's HEIC format."""
    return data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS and not is_avif(data)


def is_svg(data: bytes) -> bool:
    """Whether it is a drawing in SVG, which may carry scripts."""
    return b"<svg" in data[:2000].lower()


def is_avif(data: bytes) -> bool:
    """Whether it says of itself that it is an AVIF image, damaged or not."""
    return AVIF in _brands(data)


def is_avif_animation(data: bytes) -> bool:
    """Whether it is an AVIF image sequence, which is stored like a film."""
    return AVIF_ANIMATION in _brands(data)


def _brands(data: bytes) -> set[bytes]:
    """What a file of boxes says that it can be read as."""
    end = min(len(data), int.from_bytes(data[:4]), MOST_BRANDS * 4) if data[4:8] == b"ftyp" else 0
    return {data[start : start + 4] for start in range(8, end, 4)}


def _read_avif(data: bytes) -> ImageFacts | None:
    size = avif_size(data) if is_avif(data) and not is_avif_animation(data) else None
    return ImageFacts("image/avif", *size) if size else None


def _read_png(data: bytes) -> ImageFacts | None:
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR":
        return None
    return ImageFacts("image/png", *struct.unpack(">II", data[16:24]))


def _read_gif(data: bytes) -> ImageFacts | None:
    if data[:6] not in (b"GIF87a", b"GIF89a"):
        return None
    return ImageFacts("image/gif", *struct.unpack("<HH", data[6:10]))


def _read_webp(data: bytes) -> ImageFacts | None:
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


def _read_jpeg(data: bytes) -> ImageFacts | None:
    if data[:3] != b"\xff\xd8\xff":
        return None
    offset = 2
    for _ in range(MOST_SEGMENTS):
        if offset + 9 >= len(data):
            break
        if data[offset] != 0xFF:
            return None
        marker = data[offset + 1]
        if marker in JPEG_SIZES:
            height, width = struct.unpack(">HH", data[offset + 5 : offset + 9])
            return ImageFacts("image/jpeg", width, height)
        alone = marker == 0xFF or 0xD0 <= marker <= 0xD8
        offset += 1 if marker == 0xFF else 2 if alone else 2 + struct.unpack(">H", data[offset + 2 : offset + 4])[0]
    return None
