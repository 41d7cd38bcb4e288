"""Which style sheets of a text reach beyond it."""

import time

import pytest

from app.core.html_scan import scan

TEXT = '<div class="box has-text-color" id="top"><p>Text</p></div>'
BEYOND = {
    "body{display:none}": ["<style> for “body”"],
    ".box, footer a:hover { color: red }": ["<style> for “footer a:hover”"],
    "@media (min-width: 1px) { header { display: none } }": ["<style> for “header”"],
    "@supports (display: grid) { @media screen { * { margin: 0 } } }": ["<style> for “*”"],
    "@import url(https://x.example/a.css);": ["@import url(https://x.example/a.css)"],
    '@IMPORT "//x.example/a.css";.box{}': ['@IMPORT "//x.example/a.css"'],
    "body:has(.box) { display: none }": ["<style> for “body:has(.box)”"],
    ":root { --accent: red }": ["<style> for “:root”"],
    ".entry-content p { color: red }": ["<style> for “.entry-content p”"],
    ".has-text-color { color: red }": ["<style> for “.has-text-color”"],
    "<!-- h1 { color: red } -->": ["<style> for “h1”"],
    "/* .box */ nav { color: red }": ["<style> for “nav”"],
    ".b\\6f x, .b\\6f dy { color: red }": ["<style> for “.box”", "<style> for “.body”"],
    "a" * 100_001: ["a style sheet too long to be read"],
}
WITHIN = [
    ".box { color: red }",
    ".box p:hover, #top > p { color: red }",
    "div.box::before { content: ', body { } ' }",
    "@media print { .box { display: none } }",
    "@keyframes fade { from { opacity: 0 } to { opacity: 1 } }",
    "@font-face { font-family: A; src: url(a.woff2) }",
    "",
]


@pytest.mark.parametrize(("css", "told"), BEYOND.items())
def test_rules_for_more_than_the_text_are_told(css: str, told: list[str]) -> None:
    found = scan(f"<style>{css}</style>{TEXT}").wide_styles()
    if "\\" in css:  # an escape: the first is the class of the text
        assert len(found) == 1
    else:
        assert found == told


@pytest.mark.parametrize("css", WITHIN)
def test_rules_for_the_text_alone_are_not(css: str) -> None:
    assert scan(f"<style>{css}</style>{TEXT}").wide_styles() == []


@pytest.mark.parametrize(
    "html",
    [
        "<link rel=stylesheet href=//x.example/a.css>",
        "<p>Text</p><LINK REL='alternate StyleSheet' HREF='//x.example/a.css'/>",
        "<svg><link rel=stylesheet href=//x.example/a.css></svg>",
        "<!--><link rel=stylesheet href=//x.example/a.css>-->",
    ],
)
def test_a_linked_style_sheet_is_told(html: str) -> None:
    assert scan(html).wide_styles() == ["<link href=“//x.example/a.css”>"]


def test_a_link_that_is_no_style_sheet_is_not() -> None:
    assert scan("<link itemprop=url href=a><link rel=preconnect href=b>").wide_styles() == []


@pytest.mark.parametrize("unit", ["<style>a{", "a{}", "@media{", "<style>a,</style>", "(", "p(", "a{b[", "/*", "a:b;"])
def test_a_hostile_sheet_is_read_soon(unit: str) -> None:
    began = time.process_time()
    scan("<style>" + unit * (1_000_000 // len(unit))).wide_styles()
    scan("<style>" + unit * (90_000 // len(unit)) + "</style>").wide_styles()
    assert time.process_time() - began < 5
