"""HTML that is made to keep a parser busy for minutes, or to fill its memory."""

import gc
import time
from collections.abc import Callable
from functools import partial

import pytest

from app.ai.markup.answer_html import to_html
from app.ai.markup.block_html import plain_text
from app.ai.markup.html_blocks import to_blocks
from app.content.blocks import join_pieces, split
from app.content.preview import first_words, sanitise
from app.core.markup import clean_html, is_too_nested

SIZE = 400_000
HOSTILE: dict[str, Callable[[int], str]] = {
    "openers without an end": lambda size: "<!--" * (size // 4) + "-->",
    "openers of blocks": lambda size: "<!-- wp:a {" * (size // 11) + "-->",
    "openers of whole blocks": lambda size: "<!-- wp:a {} " * (size // 13) + "-->",
    "fences without an end": lambda size: "```html\n" * (size // 8),
    "heads without an end": lambda size: "<head><title" * (size // 12),
    "elements without an end": lambda size: "<p" * (size // 2),
    "signs of Markdown": lambda size: "**a\n> - [x](" * (size // 12),
    "escaped elements": lambda size: "&lt;p &lt;h2 " * (size // 12),
    "escaped line ends": lambda size: "\\n" * (size // 2) + "<p>",
    "nested boxes": lambda size: "<div>" * (size // 5),
    "nested groups": lambda size: "<optgroup>" * (size // 10),
    "nested in a drawing": lambda size: "<svg>" + "<g>" * (size // 3),
    "closed by the wrong tag": lambda size: "<div></span>" * (size // 12),
    "formatting never closed": lambda size: "".join(f"<p><b class={n}>x" for n in range(size // 16)),
    "formatting across boxes": lambda size: "".join(f"<div><font size={n}></div>" for n in range(size // 26)),
}


def seconds_to_read(text: str) -> float:
    """Processor time of all that reads HTML of others, without that of the collector, which grows with other tests."""
    gc.collect()
    gc.disable()
    try:
        return _seconds_to_read(text)
    finally:
        gc.enable()


def _seconds_to_read(text: str) -> float:
    started = time.process_time()
    assert join_pieces(split(text)) == text
    for read in (partial(sanitise, site_url="https://site.example"), first_words, to_html, to_blocks, plain_text):
        assert len(read(text)) < 12 * len(text)  # some grow thousandfold when they are parsed
    return time.process_time() - started


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_html_takes_time_in_proportion_to_its_length(name: str) -> None:
    quarter, whole = (seconds_to_read(HOSTILE[name](size)) for size in (SIZE // 4, SIZE))
    assert whole < 8 * quarter + 1  # quadratic work takes sixteen times as long


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
