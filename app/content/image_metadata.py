"""Taking out of a picture what its camera and programs wrote about its author: places, times, names, thumbnails. Pure.

No pixel is touched: what is left is copied byte for byte. The colour profile stays, and so does which way is up.
What follows the end of a picture (films, more pictures) goes too.
"""

import struct
import zlib
from collections.abc import Iterator

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


class Broken(ValueError):
    """The file begins like a picture and is none that can be read to its end."""


def strip(data: bytes, mime: str) -> bytes:
    """The picture without what is not picture; raises Broken."""
    try:
        return {"image/jpeg": _jpeg, "image/png": _png, "image/gif": _gif, "image/webp": _webp}[mime](data)
    except (struct.error, IndexError) as error:
        raise Broken from error


def _jpeg(data: bytes) -> bytes:
    kept, orientation = [], UPRIGHT
    for marker, piece in _jpeg_parts(data):
        if marker == APP1 and piece[4:10] == EXIF:
            orientation = _orientation(piece[10:]) or orientation
        elif _is_jpeg_picture(marker, piece):
            kept.append(piece)
    if orientation != UPRIGHT:
        body = EXIF + _exif(orientation)
        first = 1 if kept[:1] and kept[0][1] == APP0 else 0
        kept.insert(first, b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body)
    return b"\xff\xd8" + b"".join(kept) + b"\xff\xd9"


def _is_jpeg_picture(marker: int, piece: bytes) -> bool:
    if marker == APP0:
        return piece[4:9] == b"JFIF\0"  # the other kind is a thumbnail
    if marker == APP2:
        return piece[4:16] == b"ICC_PROFILE\0"  # the other kind tells of more pictures behind this one
    return marker == APP14 or not (APP0 <= marker <= APP15 or marker == COM)


def _jpeg_parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment up to the end; a scan's data comes with its marker."""
    at = 2
    while True:
        if data[at] != 0xFF:
            raise Broken
        marker = data[at + 1]
        if marker == EOI:
            return
        if marker == 0xFF:  # padding
            at += 1
            continue
        length = struct.unpack(">H", data[at + 2 : at + 4])[0]
        end = at + 2 + length
        if length < 2 or end > len(data) or 0xD0 <= marker <= SOI or marker <= 1:
            raise Broken
        if marker == SOS:
            end = _end_of_scan(data, end)
        yield marker, data[at:end]
        at = end
        if at >= len(data):  # a scan that breaks off is shown as far as it goes
            return


def _end_of_scan(data: bytes, at: int) -> int:
    while (at := data.find(b"\xff", at)) >= 0:
        if at + 1 >= len(data):
            break
        if data[at + 1] not in (0x00, 0xFF) and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 1 if data[at + 1] == 0xFF else 2
    return len(data)


def _orientation(tiff: bytes) -> int | None:
    """The orientation, 1 to 8, of Exif data; None when there is none to be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return None
    try:
        (start,) = struct.unpack(f"{order}I", tiff[4:8])
        (count,) = struct.unpack(f"{order}H", tiff[start : start + 2])
        for number in range(min(count, 500)):
            at = start + 2 + 12 * number
            tag, kind = struct.unpack(f"{order}HH", tiff[at : at + 4])
            if (tag, kind) == (ORIENTATION, 3):
                value = int(struct.unpack(f"{order}H", tiff[at + 8 : at + 10])[0])
                return value if 1 <= value <= 8 else None
    except struct.error:
        return None
    return None


def _exif(orientation: int) -> bytes:
    """Exif data that say which way is up, and nothing else."""
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, ORIENTATION, 3, 1, orientation, 0, 0)


def _png(data: bytes) -> bytes:
    kept, at, orientation = [PNG_START], 8, UPRIGHT
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + length
        if end > len(data):
            raise Broken
        if kind == b"eXIf":
            orientation = _orientation(data[at + 8 : end - 4]) or orientation
        elif kind in PNG_KEPT:
            if kind == b"IDAT" and orientation != UPRIGHT:
                kept.append(_png_exif(orientation))
                orientation = UPRIGHT
            kept.append(data[at:end])
        if kind == b"IEND":
            return b"".join(kept)
        at = end
    raise Broken


def _png_exif(orientation: int) -> bytes:
    chunk = b"eXIf" + _exif(orientation)
    return struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))


def _webp(data: bytes) -> bytes:
    kept: list[tuple[bytes, bytes]] = []
    orientation, at = UPRIGHT, 12
    stop = min(len(data), 8 + int(struct.unpack("<I", data[4:8])[0]))
    while at + 8 <= stop:
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if len(body) < length:
            raise Broken
        if kind == b"EXIF":
            orientation = _orientation(body.removeprefix(EXIF)) or orientation
        elif kind in WEBP_KEPT:
            kept.append((kind, body))
        at += 8 + length + length % 2
    if not kept:
        raise Broken
    return _webp_of(kept, orientation)


def _webp_of(kept: list[tuple[bytes, bytes]], orientation: int) -> bytes:
    kind, first = kept[0]
    if kind == b"VP8X":
        flags = first[0] & ~(WEBP_EXIF | WEBP_XMP) | (WEBP_EXIF if orientation != UPRIGHT else 0)
        kept[0] = kind, bytes([flags]) + first[1:]
        if orientation != UPRIGHT:
            kept.append((b"EXIF", _exif(orientation)))
    body = b"".join(struct.pack("<4sI", kind, len(part)) + part + b"\0" * (len(part) % 2) for kind, part in kept)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _gif(data: bytes) -> bytes:
    at = 13 + _palette(data[10])
    kept = [data[:at]]
    while True:
        start, mark = at, data[at]
        if mark == 0x3B:
            return b"".join(kept) + b"\x3b"
        if mark == 0x2C:
            at = _end_of_blocks(data, at + 11 + _palette(data[at + 9]))
            kept.append(data[start:at])
        elif mark == 0x21:
            label, at = data[at + 1], _end_of_blocks(data, at + 2)
            named = label != 0xFF or data[start + 3 : start + 14] in GIF_APPLICATIONS
            if label != 0xFE and named:
                kept.append(data[start:at])
        else:
            raise Broken


def _palette(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _end_of_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1
