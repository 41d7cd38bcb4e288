"""Style sheets of built sites: tokens as CSS custom properties, and the rules that use them. Pure."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app.sitebuilder.style.themes import PERSONALITIES, SPACE, TYPOGRAPHIES, USUAL, palette_of

_RULES = Path(__file__).with_name("site.css")
_STEPS = {"small": -1, "body": 0, "lead": 1, "h3": 1, "h2": 2, "h1": 4, "figure": 3}
_SPACES = {"1": 0.5, "2": 1, "3": 1.5, "4": 2.5, "5": 4}


def theme_tokens(theme: Mapping[str, Any]) -> dict[str, str]:
    """The custom properties of a stored theme, by name without the dashes."""
    typography = TYPOGRAPHIES.get(str(theme.get("typography")), TYPOGRAPHIES[USUAL["typography"]])
    personality = PERSONALITIES.get(str(theme.get("personality")), PERSONALITIES[USUAL["personality"]])
    factor = SPACE.get(str(theme.get("spacing")), 1.0)
    tokens = {f"color-{name}": colour for name, colour in palette_of(theme).colours().items()}
    tokens |= {"font-headings": typography.headings, "font-body": typography.body}
    tokens |= {f"size-{name}": f"{typography.ratio**step:.3f}rem" for name, step in _STEPS.items()}
    tokens |= {f"space-{name}": f"{rem * factor:.3f}rem" for name, rem in _SPACES.items()}
    return tokens | {"radius": f"{personality.radius}px", "weight-headings": str(personality.weight)}


def tokens_css(theme: Mapping[str, Any]) -> str:
    """The custom properties of a theme, on the root."""
    lines = "".join(f"  --{name}: {value};\n" for name, value in theme_tokens(theme).items())
    return f":root {{\n{lines}}}\n"


@cache
def site_rules() -> str:
    """The rules of all built sites."""
    return _RULES.read_text(encoding="utf-8")


def site_css(theme: Mapping[str, Any]) -> str:
    """The whole style sheet of a built site."""
    return tokens_css(theme) + site_rules()
