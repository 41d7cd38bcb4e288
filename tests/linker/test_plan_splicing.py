"""Mending a link: nothing but its address, or its tags, changes; and it comes back as it was, byte for byte."""

import time

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from app.linker.plan.splicing import Mended, new_href, put_back, with_address, without_tags
from app.linker.texts import FoundLink, read_markup
from tests.linker.test_texts import PARTS

URL = "https://example.com/new/?a=1&b=2"
HTML = st.lists(PARTS, max_size=25).map("".join)
TAGS = st.sampled_from(
    [
        "<a href='/old/'>",
        '<a class="x" href="https://example.com/old/#part" rel=nofollow>',
        "<A HREF=/old/>",
        '<a title="a > b" href = "/old/">',
        '<a data-href="/old/" href="/old/?x&amp;y">',
    ]
)


def the_link(html: str, href: str = "") -> FoundLink:
    """The link of a text, or the one to this address."""
    return next(link for link in read_markup(html).links if not href or link.href == href)


def retargeted(html: str, url: str = URL) -> tuple[str, Mended]:
    """The text with another address in its first link."""
    result = with_address(html, the_link(html), url)
    assert result is not None
    return result


@pytest.mark.parametrize(
    ("tag", "there"),
    [
        ('<a href="/old/">', '<a href="/new/?a=1&amp;b=2">'),
        ("<a href='https://example.com/old/#part'>", "<a href='https://example.com/new/?a=1&amp;b=2#part'>"),
        ("<A rel=x HREF=/old/ class='y'>", "<A rel=x HREF=\"/new/?a=1&amp;b=2\" class='y'>"),
        ('<a title="href=/no/" href="//example.com/old">', f'<a title="href=/no/" href="{URL.replace("&", "&amp;")}">'),
        ('<a\nhref="/old/"\ntarget="_blank">', None),
    ],
)
def test_only_the_characters_of_the_address_change(tag: str, there: str | None) -> None:
    html = f"<p>See {tag}the <b>page</b></a>.</p>"
    result = with_address(html, the_link(html), URL)
    if there is None:  # the index does not see such a link either
        assert result is None or result[0] == html.replace('"/old/"', '"/new/?a=1&amp;b=2"')
        return
    assert result is not None
    assert result[0] == html.replace(tag, there)
    assert put_back(*result) == html


def test_hostile_addresses_stay_inside_the_attribute() -> None:
    html = '<p><a href="/old/">x</a> <a href=/old/>y</a></p>'
    bad = 'https://example.com/"><script>alert(1)</script>'
    assert new_href("/old/", bad) == "/&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
    changed, mended = retargeted(html, bad)
    assert "<script" not in changed
    assert put_back(changed, mended) == html
    other = with_address(html, read_markup(html).links[1], "https://example.com/a b=c")
    assert other is not None
    assert 'href="/a b=c">y' in other[0]


def test_a_link_goes_only_where_its_words_stay_words() -> None:
    for html in ("<p>1 <<a href='/old/'>b</a> 2</p>", "<p>&<a href='/old/'>amp;</a></p>"):
        assert without_tags(html, the_link(html)) is None
    html = "<p>1 < 2 and <a href='/old/'>more</a></p>"
    bare, mended = without_tags(html, the_link(html)) or ("", None)
    assert mended is not None
    assert put_back(bare.replace("and", "but also"), mended) == html.replace("and", "but also")


def test_a_mended_link_comes_back_after_later_edits() -> None:
    html = '<p>All about <a class="x" href="/old/">green tea</a> here, and <a href="/old/">green tea</a> there.</p>'
    changed, mended = retargeted(html)
    edited = changed.replace("All about", "Everything <em>about</em>").replace('class="x" ', "")
    assert put_back(edited, mended) == edited.replace("/new/?a=1&amp;b=2", "/old/", 1)
    assert put_back("<p>All new</p>", mended) is None
    bare, taken = without_tags(html, the_link(html)) or ("", None)
    assert taken is not None
    assert bare == html.replace('<a class="x" href="/old/">green tea</a>', "green tea")
    edited = bare.replace("All about", "Everything about")
    assert put_back(edited, taken) == edited.replace("green tea", '<a class="x" href="/old/">green tea</a>', 1)
    assert put_back(edited.replace("about green tea", "about it"), taken) is None


def test_putting_back_leaves_other_links_and_words_alone() -> None:
    html = '<p>All about <a href="/old/">green tea</a> here.</p><p>My own <a href="/new/?a=1&amp;b=2">tea page</a>.</p>'
    changed, mended = retargeted(html)
    without_it = changed[changed.index("<p>My own") :]
    assert put_back(without_it, mended) is None  # the person's own link to the page stays as it is
    reworded = changed.replace("green tea", "our green tea")
    assert put_back(reworded, mended) == reworded.replace("/new/?a=1&amp;b=2", "/old/", 1)
    html = '<p>On <a href="/old/">art</a> of brewing.</p><p>We start the machine.</p>'
    bare, taken = without_tags(html, the_link(html)) or ("", None)
    assert taken is not None
    assert put_back("<p>We start the machine.</p>", taken) is None  # not inside another word
    assert put_back(bare.replace("<p>On", "<p>First, on"), taken) == html.replace("<p>On", "<p>First, on")


@given(HTML, TAGS, HTML, HTML)
@example("", "<A HREF=/old/>", "", "")
@settings(max_examples=300, deadline=None)
def test_every_byte_comes_back(before: str, tag: str, inner: str, after: str) -> None:
    html = f"{before}{tag}{inner}words</a>{after}"
    links = [link for link in read_markup(html).links if link.start == len(before)]
    assume(links)
    new, bare = with_address(html, links[0], URL), without_tags(html, links[0])
    assert new is not None
    for result in (new, bare):
        if result is None:  # without the tag, what is around it would be markup
            assert before[-1:] in ("<", "&", ";") or "<" in inner + after
            continue
        changed, mended = result
        assert put_back(changed, mended) == html
        if not mended.new_tag:
            assert len(changed) == len(html) - len(mended.old_tag) - len(mended.end_tag)


@pytest.mark.parametrize("part", ["a", "<a href='/old/'>a</a>", "<", "&amp;", "<a "])
def test_a_long_text_is_mended_in_a_moment(part: str) -> None:
    html = f'<p>x <a href="/old/">a</a> y</p>{part * (100_000 // len(part))}'
    started = time.process_time()
    result = without_tags(html, the_link(html))
    assert result is not None
    put_back(*result)
    assert time.process_time() - started < 6
