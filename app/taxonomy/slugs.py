"""Slugs as WordPress makes them, and names as it tells them apart. Pure."""

import re
import unicodedata
from urllib.parse import unquote

MAX_SLUG = 200
# Letters that Unicode does not take apart into a base letter and an accent.
FOLDED = str.maketrans(
    {
        "ß": "ss",
        "ẞ": "ss",
        "æ": "ae",
        "Æ": "ae",
        "œ": "oe",
        "Œ": "oe",
        "ø": "o",
        "Ø": "o",
        "đ": "d",
        "Đ": "d",
        "ð": "d",
        "Ð": "d",
        "þ": "th",
        "Þ": "th",
        "ł": "l",
        "Ł": "l",
        "ı": "i",
    }
)
APOSTROPHES = re.compile(r"['’‘`´]")
LATIN_ACCENTS = re.compile(r"([A-Za-z])[\u0300-\u036f]+")
LETTERS = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
NOT_WORD = re.compile(r"[\W_]+")
# What shows nothing by itself, such as marks of direction, joiners and the forms of emoji; WordPress drops most of it.
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
HYPHENS = re.compile("-{2,}")
BETWEEN_WORDS = re.compile(r"(?<=[^\s_-])[\s_-]+(?=[^\s_-])")
NUMBER = re.compile(r"-\d+")


def normalise_slug(text: str) -> str:
    """`digital-marketing` for "Digital Marketing": lower case, accents folded, words joined by hyphens.

    Scripts without Latin letters are kept with their vowel signs (WordPress percent-encodes them). At most 200
    characters; empty when nothing is left.
    """
    folded = unicodedata.normalize("NFKD", text.translate(FOLDED))
    plain = APOSTROPHES.sub("", unicodedata.normalize("NFC", LATIN_ACCENTS.sub(r"\1", folded)).casefold())
    joined = NOT_WORD.sub("-", plain) if plain.isascii() else _joined_by_hyphens(UNSEEN.sub("", plain))
    return joined.strip("-")[:MAX_SLUG].rstrip("-")


def _joined_by_hyphens(text: str) -> str:
    """Words with hyphens between them. A vowel sign belongs to the letter before it."""
    chars: list[str] = []
    for char in text:
        is_sign = unicodedata.category(char) in ("Mn", "Mc") and bool(chars) and chars[-1] != "-"
        chars.append(char if is_sign or char.isalnum() else "-")
    return HYPHENS.sub("-", "".join(chars))


def readable_slug(slug: str) -> str:
    """WordPress stores slugs of other scripts percent-encoded; unreadable ones stay as they are (pure)."""
    try:
        return unquote(slug, errors="strict").replace("\0", "\ufffd")[:MAX_SLUG]
    except UnicodeDecodeError:
        return slug[:MAX_SLUG]


def readable_url(url: str) -> str:
    """An address for people: letters of other scripts as such, reserved characters stay encoded as they are (pure)."""
    return LETTERS.sub(lambda match: _decoded(match[0]), url)


def _decoded(encoded: str) -> str:
    try:
        text = unquote(encoded, errors="strict")
    except UnicodeDecodeError:
        return encoded
    return text if text.isprintable() else encoded


def name_key(name: str) -> str:
    """The form in which two names are one term, as in the tables of WordPress: case and accents aside, but not signs.

    “C”, “C++”, “C#” and “C-” are four terms, “Café” and “cafe” one, and so are “well known” and “well-known”.
    """
    folded = unicodedata.normalize("NFD", APOSTROPHES.sub("'", name).translate(FOLDED))
    plain = unicodedata.normalize("NFC", LATIN_ACCENTS.sub(r"\1", folded)).casefold()
    return BETWEEN_WORDS.sub(" ", " ".join(plain.split()))


def is_identified_by_slug(name: str, slug: str, other_name: str) -> bool:
    """Whether two terms with the same slug are one term, although their names `name` and `other_name` differ.

    A slug that was made from `name` without its signs, or numbered because another name had it, proves nothing; nor
    does one of names that differ only in their signs, or of which one has neither letters nor digits.
    """
    key, base = name_key(name), normalise_slug(name)
    if not base or _bare(name_key(other_name)) in ("", _bare(key)):
        return False
    if slug == base:
        return _bare(key) == key.replace(" ", "")
    return not (slug.startswith(base) and NUMBER.fullmatch(slug[len(base) :]))


def _bare(key: str) -> str:
    """Its letters and digits."""
    return "".join(char for char in key if unicodedata.category(char)[0] in "LMN")
