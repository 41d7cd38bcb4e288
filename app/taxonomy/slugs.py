"""Slugs as WordPress makes them. Pure."""

import re
import unicodedata

MAX_SLUG = 200
# Letters that Unicode does not take apart into a base letter and an accent.
FOLDED = str.maketrans(
    {"ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ð": "d",
     "Ð": "d", "þ": "th", "Þ": "th", "ł": "l", "Ł": "l", "ı": "i"}
)  # fmt: skip
APOSTROPHES = re.compile(r"['’‘`´]")
LATIN_ACCENTS = re.compile(r"([A-Za-z])[\u0300-\u036f]+")
NOT_WORD = re.compile(r"[\W_]+")


def normalise_slug(text: str) -> str:
    """`digital-marketing` for "Digital Marketing": lower case, accents folded, words joined by hyphens.

    Scripts without Latin letters are kept (WordPress percent-encodes them). At most 200 characters; empty
    when nothing is left.
    """
    folded = unicodedata.normalize("NFKD", text.translate(FOLDED))
    plain = unicodedata.normalize("NFC", LATIN_ACCENTS.sub(r"\1", folded)).casefold()
    return NOT_WORD.sub("-", APOSTROPHES.sub("", plain)).strip("-")[:MAX_SLUG].rstrip("-")
