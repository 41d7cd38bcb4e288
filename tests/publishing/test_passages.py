"""Which words of a text its page must show, and whether it does."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.http import HttpResponse
from app.publishing.passages import MOST, missing_of, passages_of, squash
from app.publishing.verification.served import ServedPage


def shown(body: str) -> str:
    """The words of a page with this body."""
    page = f"<html><head><title>Words of the title</title></head><body>{body}</body></html>"
    return ServedPage(HttpResponse(200, {}, page.encode(), "https://a.example/x/", 0.1)).words


@pytest.mark.parametrize(
    ("sent", "served"),
    [
        (
            '<p>It\'s "so" cold -- really... 2x4</p>',
            "<p>It&#8217;s &#8220;so&#8221; cold &#8212; really&#8230; 2&#215;4</p>",
        ),
        ("<p>Fish &amp; chips&nbsp;for two</p>", "<p>Fish &#038; chips for&#160;two</p>"),
        ("<p>Cold <strong>brew</strong> coffee</p>", '<p>Cold <a href="/b"><strong>br&shy;ew</strong></a> coffee</p>'),
        (
            "First line here\n\nSecond line there",
            "<p>First line here</p><div>Advertisement</div><p>Second line there</p>",
        ),
        ('<p>Before it [gallery ids="1"] after it</p>', "<p>Before it <img src=a.png> after it</p>"),
        ("<p>See this https://youtu.be/abc or that one</p>", "<p>See this <iframe></iframe> or that one</p>"),
        (
            "<p>Write to ann@example.com for more of it</p>",
            '<p>Write to <a class="__cf_email__">[email&#160;protected]</a> for more of it</p>',
        ),
        ("<p>Nice :-) and :lol: fine with us</p>", '<p>Nice <img alt="🙂"> and <img alt="😆"> fine with us</p>'),
        (
            "<!-- wp:code --><pre><code>let total = 0;\nreturn total + 12;</code></pre><!-- /wp:code -->",
            "<pre><i>1</i><b>let</b> total = 0;\n<i>2</i><b>return</b> total <u>+</u> 12;</pre>",
        ),
        ("<p>A text</p><pre>one\ntwo three</pre>", "<p>A text</p><pre><i>1</i>one<i>2</i>two three</pre>"),
        (
            '<p>Static words</p><!-- wp:latest-posts {"postsToShow":3} /-->',
            "<p>Static words</p><ul><li>Another post</ul>",
        ),
        (
            '<!-- wp:paragraph {"metadata":{"bindings":{"content":{"source":"x"}}}} --><p>Bound here</p>'
            "<!-- /wp:paragraph --><p>Free text</p>",
            "<p>Other</p><p>Free text</p>",
        ),
        (
            '<!-- wp:group {"metadata":{"blockVisibility":false}} --><!-- wp:group --><p>Hidden 1</p><!-- /wp:group -->'
            "<p>Hidden two</p><!-- /wp:group --><p>Seen text</p>",
            "<p>Seen text</p>",
        ),
        ("<p>Seen text</p><div hidden><p>Kept for later</p></div><p>Seen, too</p>", "<p>Seen text</p><p>Seen, too</p>"),
        ("<p>Page one of it</p><!--nextpage--><p>Page two of it</p>", "<p>Page one of it</p>"),
        ("<p>A teaser of it</p><!--more--><!--noteaser--><p>The rest of it</p>", "<p>The rest of it</p>"),
        ("<p>日本語の文章です。</p>", "<p>日本語の<wbr>文章です。</p>"),
        ("<p>Straße im Café</p>", "<p>STRASSE IM CAFE\u0301</p>"),
    ],
)
def test_a_text_is_found_however_wordpress_and_plugins_set_it(sent: str, served: str) -> None:
    passages = passages_of(sent)
    assert passages
    assert missing_of(passages, shown(served)) == []


@pytest.mark.parametrize(
    "served",
    [
        "<p>Another text.</p>",
        '<script type="application/ld+json">{"articleBody": "Cold brew for two"}</script>',
        "<template><p>Cold brew for two</p></template>",
        '<meta name="description" content="Cold brew for two">',
        "<style>/* Cold brew for two */</style>",
        "<!-- Cold brew for two -->",
    ],
)
def test_words_that_nobody_sees_do_not_count(served: str) -> None:
    assert missing_of(passages_of("<p>Cold brew for two</p>"), shown(served)) == ["Cold brew for two"]


@pytest.mark.parametrize("tag", ["pre", "code", "samp", "kbd"])
def test_code_alone_is_looked_for(tag: str) -> None:
    passages = passages_of(f"<{tag}>apt install nginx\nsystemctl start nginx</{tag}>")
    assert missing_of(passages, shown("<pre>apt install nginx\nsystemctl stop nginx</pre>"))


def test_one_changed_word_is_missed_with_its_passage() -> None:
    words = " ".join(f"word{number}" for number in range(30))
    passages = passages_of(f"<p>{words}</p>")
    assert missing_of(passages, shown(f"<p>{words.replace('word14', 'other')}</p>")) == [passages[1]]


def test_a_long_text_is_looked_for_from_start_to_end() -> None:
    passages = passages_of("".join(f"<p>Paragraph number {number} of it</p>" for number in range(1000)))
    assert (len(passages), passages[0], passages[-1]) == (
        MOST,
        "Paragraph number 0 of it",
        "Paragraph number 999 of it",
    )


@given(st.text(st.characters(blacklist_characters="[]{}%<>&:;@", blacklist_categories=("Cs", "Cc")), max_size=300))
def test_any_plain_text_is_found_in_a_page_that_shows_it(text: str) -> None:
    assert missing_of(passages_of(f"<p>{text}</p>"), shown(f"<p>{html.escape(text)}</p>")) == []


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert all(squash(passage) for passage in passages_of(text))


def test_what_the_shop_fills_in_is_not_looked_for() -> None:
    cart = (
        '<!-- wp:woocommerce/cart --><div class="is-loading"><!-- wp:woocommerce/cart-cross-sells-block --><div>'
        "<!-- wp:heading --><h2>You may be interested in</h2><!-- /wp:heading --></div>"
        "<!-- /wp:woocommerce/cart-cross-sells-block --></div><!-- /wp:woocommerce/cart --><p>Ask us about the cart</p>"
    )
    assert passages_of(cart) == ["Ask us about the cart"]
