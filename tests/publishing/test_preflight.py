"""What counts as a text: what shows without one does, an empty frame does not."""

import pytest

from app.mirror.payload import ContentSnapshot
from app.publishing.checks.preflight import warnings
from app.publishing.verification.visible import hidden_where, shows

SHOWN = [
    "<p>Text</p>",
    "<!-- wp:latest-posts /-->",
    '<!-- wp:woocommerce/checkout --><div class="wc"></div><!-- /wp:woocommerce/checkout -->',
    '<!-- wp:group --><div><!-- wp:query {"queryId":1} --><div></div><!-- /wp:query --></div><!-- /wp:group -->',
    '<!-- wp:cover {"url":"a.jpg"} --><div class="wp-block-cover"></div><!-- /wp:cover -->',
    "[woocommerce_cart]",
    "<p>\ue001</p>",
    "<p>\u200b🔥\ufe0f</p>",
    "<p><img src='a.png'></p>",
    "<form><input></form>",
    "<div id='app'></div><script src='a.js'></script>",
    "<p hidden='until-found'>Text</p>",
    "<p style='font-size:0'><b style='font-size:14px'>Text</b></p>",
    "<p style='visibility:hidden'><b style='visibility:visible'>Text</b></p>",
    "<p style='display:none'>Note</p><p>Text</p>",
    "<p style='display:none'>Note<p>Text",
    "<details><summary></summary>Text</details>",
    "<style>@media print { p { display: none } }</style><p>Text</p>",
    "<style>.a{display:none}</style><p>Text</p>",
    "<style media='print'>p { display: none }</style><p>Text</p>",
    "<style type='text/template'>p { display: none }</style><p>Text</p>",
    "<style>@media not screen { p { display: none } }</style><p>Text</p>",
    "<style>@media (max-width: 600px) { p { display: none } }</style><p>Text</p>",
    "<style>p:hover, p:focus, p:active, p:target { display: none }</style><p>Text</p>",
    "<style>p::before, p:first-line { display: none }</style><p>Text</p>",
    "<style>p ~ p { display: none }</style><p>Text</p><p>More</p>",
    "<p style='text-indent:-2em;height:0'>Text</p>",
    "<p style='color:transparent;-webkit-background-clip:text'>Text</p>",
    "<svg viewBox='0 0 1 1'><path d='M0'/></svg>",
    "<!-- wp:paragraph --><p style='display:none'>a</p><!-- /wp:paragraph --><!-- wp:my/map /-->",
    '<!-- wp:group {"metadata":{"blockVisibility":false}} --><p>a</p><!-- /wp:group --><p>Text</p>',
]
EMPTY = [
    "",
    " \n ",
    "<p>&nbsp;</p>",
    "<p>\u00a0</p>",
    "<p>\u200b</p>",
    "<p>&#8203;\u2060\ufeff&ZeroWidthSpace;&shy;</p>",
    "<p>\u3164\u2800</p>",
    "<!-- wp:paragraph -->\n<p></p>\n<!-- /wp:paragraph -->",
    "<!-- wp:group --><div><!-- wp:heading --><h2></h2><!-- /wp:heading --></div><!-- /wp:group -->",
    "<!-- a comment -->",
    '<!-- wp:spacer {"height":"40px"} --><div style="height:40px" aria-hidden="true"></div><!-- /wp:spacer -->',
    "<!-- wp:separator --><hr class='wp-block-separator'/><!-- /wp:separator -->",
    "<!-- wp:core/group --><div><!-- wp:columns --><div><!-- wp:column --><div></div><!-- /wp:column --></div>"
    "<!-- /wp:columns --></div><!-- /wp:core/group -->",
    "<!-- wp:image --><figure><img alt='x'/></figure><!-- /wp:image -->",
    "<p style='display:none'>Text</p>",
    "<div style='color: red; DISPLAY: none !important'><p>Text <img src='a.png'></p></div>",
    "<p style='display/**/:none'>Text</p>",
    "<p style='visibility:hidden'>Text</p>",
    "<p style='font-size:0'>Text</p>",
    "<p style='font-size: 0.0em'>Text <b style='font-size:200%'>more</b></p>",
    "<p style='opacity:0'>Text</p>",
    "<p style='position:absolute;left:-9999px'>Text</p>",
    "<p style='text-indent:-9999px'>Text</p>",
    "<div style='height:0;overflow:hidden'>Text</div>",
    "<p style='color:transparent'>Text</p>",
    "<p class='screen-reader-text'>Text</p>",
    "<section hidden><p>Text</p><!-- wp:latest-posts /--></section>",
    "<dialog>Text</dialog>",
    "<template><p>Text</p></template>",
    "<noscript>Text</noscript>",
    "<style>body{display:none}</style>",
    "<style>body{display:none}</style><p>Text</p>",
    "<style>.a, p { visibility: hidden }</style><p>Text</p>",
    "<style>@layer x { .a { display: none } }</style><p class='a'>Text</p>",
    "<style>@media screen, print { p { display: none } }</style><p>Text</p>",
    "<style>@media only screen { p { display: none } }</style><p>Text</p>",
    "<style>@media not print { p { display: none } }</style><p>Text</p>",
    "<style media='all'>p { display: none }</style><p>Text</p>",
    "<style>p:not(:hover) { display: none }</style><p>Text</p>",
    "<style>:root p { display: none }</style><p>Text</p>",
    "<style>h2 ~ p, h2:empty { display: none }</style><h2></h2><p>Text</p><p>More</p>",
    "<style>:is(p, h2):nth-child(2), p:last-child { opacity: 0 }</style><h2>Head</h2><p>Text</p>",
    "<link rel=stylesheet href='https://x.example/a.css'>",
    '<script type="application/ld+json">{"a": "Text"}</script>',
    "<input type='hidden' value='Text'>",
    "<img src='a.gif' width='1' height='1'>",
    "<audio src='a.mp3'></audio>",
    "<svg style='display:none'><path d='M0'/></svg>",
    '<!-- wp:paragraph {"metadata":{"blockVisibility":false}} --><p>Text</p><!-- /wp:paragraph -->',
    '<!-- wp:group {"metadata":{"blockVisibility":false}} --><div><!-- wp:group --><p>Text</p><!-- /wp:group --></div>'
    "<!-- wp:latest-posts /--><!-- /wp:group -->",
    "<p><!-- p -->\u2063\u180e\u00ad</p>",
]


@pytest.mark.parametrize("html", SHOWN)
def test_what_shows_without_text_can_be_published(html: str) -> None:
    assert shows(html)


@pytest.mark.parametrize("html", EMPTY)
def test_what_shows_nothing_cannot(html: str) -> None:
    assert not shows(html)


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ("@media (max-width: 600px) { p { display: none } }", ["(max-width: 600px)"]),
        ("@media print { p { display: none } }", []),
        ("@media (max-width: 600px) { .ad { display: none } }", []),
        (
            "@media (min-width: 9px) { @supports (display: grid) { p { opacity: 0 } } }",
            ["(min-width: 9px) and supports (display: grid)"],
        ),
        (
            "@media (max-width: 1px) { p { opacity: 0 } } @media (min-width: 2px) { p { opacity: 0 } }",
            ["(max-width: 1px)", "(min-width: 2px)"],
        ),
        ("p:hover { display: none }", []),
    ],
)
def test_a_text_that_its_styles_hide_from_some_is_told_with_the_condition(style: str, told: list[str]) -> None:
    assert hidden_where(f"<style>{style}</style><p>Text</p><p>More</p>") == told


def test_a_sheet_for_some_media_is_a_condition_too() -> None:
    assert hidden_where("<style media='(max-width: 9em)'>p{display:none}</style><p>Text</p>") == ["(max-width: 9em)"]
    whole = {"type": "post", "title": "A", "slug": "a", "excerpt": ""}
    text = "<style media='(max-width: 9em)'>p{display:none}</style><p>Text</p>"
    payload = {"post": {**whole, "content": text}, "seo": {"title": "", "description": ""}, "images": []}
    found = warnings(ContentSnapshot(1, 1, 1, 1, "A", site_active=True, payload=payload))
    assert [one["code"] for one in found] == ["TEXT_HIDDEN_FOR_SOME"]


@pytest.mark.parametrize(
    ("post", "told"),
    [
        ({"slug": "", "title": "Feed"}, True),
        ({"slug": "feed", "parent": "12"}, True),
        ({"slug": "feed", "type": "term"}, False),
        ({"slug": "cold-brew", "title": "Feed"}, False),
    ],
)
def test_a_slug_that_wordpress_keeps_for_feeds_is_told(post: dict[str, str], told: bool) -> None:
    whole = {"type": "post", "title": "Cold brew", "content": "<p>Text</p>", "excerpt": "", **post}
    payload = {"post": whole, "seo": {"title": "", "description": ""}, "images": []}
    snapshot = ContentSnapshot(1, 1, 1, 1, "Cold brew", site_active=True, payload=payload)
    assert [one["code"] for one in warnings(snapshot)] == ["SLUG_RESERVED"] * told
