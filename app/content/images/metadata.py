"""Taking out of a picture what its camera and programs wrote about its author: places, times, names, thumbnails. Pure.

No pixel is touched: what is left is copied byte for byte. The colour profile stays, and so does the orientation. What
follows the end of a picture (films, more pictures) goes too.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from app.content.images.avif import blank_metadata

ORIENTATION = 0x0112
UPRIGHT = 1
PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = frozenset(
    (
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"iCCP",
        b"sBIT",
        b"bKGD",
        b"pHYs",
        b"hIST",
        b"sPLT",
        b"cICP",
        b"mDCV",
        b"cLLI",
        b"acTL",
        b"fcTL",
        b"fdAT",
    )
)
WEBP_KEPT = frozenset((b"VP8X", b"VP8 ", b"VP8L", b"ICCP", b"ALPH", b"ANIM", b"ANMF"))
WEBP_EXIF, WEBP_XMP = 0x08, 0x04
GIF_APPLICATIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
SOI, EOI, SOS, APP0, APP1, APP2, APP14, APP15, COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE
EXIF = b"Exif\0\0"
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)  # what ends a scan
MOST_SEGMENTS = 10_000  # of a JPEG, with the bytes that pad them: a long colour profile is 255


class Broken(ValueError):
    """The file begins like a picture, but cannot be read to its end."""


def strip(data: bytes, mime: str) -> bytes:
    """The picture without what is not picture; raises Broken."""
    try:
        return STRIPPERS[mime](data)
    except (struct.error, IndexError, ValueError) as error:
        raise Broken from error


def number_of_scans(data: bytes) -> int:
    """Passes over the picture that a JPEG is read in; raises Broken."""
    try:
        return sum(marker == SOS for marker, _piece in _jpeg_parts(data))
    except (struct.error, IndexError) as error:
        raise Broken from error


def _strip_jpeg(data: bytes) -> bytes:
    segments, orientation = [], UPRIGHT
    for marker, piece in _jpeg_parts(data):
        if marker == APP1 and piece[4:10] == EXIF:
            orientation = _orientation(piece[10:]) or orientation
        elif _is_jpeg_picture(marker, piece):
            segments.append(piece)
    if orientation != UPRIGHT:
        body = EXIF + _exif(orientation)
        first = 1 if segments[:1] and segments[0][1] == APP0 else 0
        segments.insert(first, b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body)
    return b"\xff\xd8" + b"".join(segments) + b"\xff\xd9"


def _is_jpeg_picture(marker: int, piece: bytes) -> bool:
    if marker == APP0:
        return piece[4:9] == b"JFIF\0"  # the other kind is a thumbnail
    if marker == APP2:
        return piece[4:16] == b"ICC_PROFILE\0"  # the other kind lists more pictures behind this one
    return marker == APP14 or not (APP0 <= marker <= APP15 or marker == COM)


def _jpeg_parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment up to the end; a scan's data comes with its marker."""
    offset = 2
    for _ in range(MOST_SEGMENTS):
        if data[offset] != 0xFF:
            raise Broken
        marker = data[offset + 1]
        if marker == EOI:
            return
        if marker == 0xFF:  # padding
            offset += 1
            continue
        length = struct.unpack(">H", data[offset + 2 : offset + 4])[0]
        end = offset + 2 + length
        if length < 2 or end > len(data) or 0xD0 <= marker <= SOI or marker <= 1:
            raise Broken
        if marker == SOS:
            end = _end_of_scan(data, end)
        yield marker, data[offset:end]
        offset = end
        if offset >= len(data):  # a scan that breaks off is shown as far as it goes
            return
    raise Broken


def _end_of_scan(data: bytes, offset: int) -> int:
    marker = MARKER.search(data, offset)
    return marker.start() if marker else len(data)


def _orientation(tiff: bytes) -> int | None:
    """The orientation, 1 to 8, of Exif data; None when there is none to be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return None
    try:
        (start,) = struct.unpack(f"{order}I", tiff[4:8])
        (count,) = struct.unpack(f"{order}H", tiff[start : start + 2])
        for number in range(min(count, 500)):
            offset = start + 2 + 12 * number
            tag, kind = struct.unpack(f"{order}HH", tiff[offset : offset + 4])
            if (tag, kind) == (ORIENTATION, 3):
                value = int(struct.unpack(f"{order}H", tiff[offset + 8 : offset + 10])[0])
                return value if 1 <= value <= 8 else None
    except struct.error:
        return None
    return None


def _exif(orientation: int) -> bytes:
    """Exif data with the orientation and nothing else."""
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, ORIENTATION, 3, 1, orientation, 0, 0)


def _strip_png(data: bytes) -> bytes:
    parts, offset, orientation = [PNG_START], 8, UPRIGHT
    while offset < len(data):
        length, kind = struct.unpack(">I4s", data[offset : offset + 8])
        end = offset + 12 + length
        if end > len(data):
            raise Broken
        if kind == b"eXIf":
            orientation = _orientation(data[offset + 8 : end - 4]) or orientation
        elif kind in PNG_KEPT:
            if kind == b"IDAT" and orientation != UPRIGHT:
                parts.append(_png_exif(orientation))
                orientation = UPRIGHT
            parts.append(data[offset:end])
        if kind == b"IEND":
            return b"".join(parts)
        offset = end
    raise Broken


def _png_exif(orientation: int) -> bytes:
    chunk = b"eXIf" + _exif(orientation)
    return struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))


def _strip_webp(data: bytes) -> bytes:
    chunks: list[tuple[bytes, bytes]] = []
    orientation, offset = UPRIGHT, 12
    stop = min(len(data), 8 + int(struct.unpack("<I", data[4:8])[0]))
    while offset + 8 <= stop:
        kind, length = struct.unpack("<4sI", data[offset : offset + 8])
        body = data[offset + 8 : offset + 8 + length]
        if len(body) < length:
            raise Broken
        if kind == b"EXIF":
            orientation = _orientation(body.removeprefix(EXIF)) or orientation
        elif kind in WEBP_KEPT:
            chunks.append((kind, body))
        offset += 8 + length + length % 2
    if not chunks:
        raise Broken
    return _webp_of(chunks, orientation)


def _webp_of(chunks: list[tuple[bytes, bytes]], orientation: int) -> bytes:
    kind, first = chunks[0]
    if kind == b"VP8X":
        flags = first[0] & ~(WEBP_EXIF | WEBP_XMP) | (WEBP_EXIF if orientation != UPRIGHT else 0)
        chunks[0] = kind, bytes([flags]) + first[1:]
        if orientation != UPRIGHT:
            chunks.append((b"EXIF", _exif(orientation)))
    body = b"".join(struct.pack("<4sI", kind, len(part)) + part + b"\0" * (len(part) % 2) for kind, part in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _strip_gif(data: bytes) -> bytes:
    offset = 13 + _palette(data[10])
    parts = [data[:offset]]
    while True:
        start, mark = offset, data[offset]
        if mark == 0x3B:
            return b"".join(parts) + b"\x3b"
        if mark == 0x2C:
            offset = _end_of_blocks(data, offset + 11 + _palette(data[offset + 9]))
            parts.append(data[start:offset])
        elif mark == 0x21:
            label, offset = data[offset + 1], _end_of_blocks(data, offset + 2)
            named = label != 0xFF or data[start + 3 : start + 14] in GIF_APPLICATIONS
            if label != 0xFE and named:
                parts.append(data[start:offset])
        else:
            raise Broken


def _palette(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _end_of_blocks(data: bytes, offset: int) -> int:
    while data[offset]:
        offset += 1 + data[offset]
    return offset + 1


STRIPPERS = {
    "image/jpeg": _strip_jpeg,
    "image/png": _strip_png,
    "image/gif": _strip_gif,
    "image/webp": _strip_webp,
    "image/avif": blank_metadata,
}
