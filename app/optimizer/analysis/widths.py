"""How wide a title is in a search result: 20 px Arial, by the widths of its letters. Pure.

`words/glyph_widths.toml` has the figures and says what they are of. Letters of other scripts count as wide as is usual
for them.
"""

import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

PIXELS = 20  # the size of titles in Google's results on a desktop
MOST_PIXELS = 600
_WIDE, _USUAL = 1.0, 0.556  # of the size: Chinese, Japanese and Korean signs, and other letters


@cache
def _widths() -> dict[str, float]:
    path = files("app.optimizer.analysis") / "words" / "glyph_widths.toml"
    table = tomllib.loads(path.read_text("utf-8"))
    return {sign: int(width) / table["em"] for width, signs in table["widths"].items() for sign in signs}


def pixels_of(text: str, size: int = PIXELS) -> int:
    """The width of a line of text in pixels."""
    widths = _widths()
    return round(size * sum(widths.get(sign, _other(sign)) for sign in unicodedata.normalize("NFC", text)))


def _other(sign: str) -> float:
    if unicodedata.combining(sign) or unicodedata.category(sign) == "Cf":
        return 0.0
    return _WIDE if unicodedata.east_asian_width(sign) in "WF" else _USUAL
