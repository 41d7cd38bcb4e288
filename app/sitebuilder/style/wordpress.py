"""A theme for WordPress: what `theme.json` calls presets, and a style sheet that gives the presets their values. Pure.

Blocks name colours by class only, so they look like the theme of the site until one of the two is there.
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
FONTS = {"headings": N_("Headings"), "body": N_("Running text")}
SIZES = {
    "small": N_("Small"),
    "body": N_("Running text"),
    "lead": N_("Lead"),
    "h3": N_("Small heading"),
    "h2": N_("Heading"),
    "figure": N_("Figure"),
    "h1": N_("Title"),
}
SPACES = {"1": N_("Narrow"), "2": N_("Small"), "3": N_("Normal"), "4": N_("Wide"), "5": N_("Very wide")}
_SIZE_OF_THEME = {"small": "small", "medium": "lead", "x-large": "figure"}  # by WordPress's preset that blocks name
_PRESETS = (
    ("colors", "color", "color", NAMES),
    ("fonts", "font", "font-family", FONTS),
    ("sizes", "size", "font-size", SIZES),
    ("spaces", "space", "spacing", SPACES),
)
Presets = dict[str, list[list[str]]]


def theme_presets(theme: Mapping[str, Any]) -> Presets:
    """Slug, name and value of each preset, by kind, as `site-setup` takes them."""
    tokens = theme_tokens(theme)
    return {
        kind: [[f"site-{slug}", name, tokens[f"{token}-{slug}"]] for slug, name in names.items()]
        for kind, token, _variable, names in _PRESETS
    }


def wordpress_css(theme: Mapping[str, Any]) -> str:
    """The same for a theme that takes no presets, and what the classes of sections look like."""
    return "\n".join([*_preset_rules(theme), *_section_rules(theme)]) + "\n"


def _preset_rules(theme: Mapping[str, Any]) -> list[str]:
    """The presets as custom properties, and the classes that blocks name them by."""
    presets = theme_presets(theme)
    values = [
        f"--wp--preset--{variable}--{slug}: {value};"
        for kind, _token, variable, _names in _PRESETS
        for slug, _name, value in presets[kind]
    ]
    rules = [f":root {{ {' '.join(values)} }}"]
    for slug, _name, colour in presets["colors"]:
        rules.append(f".has-{slug}-color {{ color: {colour}; }}")
        rules.append(f".has-{slug}-background-color {{ background-color: {colour}; }}")
    rules += [f".has-{slug}-font-family {{ font-family: {family}; }}" for slug, _name, family in presets["fonts"]]
    return rules + [f".has-{slug}-font-size {{ font-size: {size}; }}" for slug, _name, size in presets["sizes"]]


def _section_rules(theme: Mapping[str, Any]) -> list[str]:
    tokens, colours = theme_tokens(theme), palette_of(theme).colours()
    headings = ", ".join(f".site-section h{level}" for level in range(2, 7))
    of_theme = {name: tokens[f"size-{size}"] for name, size in _SIZE_OF_THEME.items()}
    variables = " ".join(f"--wp--preset--font-size--{name}: {size};" for name, size in of_theme.items())
    return [
        f".site-section {{ {variables} font-family: {tokens['font-body']}; font-size: {tokens['size-body']}; "
        "line-height: 1.6; }",
        f".site-section.wp-block-group {{ margin-block: 0; padding: {tokens['space-5']} {tokens['space-3']}; }}",
        f".site-section:not(.has-background) {{ background-color: {colours['ground']}; color: {colours['text']}; }}",
        f".site-section:not(.has-background) a:not(.wp-block-button__link) {{ color: {colours['accent']}; }}",
        f".site-section > * + * {{ margin-block-start: {tokens['space-2']}; }}",
        f"{headings} {{ color: inherit; font-family: {tokens['font-headings']}; "
        f"font-weight: {tokens['weight-headings']}; line-height: 1.2; }}",
        f".site-section h2 {{ font-size: {tokens['size-h2']}; }}",
        f".site-section.site-hero h2 {{ font-size: clamp({tokens['size-h2']}, 5vw, {tokens['size-h1']}); }}",
        f".site-section h3 {{ font-size: {tokens['size-h3']}; }}",
        *(f".site-section .has-{name}-font-size {{ font-size: {size}; }}" for name, size in of_theme.items()),
        f".site-section.has-site-accent-background-color a {{ color: {colours['on-accent']}; }}",
        f".site-section .wp-block-button .wp-block-button__link {{ border-radius: {tokens['radius']}; }}",
        *_button_rules("", colours["accent"], colours["on-accent"]),
        *_button_rules(".has-site-accent-background-color", colours["on-accent"], colours["accent"]),
        f".site-plan {{ border: 1px solid; border-radius: {tokens['radius']}; padding: {tokens['space-3']}; }}",
    ]


def _button_rules(section: str, ground: str, text: str) -> list[str]:
    """The colours of buttons in a section of this class. Themes are very exact about theirs; what a person chose for
    one button stays.
    """
    button = ".wp-block-button__link"
    solid, quiet = f".site-section{section} {button}", f".site-section{section} .is-style-outline {button}"
    return [
        f"{solid}:not(.has-background) {{ background-color: {ground} !important; }}",
        f"{solid}:not(.has-text-color) {{ color: {text} !important; }}",
        f"{quiet}:not(.has-background) {{ background: none !important; border: 1px solid; }}",
        f"{quiet}:not(.has-text-color) {{ color: {ground} !important; border-color: {ground}; }}",
    ]
