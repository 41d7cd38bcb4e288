"""Files pieced together from exports in several encodings: the parts in UTF-8 are read as UTF-8. Pure."""

import re

from app.planner.imports.scripts import strangeness

TWO_BYTES = frozenset(("cp932", "euc-jp", "gb18030", "big5", "cp949"))
_UTF_8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_LINE = re.compile(rb"[^\r\n]+")
_WORD = re.compile(rb"[^\s,;|\"]+")
_STRANGE = 0.1


def decode_mixed(data: bytes, encoding: str) -> tuple[str, int]:
    """The text in an encoding that is not UTF-8, and how many of its words were UTF-8 after all.

    Words are lines where a letter has two bytes. What is in neither becomes the replacement character.
    """
    if not _UTF_8.search(data):
        return data.decode(encoding, errors="replace"), 0
    parts, position, count = [], 0, 0
    for piece in (_LINE if encoding in TWO_BYTES else _WORD).finditer(data):
        if not piece[0].isascii() and (text := _as_utf_8(piece[0], encoding)) is not None:
            parts += [data[position : piece.start()].decode(encoding, errors="replace"), text]
            position, count = piece.end(), count + 1
    return "".join([*parts, data[position:].decode(encoding, errors="replace")]), count


def _as_utf_8(piece: bytes, encoding: str) -> str | None:
    """The piece as UTF-8; None where it is not UTF-8, or where its bytes also make a word in the encoding.

    An example is “PÓŁ” in Windows-1250: its last two bytes are a letter of Tajik in UTF-8, which Windows-1250 does not
    have, while as Windows-1250 they complete a word.
    """
    try:
        text = piece.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if encoding in TWO_BYTES:
        return text if all(char < "\x80" or char >= "\u0800" for char in text) else None
    return text if _fits_encoding(text, encoding) or (strangeness(piece, encoding) or 0) > _STRANGE else None


def _fits_encoding(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def is_utf_8(line: bytes) -> bool:
    """Whether a line can be read as UTF-8."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
