"""Putting links in and taking them out: nothing else changes, byte for byte."""

from html.parser import HTMLParser

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.linker.splice import end_of_paragraph, find_link, locate, opening_tag, put_links, sentence_html, without_link
from app.linker.texts import read_markup
from tests.linker.test_texts import PARTS

URL = "https://example.com/a/?x=1&y=2"
TAG = opening_tag(URL)


def linked(html: str, anchor: str) -> str:
    """The text with a link at these words."""
    place = locate(read_markup(html), anchor, "", "")
    assert place is not None
    return put_links(html, [(place, TAG)])


class Nesting(HTMLParser):
    """Counts links inside links."""

    depth = deepest = 0

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        self.depth += tag == "a"
        self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        self.depth = max(0, self.depth - (tag == "a"))


def test_an_address_is_escaped() -> None:
    assert opening_tag('https://e.com/?a=1&b="2"', "nofollow") == (
        '<a href="https://e.com/?a=1&amp;b=&quot;2&quot;" rel="nofollow">'
    )


def test_words_are_whole_and_the_context_decides() -> None:
    html = "<p>Steaming tea. Green tea is first, black tea second.</p>"
    place = locate(read_markup(html), "tea", "black ", " second")
    assert place is not None
    assert html[: place.start].endswith("black ")
    assert locate(read_markup("<p>steam</p>"), "tea", "", "") is None
    assert locate(read_markup("<p>日本語の緑茶です</p>"), "緑茶", "", "") is not None


def test_entities_and_line_ends_stay() -> None:
    html = "<p>Caf&eacute;\r\nau lait &amp; caf&#233; noir</p>\r\n"
    there = linked(html, "au lait & café")
    assert there == html.replace("au lait &amp; caf&#233;", f"{TAG}au lait &amp; caf&#233;</a>")


def test_a_link_comes_out_after_later_edits() -> None:
    html = "<p>All about green tea here.</p>"
    edited = (
        linked(html, "green tea")
        .replace("All about", "Everything <em>about</em>")
        .replace("green tea", "good green tea")
    )
    link = find_link(edited, TAG, URL, "green tea")
    assert link is not None
    assert without_link(edited, link) == "<p>Everything <em>about</em> good green tea here.</p>"
    assert find_link(html, TAG, URL, "green tea") is None


def test_a_sentence_goes_to_the_end_of_its_paragraph() -> None:
    html = "<p>Steep it for long.</p><p>Then drink.</p>"
    end = end_of_paragraph(html, read_markup(html), "Steep it for long.")
    assert end == html.index("</p>")
    assert sentence_html("See <our> green tea.", "green tea", TAG) == f" See &lt;our&gt; {TAG}green tea</a>."
    assert end_of_paragraph(html, read_markup(html), "Gone.") is None


@given(st.lists(PARTS, max_size=30).map("".join), st.lists(PARTS, max_size=30).map("".join))
@settings(max_examples=300, deadline=None)
def test_apart_from_the_tags_every_byte_stays(before: str, after: str) -> None:
    html = f"{before} green tea {after}"
    place = locate(read_markup(html), "green tea", "", "")
    assume(place is not None)
    assert place is not None
    there = put_links(html, [(place, TAG)])
    assert there == html[: place.start] + TAG + html[place.start : place.end] + "</a>" + html[place.end :]
    link = find_link(there, TAG, URL, "green tea")
    assert link is not None
    assert without_link(there, link) == html
    nested, was = Nesting(), Nesting()
    nested.feed(there)
    was.feed(html)
    assert nested.deepest <= max(1, was.deepest)
