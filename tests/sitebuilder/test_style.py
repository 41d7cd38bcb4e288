"""Styles of built sites can be read: contrast is computed, and what is too low refused in words."""

import pytest

from app.core.errors import DomainError
from app.sitebuilder.style.contrast import contrast
from app.sitebuilder.style.sheets import site_css, theme_tokens
from app.sitebuilder.style.themes import OWN, PALETTES, TYPOGRAPHIES, checked_theme, own_palette, palette_of
from app.sitebuilder.style.wordpress import theme_presets, wordpress_css

PAIRS = (
    ("text", "ground"),
    ("text", "surface"),
    ("muted", "ground"),
    ("muted", "surface"),
    ("accent", "ground"),
    ("accent", "surface"),
    ("on-accent", "accent"),
)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", PALETTES)
def test_every_palette_can_be_read(name: str) -> None:
    colours = PALETTES[name].colours()
    assert {pair for pair in PAIRS if contrast(colours[pair[0]], colours[pair[1]]) < 4.5} == set()


@pytest.mark.parametrize("accent", ["#0b5cad", "#767676", "#c2185b", "#006400"])
def test_a_palette_of_own_colours_can_be_read_too(accent: str) -> None:
    colours = own_palette(accent, "#ffffff", "#222222").colours()
    assert {pair for pair in PAIRS if contrast(colours[pair[0]], colours[pair[1]]) < 4.5} == set()


def test_colours_that_nobody_could_read_are_refused_in_words() -> None:
    with pytest.raises(DomainError) as refused:
        checked_theme({"palette": OWN, "accent": "#ffee00", "ground": "#fff", "text": "222"})
    assert refused.value.field == "accent"
    assert refused.value.message.startswith("Links in this accent colour can hardly be read on the background:")
    with pytest.raises(DomainError) as refused:
        checked_theme({"palette": OWN, "accent": "url(x)"})
    assert refused.value.message == "This is no colour."


def test_a_theme_becomes_tokens_and_presets() -> None:
    theme = checked_theme({"palette": "forest", "typography": "editorial", "spacing": "airy"})
    assert theme_tokens(theme)["color-accent"] == PALETTES["forest"].accent
    assert "--color-accent: #1f6b3a;" in site_css(theme)
    presets = theme_presets(theme)
    assert presets["colors"][4] == ["site-accent", "Accent", "#1f6b3a"]
    assert presets["fonts"][0] == ["site-headings", "Headings", TYPOGRAPHIES["editorial"].headings]
    assert presets["sizes"][4] == ["site-h2", "Heading", "1.777rem"]
    assert presets["spaces"][2] == ["site-3", "Normal", "2.025rem"]
    assert "--wp--preset--spacing--site-3: 2.025rem;" in wordpress_css(theme)
    assert f"font-family: {TYPOGRAPHIES['editorial'].body}; font-size: 1.000rem;" in wordpress_css(theme)
    assert ".has-site-accent-background-color { background-color: #1f6b3a; }" in wordpress_css(theme)
    assert palette_of({"palette": "gone"}) == PALETTES["ocean"]
