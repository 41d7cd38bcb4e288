"""Small pictures that no two runs share."""

import os
import struct
import zlib


def png(width: int = 640, height: int = 400) -> bytes:
    """A valid PNG with a random tint, so that its hash is new."""
    tint = os.urandom(3)
    row = b"\0" + b"".join(bytes(((x + tint[0]) % 256, tint[1], tint[2])) for x in range(width))
    pixels = zlib.compress(row * (height - 1) + b"\0" + os.urandom(3) * width, 1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
