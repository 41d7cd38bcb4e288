"""Taking out of an AVIF image what its camera and programs wrote about its author. Pure.

Such data is blanked in place and gets a type that no reader knows, so that no pixel and no offset within the file
changes. The orientation is a property of the image here, and stays.
"""

import struct
from collections.abc import Iterator

ENTIRE_KEPT = frozenset((b"ftyp", b"meta", b"mdat"))
META_KEPT = frozenset((b"hdlr", b"pitm", b"iloc", b"iinf", b"iprp", b"iref", b"idat", b"dinf", b"ipro", b"grpl"))
PROPERTIES_BLANKED = frozenset((b"uuid", b"udes", b"altt", b"crtt", b"mdft"))
PICTURES = frozenset((b"av01", b"grid", b"iovl", b"iden", b"tmap", b"sato"))
UNKNOWN = b"skip"
MOST_PARTS = 2000  # boxes of one box, items, and pieces of items: a picture of many tiles has some hundreds
IN_FILE, IN_IDAT = 0, 1  # where the bytes of an item stand; all else is made of other items

Places = dict[bytes, tuple[int, int]]
Piece = tuple[int, int, int]


def blank_metadata(data: bytes) -> bytes:
    """The image without Exif, XMP and other data that is not picture, at the same length.

    Raises ValueError, struct.error or IndexError when it is built in another way than pictures are.
    """
    out = bytearray(data)
    boxes = _blank_boxes(out, 0, len(out), ENTIRE_KEPT)
    if b"meta" not in boxes:
        raise ValueError("it holds no picture")
    start, end = boxes[b"meta"]
    inner = _blank_boxes(out, start + 4, end, META_KEPT)
    if b"iprp" in inner:
        _blank_properties(out, *inner[b"iprp"])
    if b"iinf" in inner and b"iloc" in inner:
        _blank_items(out, inner)
    return bytes(out)


def _boxes(data: bytearray, start: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Type of each box, where its type stands, start of the body and end."""
    for _ in range(MOST_PARTS):
        if start + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, start)
        body = start + 8
        if size == 1:
            size, body = struct.unpack_from(">Q", data, body)[0], body + 8
        stop = end if size == 0 else start + size
        if stop < body or stop > end:
            raise ValueError("a box that is longer than what holds it")
        yield kind, start + 4, body, stop
        start = stop
    raise ValueError("more boxes than a picture has")


def _blank_boxes(out: bytearray, start: int, end: int, kept: frozenset[bytes]) -> Places:
    """Blank the boxes that are not among `kept`; start of the body and end of the others."""
    places: Places = {}
    for kind, name, body, stop in _boxes(out, start, end):
        if kind not in kept:
            _blank(out, name, body, stop)
        elif kind in places and kind != b"mdat":
            raise ValueError("a box that may be there once")
        else:
            places[kind] = body, stop
    return places


def _blank(out: bytearray, name: int, start: int, end: int) -> None:
    out[name : name + 4] = UNKNOWN
    out[start:end] = bytes(end - start)


def _blank_properties(out: bytearray, start: int, end: int) -> None:
    """Names, keywords and dates that stand beside size, turn and colours."""
    for kind, _name, body, stop in _boxes(out, start, end):
        if kind == b"ipco":
            for inner, name, first, last in _boxes(out, body, stop):
                if inner in PROPERTIES_BLANKED:
                    _blank(out, name, first, last)


def _blank_items(out: bytearray, boxes: Places) -> None:
    items = _metadata_items(out, *boxes[b"iinf"])
    pieces = list(_item_pieces(out, boxes[b"iloc"][0], boxes.get(b"idat", (0, 0)), items))
    blanked = [(start, end) for item, start, end in pieces if item in items]
    pictures = [(start, end) for item, start, end in pieces if item not in items]
    if sum(end - start for start, end in blanked) > len(out) or _overlap(blanked, pictures):
        raise ValueError("an item that is picture and metadata")
    for start, end in blanked:
        out[start:end] = bytes(end - start)
    for place in items.values():
        if place is not None:
            out[place : place + 4] = UNKNOWN


def _overlap(blanked: list[tuple[int, int]], pictures: list[tuple[int, int]]) -> bool:
    """Whether a piece in one list overlaps a piece in the other."""
    return any(start < other_end and other_start < end for start, end in blanked for other_start, other_end in pictures)


def _metadata_items(data: bytearray, start: int, end: int) -> dict[int, int | None]:
    """Where the type of each item stands that is no picture, by the item's number; None for a kind without types."""
    wide = data[start] > 0
    items: dict[int, int | None] = {}
    for kind, _name, body, _stop in _boxes(data, start + (8 if wide else 6), end):
        if kind != b"infe":
            continue
        version = data[body]
        (item,) = struct.unpack_from(">I" if version > 2 else ">H", data, body + 4)
        place = body + (10 if version > 2 else 8)
        if version < 2:
            items[item] = None
        elif bytes(data[place : place + 4]) not in PICTURES:
            items[item] = place
    return items


def _item_pieces(
    data: bytearray, start: int, idat: tuple[int, int], metadata: dict[int, int | None]
) -> Iterator[Piece]:
    """Number, start and end of each piece of each item that has bytes of its own."""
    version = data[start]
    offset_size, length_size = data[start + 4] >> 4, data[start + 4] & 15
    base_size, index_size = data[start + 5] >> 4, data[start + 5] & 15 if version else 0
    id_size = 4 if version > 1 else 2
    count, offset = _number(data, start + 6, id_size)
    parts = count
    for _ in range(min(count, MOST_PARTS + 1)):
        item, offset = _number(data, offset, id_size)
        method, offset = _number(data, offset, 2 if version else 0)
        base, offset = _number(data, offset + 2, base_size)
        extents, offset = _number(data, offset, 2)
        parts += extents
        if parts > MOST_PARTS or (extents > 1 and offset_size + length_size == 0):
            raise ValueError("more pieces than a picture has")
        if method & 15 not in (IN_FILE, IN_IDAT) and item in metadata:
            raise ValueError("metadata that are made of other items")
        first, last = idat if method & 15 == IN_IDAT else (0, len(data))
        for _ in range(extents):
            place, offset = _number(data, offset + index_size, offset_size)
            length, offset = _number(data, offset, length_size)
            begin = first + base + place
            end = begin + length if length else last  # no length says: to the end
            if begin > end or end > last:
                raise ValueError("an item that is longer than what holds it")
            if method & 15 in (IN_FILE, IN_IDAT):
                yield item, begin, end


def _number(data: bytearray, offset: int, size: int) -> tuple[int, int]:
    """A number of so many bytes and what follows it."""
    if offset + size > len(data):
        raise ValueError("it breaks off")
    return int.from_bytes(data[offset : offset + size]), offset + size
