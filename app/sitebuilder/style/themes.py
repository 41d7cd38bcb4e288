"""The choices of a built site's style, and reading a stored or sent theme. Pure.

A theme as it is stored: `{palette, typography, personality, spacing, accent, ground, text}`; the last three are colours
of a palette of one's own (`palette` "own") and empty otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.errors import DomainError
from app.core.languages import N_, gettext, local_number
from app.sitebuilder.style.contrast import TEXT_CONTRAST, contrast, mixed, parse_colour, readable_on

OWN = "own"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a site, as `#rrggbb`. `surface` is the ground of sections that stand out a little."""

    label: str
    ground: str
    surface: str
    text: str
    muted: str
    accent: str
    on_accent: str

    def colours(self) -> dict[str, str]:
        """The colours by their names in style sheets."""
        names = ("ground", "surface", "text", "muted", "accent", "on_accent")
        return {name.replace("_", "-"): getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Typography:
    """Typefaces that every machine has, and how much larger each size is than the one below it."""

    label: str
    headings: str
    body: str
    ratio: float


@dataclass(frozen=True, slots=True)
class Personality:
    """How the parts look: `radius` of corners in px, `weight` of headings."""

    label: str
    radius: int
    weight: int


SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Naskh Arabic", sans-serif'
SERIF = 'Charter, "Bitstream Charter", Cambria, Georgia, "Noto Serif", "Noto Naskh Arabic", serif'
HUMANIST = 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", "Noto Naskh Arabic", sans-serif'

PALETTES: Mapping[str, Palette] = {
    "ink": Palette(N_("Ink"), "#ffffff", "#f3f4f6", "#16181d", "#565b66", "#1f2937", "#ffffff"),
    "ocean": Palette(N_("Ocean"), "#ffffff", "#eef5fb", "#12212f", "#4a5c6d", "#0b5cad", "#ffffff"),
    "forest": Palette(N_("Forest"), "#ffffff", "#eff5ef", "#17241a", "#4c5d50", "#1f6b3a", "#ffffff"),
    "clay": Palette(N_("Clay"), "#fffdfa", "#f8f1ea", "#2a1d15", "#665649", "#a3441c", "#ffffff"),
    "plum": Palette(N_("Plum"), "#ffffff", "#f6f1f8", "#231a29", "#5d5166", "#7a2f8f", "#ffffff"),
    "night": Palette(N_("Night"), "#12151b", "#1b2029", "#eef1f6", "#a9b2c0", "#8ab4ff", "#10141b"),
}
TYPOGRAPHIES: Mapping[str, Typography] = {
    "modern": Typography(N_("Modern: sans serif"), SANS, SANS, 1.25),
    "classic": Typography(N_("Classic: serif"), SERIF, SERIF, 1.25),
    "editorial": Typography(N_("Editorial: serif headings"), SERIF, SANS, 1.333),
    "friendly": Typography(N_("Friendly: humanist"), HUMANIST, HUMANIST, 1.2),
}
PERSONALITIES: Mapping[str, Personality] = {
    "calm": Personality(N_("Calm"), 6, 600),
    "bold": Personality(N_("Bold"), 2, 800),
    "friendly": Personality(N_("Friendly"), 14, 700),
    "precise": Personality(N_("Precise"), 0, 600),
}
SPACINGS = {"compact": N_("Compact"), "normal": N_("Normal"), "airy": N_("Airy")}
SPACE = {"compact": 0.75, "normal": 1.0, "airy": 1.35}
USUAL: dict[str, Any] = {
    "palette": "ocean",
    "typography": "modern",
    "personality": "calm",
    "spacing": "normal",
    "accent": "",
    "ground": "",
    "text": "",
}


def checked_theme(values: Mapping[str, Any]) -> dict[str, Any]:
    """The theme as it is stored. Raises DomainError for an unknown choice, or colours that nobody could read."""
    theme = {name: str(values.get(name) or usual) for name, usual in USUAL.items()}
    for name, choices in (("typography", TYPOGRAPHIES), ("personality", PERSONALITIES), ("spacing", SPACINGS)):
        if theme[name] not in choices:
            raise DomainError(gettext("Choose one of these."), code="CHOICE_UNKNOWN", field=name)
    if theme["palette"] != OWN:
        if theme["palette"] not in PALETTES:
            raise DomainError(gettext("Choose one of these."), code="CHOICE_UNKNOWN", field="palette")
        return theme | {"accent": "", "ground": "", "text": ""}
    colours = {name: parse_colour(theme[name] or usual, name) for name, usual in _OWN_AT_FIRST.items()}
    own_palette(**colours)
    return theme | colours


_OWN_AT_FIRST = {"accent": "#0b5cad", "ground": "#ffffff", "text": "#16181d"}


def own_palette(accent: str, ground: str, text: str) -> Palette:
    """A palette made of three colours. Raises DomainError when text could not be read on its ground."""
    _check_contrast(text, ground, "text", N_("The text can hardly be read on this background"))
    _check_contrast(accent, ground, "accent", N_("Links in this accent colour can hardly be read on the background"))
    surface = next(
        (
            colour
            for colour in (mixed(ground, text, share) for share in (0.05, 0.03, 0.015))
            if min(contrast(text, colour), contrast(accent, colour)) >= TEXT_CONTRAST
        ),
        ground,
    )
    muted = next(
        (
            colour
            for colour in (mixed(text, ground, share) for share in (0.35, 0.25, 0.15))
            if min(contrast(colour, ground), contrast(colour, surface)) >= TEXT_CONTRAST
        ),
        text,
    )
    return Palette(N_("Own colours"), ground, surface, text, muted, accent, readable_on(accent))


def _check_contrast(colour: str, ground: str, field: str, words: str) -> None:
    ratio = contrast(colour, ground)
    if ratio < TEXT_CONTRAST:
        raise DomainError(
            gettext("%(words)s: their contrast is %(ratio)s to 1.", words=gettext(words), ratio=local_number(ratio, 1)),
            code="CONTRAST_TOO_LOW",
            field=field,
            cure=gettext("At least 4.5 to 1 is needed. Choose a darker or a lighter colour."),
        )


def palette_of(theme: Mapping[str, Any]) -> Palette:
    """The colours of a stored theme; the usual ones where it names none that there is."""
    if theme.get("palette") == OWN:
        try:
            return own_palette(**{name: str(theme.get(name) or usual) for name, usual in _OWN_AT_FIRST.items()})
        except (DomainError, ValueError):
            return PALETTES[USUAL["palette"]]
    return PALETTES.get(str(theme.get("palette")), PALETTES[USUAL["palette"]])
