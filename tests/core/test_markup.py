"""HTML that is made to keep a parser busy for minutes, or to fill its memory."""

import time
from functools import partial

import pytest

from app.ai.markup.answer_html import to_html
from app.ai.markup.block_html import plain_text
from app.ai.markup.html_blocks import to_blocks
from app.content.blocks import join_pieces, split
from app.content.preview import first_words, sanitise
from app.core.markup import clean_html, is_too_nested

SIZE = 400_000
HOSTILE = {
    "openers without an end": "<!--" * (SIZE // 4) + "-->",
    "openers of blocks": "<!-- wp:a {" * (SIZE // 11) + "-->",
    "openers of whole blocks": "<!-- wp:a {} " * (SIZE // 13) + "-->",
    "fences without an end": "```html\n" * (SIZE // 8),
    "heads without an end": "<head><title" * (SIZE // 12),
    "elements without an end": "<p" * (SIZE // 2),
    "signs of Markdown": "**a\n> - [x](" * (SIZE // 12),
    "escaped elements": "&lt;p &lt;h2 " * (SIZE // 12),
    "escaped line ends": "\\n" * (SIZE // 2) + "<p>",
    "nested boxes": "<div>" * (SIZE // 5),
    "nested groups": "<optgroup>" * (SIZE // 10),
    "nested in a drawing": "<svg>" + "<g>" * (SIZE // 3),
    "closed by the wrong tag": "<div></span>" * (SIZE // 12),
    "formatting never closed": "".join(f"<p><b class={n}>x" for n in range(SIZE // 16)),
    "formatting across boxes": "".join(f"<div><font size={n}></div>" for n in range(SIZE // 26)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_html_takes_little_time(name: str) -> None:
    text = HOSTILE[name]
    started = time.process_time()
    assert join_pieces(split(text)) == text
    for read in (partial(sanitise, site_url="https://site.example"), first_words, to_html, to_blocks, plain_text):
        assert len(read(text)) < 12 * SIZE  # some grow thousandfold when they are parsed
    assert time.process_time() - started < 6


def test_the_first_words_are_as_they_read() -> None:
    assert first_words("<p>Tea &amp; a&nbsp;&lt;cup&gt;</p>") == "Tea & a <cup>"


def test_html_nested_beyond_reason_is_shown_as_text() -> None:
    assert clean_html("<div>" * 600 + "<script>x</script>").startswith("&lt;div&gt;")
    assert "<script" not in sanitise("<div>" * 600 + "<script>x</script>", "https://site.example")


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 400 + "</div>" * 400,
        "<p>one<br>" * 5000,
        "<ul>" + "<li>one" * 5000 + "</ul>",
        "<p><strong>a</strong> <em>b</em></p>" * 5000,
        "<table>" + "<tr><td>1<td>2" * 5000 + "</table>",
        "<div><span></div>" * 5000,
        "<svg><path/></svg>" + "<p>one<br>" * 5000,
    ],
)
def test_long_posts_are_not_taken_for_hostile_ones(html: str) -> None:
    assert not is_too_nested(html)


def test_a_block_comment_is_found_behind_a_broken_one() -> None:
    text = "<!-- note <!-- wp:paragraph --><p>x</p><!-- /wp:paragraph -->"
    assert [piece.kind for piece in split(text)] == ["opaque", "block"]
    text = '<!-- wp:html {"a":"<!-- b"} --><p>x</p><!-- /wp:html -->'
    assert [piece.kind for piece in split(text)] == ["block"]
