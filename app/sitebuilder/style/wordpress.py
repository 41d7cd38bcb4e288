"""A theme for WordPress: what `theme.json` calls presets, and a style sheet that gives the presets their values. Pure.

Blocks name presets by class only, so they look like the theme of the site until one of the two is there.
"""

from collections.abc import Mapping
from typing import Any

from app.core.languages import N_
from app.sitebuilder.style.sheets import theme_tokens
from app.sitebuilder.style.themes import palette_of

NAMES = {
    "ground": N_("Background"),
    "surface": N_("Surface"),
    "text": N_("Text"),
    "muted": N_("Quiet text"),
    "accent": N_("Accent"),
    "on-accent": N_("On accent"),
}


def theme_presets(theme: Mapping[str, Any]) -> dict[str, Any]:
    """The presets as a fragment of `theme.json`, version 2."""
    colours = palette_of(theme).colours()
    palette = [{"slug": f"site-{name}", "name": NAMES[name], "color": colour} for name, colour in colours.items()]
    return {"version": 2, "settings": {"color": {"palette": palette}}}


def wordpress_css(theme: Mapping[str, Any]) -> str:
    """The same for a theme that takes no presets, and what the classes of sections look like."""
    tokens, colours = theme_tokens(theme), palette_of(theme).colours()
    rules = []
    for name, colour in colours.items():
        rules.append(f".has-site-{name}-color {{ color: {colour}; }}")
        rules.append(f".has-site-{name}-background-color {{ background-color: {colour}; }}")
    rules += [
        f".site-section {{ padding: {tokens['space-5']} {tokens['space-3']}; }}",
        f".site-section.has-site-accent-background-color a {{ color: {colours['on-accent']}; }}",
        f".site-section .wp-block-button__link {{ border-radius: {tokens['radius']}; "
        f"background-color: {colours['accent']}; color: {colours['on-accent']}; }}",
        ".site-section .is-style-outline .wp-block-button__link { background: none; "
        f"color: {colours['accent']}; border: 1px solid; }}",
        ".site-section.has-site-accent-background-color .wp-block-button__link "
        f"{{ background-color: {colours['on-accent']}; color: {colours['accent']}; }}",
        f".site-plan {{ border: 1px solid; border-radius: {tokens['radius']}; padding: {tokens['space-3']}; }}",
    ]
    return "\n".join(rules) + "\n"
