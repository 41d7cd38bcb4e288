"""Blocks of built sites: fields are checked in words, and texts come out as texts."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import DomainError
from app.sitebuilder.blocks.gutenberg import BlockDialect, page_markup
from app.sitebuilder.blocks.html import sections_html
from app.sitebuilder.blocks.nodes import ListNode, SectionNode
from app.sitebuilder.blocks.registry import BLOCKS, checked_fields, new_section, page_trees
from app.sitebuilder.blocks.rendering import Rendering
from app.sitebuilder.templates import LANDING, MARKETING, PURPOSES
from tests.sitebuilder.samples import HARD, bare_sections, full_sections

OLD = BlockDialect.of_version("6.1.9")


class Balance(HTMLParser):
    """Notes tags that are not closed in order, and the text."""

    VOID = frozenset(("img", "hr", "br"))

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def html_of(*sections: dict[str, object]) -> str:
    return str(sections_html(page_trees(list(sections)), Rendering()))


def test_each_block_is_shown_with_all_of_its_texts_as_texts() -> None:
    for section in [*full_sections(), *bare_sections()]:
        for written in (html_of(section), page_markup(page_trees([section]), Rendering(), BlockDialect())):
            read = Balance(written)
            assert (read.open, read.wrong) == ([], []), section
            assert not read.tags & {"b", "script", "style"}
    shown = Balance(html_of(new_section("hero", {"heading": HARD})))
    assert HARD in "".join(shown.texts)


@given(st.text(max_size=200))
def test_no_text_gets_out_of_its_element(text: str) -> None:
    tree = SectionNode("faq", (ListNode((text,)),))
    for written in (str(sections_html([tree], Rendering())), page_markup([tree], Rendering(), BlockDialect())):
        read = Balance(written)
        assert (read.open, read.wrong) == ([], [])
        assert read.tags <= {"section", "div", "ul", "li"}


def test_no_shortcode_begins_in_the_text_of_a_post() -> None:
    markup = page_markup(page_trees([new_section("hero", {"heading": "[gallery ids=1]"})]), Rendering(), BlockDialect())
    assert "[" not in markup.replace("<!-- wp:", "").split("<h2", 1)[1]


def test_questions_are_headings_where_wordpress_has_no_details() -> None:
    items = [{"question": "Why?", "answer": "Rain."}]
    faq = page_trees([new_section("faq", {"heading": "Questions", "items": items})])
    assert "wp:details" in page_markup(faq, Rendering(), BlockDialect())
    assert "wp:details" not in page_markup(faq, Rendering(), OLD)
    assert "<h3>Why?</h3>" in page_markup(faq, Rendering(), OLD)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil.example", "data:text/html,x", "https:// x", "no where"]
)
def test_an_address_that_leads_nowhere_good_is_refused_in_words(address: str) -> None:
    with pytest.raises(DomainError) as refused:
        checked_fields("call_to_action", {"heading": "H", "button": "B", "address": address})
    assert refused.value.field == "address"
    assert "This is no address" in refused.value.message


def test_what_is_wrong_is_said_at_its_field() -> None:
    with pytest.raises(DomainError) as refused:
        checked_fields("faq", {"items": [{"question": "Q", "answer": "A"}, {"question": "", "answer": "A"}]})
    assert refused.value.field == "items-1-question"
    assert refused.value.message == "“Question” is missing."
    with pytest.raises(DomainError) as refused:
        checked_fields("hero", {"heading": "x" * 161})
    assert refused.value.message == "“Heading” is longer than 160 characters."


def test_a_picture_or_page_that_is_gone_leaves_no_empty_frame() -> None:
    fields = {"heading": "H", "button": "Go", "address": "page:gone", "image": "asset:images/gone.png"}
    section = new_section("hero", fields)
    assert "<img" not in html_of(section)
    assert "Go" not in html_of(section)
    markup = page_markup(page_trees([section]), Rendering(), BlockDialect())
    assert "wp:image" not in markup
    assert "wp:button" not in markup


def test_a_section_of_a_later_release_is_passed_over() -> None:
    assert page_trees([{"kind": "hologram", "fields": {}}, {"kind": "hero", "fields": {"heading": ""}}]) == []


def test_templates_name_blocks_that_there_are() -> None:
    named = {key for pages in (MARKETING, LANDING, PURPOSES) for keys in pages.values() for key in keys}
    assert named <= set(BLOCKS)


def test_no_level_of_headings_is_left_out() -> None:
    for section in [*full_sections(), *bare_sections()]:
        if section["kind"] == "hero":
            continue
        for written in (html_of(section), page_markup(page_trees([section]), Rendering(), OLD)):
            levels = [1, *(int(level) for level in re.findall(r"<h([1-6])", written))]
            assert all(after <= before + 1 for before, after in pairwise(levels)), (section["kind"], levels)
