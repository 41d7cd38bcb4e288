"""What counts as a text: what shows without one does, an empty frame does not."""

import pytest

from app.mirror.payload import Snapshot
from app.publishing.preflight import has_content, warnings

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
]


@pytest.mark.parametrize("html", SHOWN)
def test_what_shows_without_text_can_be_published(html: str) -> None:
    assert has_content(html)


@pytest.mark.parametrize("html", EMPTY)
def test_what_shows_nothing_cannot(html: str) -> None:
    assert not has_content(html)


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
    snapshot = Snapshot(1, 1, 1, 1, "Cold brew", site_active=True, payload=payload)
    assert [one["code"] for one in warnings(snapshot)] == ["SLUG_RESERVED"] * told
