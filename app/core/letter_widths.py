"""How wide a text is in a search result, in Arial, by the widths of its letters. Pure.

`glyph_widths.toml` has the figures and says what they are of. Letters of other scripts count as wide as is usual
for them.
"""

import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

TITLE_SIZE, TEXT_SIZE = 20, 14  # pixels, in Google's results on a desktop
MOST_TITLE_PIXELS, MOST_TEXT_PIXELS = 600, 960
_WIDE, _USUAL = 1.0, 0.556  # of the size: Chinese, Japanese and Korean signs, and other letters


@cache
def _widths() -> dict[str, float]:
    path = files("app.core") / "glyph_widths.toml"
    table = tomllib.loads(path.read_text("utf-8"))
    return {sign: int(width) / table["em"] for width, signs in table["widths"].items() for sign in signs}


def pixels_of(text: str, size: int = TITLE_SIZE) -> int:
    """The width of a line of text in pixels."""
    widths = _widths()
    return round(size * sum(widths.get(sign, _other(sign)) for sign in unicodedata.normalize("NFC", text)))


def length_that_fits(text: str, size: int, pixels: int) -> int:
    """How many of the first characters of the text stand in a line of so many pixels."""
    room = pixels / size
    for length, sign in enumerate(text):
        room -= _widths().get(sign, _other(sign))
        if room < 0:
            return length
    return len(text)


def _other(sign: str) -> float:
    if unicodedata.combining(sign) or unicodedata.category(sign) == "Cf":
        return 0.0
    return _WIDE if unicodedata.east_asian_width(sign) in "WF" else _USUAL
