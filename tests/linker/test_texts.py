"""Reading HTML: what is text, what is closed to links, and where; whatever the markup is."""

import time
from html import unescape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.linker.texts import read_markup


def kinds(html: str) -> dict[str, str]:
    """The kind of each run of text."""
    return {run.text.strip(): run.kind for run in read_markup(html).runs if run.text.strip()}


@pytest.mark.parametrize(
    "html",
    [
        "<h2>words</h2>",
        "<h2>a <em>words</em></h2>",
        "<pre>words</pre>",
        "<p><code>words</code></p>",
        "<p><code>never closed</p><p>words</p>",
        "<button>words</button>",
        "<figure><figcaption>words</figcaption></figure>",
        "<table><caption>words</caption><tr><td>x</td></tr></table>",
        "<table>words<tr><td>x</td></tr></table>",
        '<p class="wp-caption-text">words</p>',
        '<div class="wp-block-button">words</div>',
        '<span role="button">words</span>',
        "<label>words</label>",
        "<blockquote><p>words</p></blockquote>",
        "<svg><text>words</text></svg>",
        "<!-- wp:code --><div>words</div><!-- /wp:code -->",
        '<!-- wp:acme/box {"a":1} --><div>words</div><!-- /wp:acme/box -->',
        "<!-- wp:html -->words<!-- /wp:html -->",
        "[caption id='1']words[/caption]",
        '[button url="/x"]words[/button]',
        "<p>[gallery ids='words']</p>",
        "<template>words</template>",
        "<details><summary>words</summary>x</details>",
        "<!-- never closed words",
        "<p title='never closed>words</p>",
    ],
)
def test_no_link_goes_where_none_may_be(html: str) -> None:
    assert all(run.kind != "text" for run in read_markup(html).runs if "words" in run.text)


def test_scripts_and_styles_are_no_text() -> None:
    assert kinds("<script>if (a<b) {words}</script><style>p{}</style><textarea>x</textarea><p>seen</p>") == {
        "seen": "text"
    }


def test_what_is_open_is_open_again_after_what_was_closed() -> None:
    html = (
        "<!-- wp:heading --><h2>a</h2><!-- /wp:heading --><!-- wp:paragraph --><p>b</p><!-- /wp:paragraph -->"
        "<p>[x]c[/x] d [y] e</p><table><tr><td>f</td></tr></table><p><a href='/'>g</a> h</p><p>i < j</p>"
    )
    assert kinds(html) == {
        "a": "heading",
        "b": "text",
        "[x]c[/x]": "closed",
        "d": "text",
        "[y]": "closed",
        "e": "text",
        "f": "text",
        "g": "link",
        "h": "text",
        "i < j": "text",
    }


def test_a_link_that_is_never_closed_goes_on() -> None:
    assert kinds("<p><a href='/x'>one</p><p>two</p>") == {"one": "link", "two": "link"}


def test_links_are_found_with_their_places() -> None:
    html = '<p>See <a title="a > b" href="/x?a=1&amp;b=2">the <b>page</b></a>.</p>'
    (link,) = read_markup(html).links
    assert (link.href, link.text) == ("/x?a=1&b=2", "the page")
    assert html[link.inner_start : link.inner_end] == "the <b>page</b>"
    assert html[link.end :] == ".</p>"


def test_references_stand_for_one_character_each() -> None:
    html = "<p>caf&eacute; &amp; tea</p>"
    (run,) = [run for run in read_markup(html).runs if run.is_open]
    start = run.text.index("café")
    assert html[run.offsets[start] : run.offsets[start + 4]] == "caf&eacute;"


PARTS = st.sampled_from(
    [
        *"<>&;\"'=[]/ -\n",
        "<p>",
        "</p>",
        "<h2>",
        "</h2>",
        "<a href='/x'>",
        "</a>",
        "<!--",
        "-->",
        "<!-- wp:paragraph -->",
        "<!-- /wp:paragraph -->",
        "<code>",
        "</code>",
        "<script>",
        "</script>",
        "&amp;",
        "&#8217;",
        "&notin;",
        "[caption]",
        "[/caption]",
        "word",
        "naïve",
        "日本",
        "🎈",
        "\u0000",
    ]
)


@given(st.lists(PARTS, max_size=40).map("".join))
@example("<p title=")
@example("<a href='")
@settings(max_examples=300, deadline=None)
def test_every_run_is_where_it_says(html: str) -> None:
    end = 0
    for run in read_markup(html).runs:
        assert len(run.offsets) == len(run.text) + 1
        assert run.offsets[0] >= end
        for number, sign in enumerate(run.text):
            first, last = run.offsets[number], run.offsets[number + 1]
            assert last == first or sign in unescape(html[first:last])
        end = run.offsets[-1]
    assert end <= len(html)


@pytest.mark.parametrize(
    "part",
    ["<!--", "<a href='", "<p", "[", "[a ", "&", "<div>", "<p a=1 ", "[a]", "<!-- wp:x -->", "<h2>", "</p>", "<"],
)
def test_half_a_megabyte_of_anything_is_read_in_a_moment(part: str) -> None:
    start = time.process_time()
    read_markup(part * (500_000 // len(part)))
    assert time.process_time() - start < 5
