"""Slugs as WordPress makes them. Pure."""

import re
import unicodedata
from urllib.parse import unquote

MAX_SLUG = 200
# Letters that Unicode does not take apart into a base letter and an accent.
FOLDED = str.maketrans(
    {"ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ð": "d",
     "Ð": "d", "þ": "th", "Þ": "th", "ł": "l", "Ł": "l", "ı": "i"}
)  # fmt: skip
APOSTROPHES = re.compile(r"['’‘`´]")
LATIN_ACCENTS = re.compile(r"([A-Za-z])[\u0300-\u036f]+")
LETTERS = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
NOT_WORD = re.compile(r"[\W_]+")


def normalise_slug(text: str) -> str:
    """`digital-marketing` for "Digital Marketing": lower case, accents folded, words joined by hyphens.

    Scripts without Latin letters are kept (WordPress percent-encodes them). At most 200 characters; empty
    when nothing is left.
    """
    folded = unicodedata.normalize("NFKD", text.translate(FOLDED))
    plain = unicodedata.normalize("NFC", LATIN_ACCENTS.sub(r"\1", folded)).casefold()
    return NOT_WORD.sub("-", APOSTROPHES.sub("", plain)).strip("-")[:MAX_SLUG].rstrip("-")


def readable_slug(slug: str) -> str:
    """WordPress stores slugs of other scripts percent-encoded; unreadable ones stay as they are (pure)."""
    try:
        return unquote(slug, errors="strict").replace("\0", "\ufffd")[:MAX_SLUG]
    except UnicodeDecodeError:
        return slug[:MAX_SLUG]


def readable_url(url: str) -> str:
    """An address for people: letters of other scripts as such, all that has a meaning in addresses as it is (pure)."""
    return LETTERS.sub(lambda match: _decoded(match[0]), url)


def _decoded(encoded: str) -> str:
    try:
        text = unquote(encoded, errors="strict")
    except UnicodeDecodeError:
        return encoded
    return text if text.isprintable() else encoded
