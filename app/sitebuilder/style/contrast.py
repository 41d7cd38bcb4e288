"""Contrast of two colours, as WCAG 2 measures it. Pure."""

import re

from app.core.errors import DomainError
from app.core.languages import gettext

TEXT_CONTRAST = 4.5
_COLOUR = re.compile(r"#[0-9a-f]{6}")
WHITE, BLACK = "#ffffff", "#111111"


def parse_colour(text: str, field: str) -> str:
    """A colour as `#rrggbb`; `#rgb` is taken too. Raises DomainError for the form's `field`."""
    colour = text.strip().casefold()
    if re.fullmatch(r"#?[0-9a-f]{3}", colour):
        colour = "#" + "".join(char * 2 for char in colour.lstrip("#"))
    colour = colour if colour.startswith("#") else f"#{colour}"
    if not _COLOUR.fullmatch(colour):
        raise DomainError(
            gettext("This is no colour."),
            code="COLOUR_INVALID",
            field=field,
            cure=gettext("Write it as # and six letters or digits, as in #1a73e8."),
        )
    return colour


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours: from 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mixed(first: str, second: str, share: float) -> str:
    """`first` with so much of `second` in it, 0 to 1."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def readable_on(ground: str) -> str:
    """White or nearly black, whichever is easier to read on this colour."""
    return max((WHITE, BLACK), key=lambda colour: contrast(colour, ground))
