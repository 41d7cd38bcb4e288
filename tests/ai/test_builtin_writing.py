"""Ideas and outline drafts without a key, and the block markup they are made of."""

import re
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ai import block_html
from app.ai.builtin import BuiltinProvider
from app.ai.builtin_outlines import OUTLINES
from app.ai.provider import ContentStructure, DraftRequest, IdeasRequest, KeywordInput
from app.ai.wording import sentence_case, shorten, title_key

KEYWORDS = [
    "french press",
    "best french press",
    "how to use a french press",
    "french press vs pour over",
    "what is a french press",
    "buy french press",
    "french press review",
    "french press ratio",
]


def ideas_request(count: int = 10, existing: list[str] | None = None) -> IdeasRequest:
    return IdeasRequest(
        cluster_name="French press",
        keywords=[KeywordInput(text=text, volume=100 - n) for n, text in enumerate(KEYWORDS)],
        existing_titles=existing or [],
        count=count,
    )


def test_ideas_differ_in_title_and_follow_the_intent() -> None:
    ideas = BuiltinProvider().ideas(ideas_request()).ideas
    structure = {idea.primary_keyword: idea.content_structure for idea in reversed(ideas)}
    assert len({title_key(idea.title) for idea in ideas}) == 10
    assert structure["how to use a french press"] == "Tutorial"
    assert structure["french press vs pour over"] == "Comparison"
    assert structure["best french press"] == "Listicle"
    assert structure["french press review"] == "Review"
    assert structure["buy french press"] == "Landing Page"


def test_a_second_call_repeats_nothing() -> None:
    first = [idea.title for idea in BuiltinProvider().ideas(ideas_request()).ideas]
    second = [idea.title for idea in BuiltinProvider().ideas(ideas_request(existing=first)).ideas]
    assert second
    assert not {title_key(title) for title in first} & {title_key(title) for title in second}


def test_ideas_run_out_instead_of_repeating() -> None:
    titles: list[str] = []
    for _ in range(12):
        titles += [idea.title for idea in BuiltinProvider().ideas(ideas_request(30, titles)).ideas]
    assert len({title_key(title) for title in titles}) == len(titles)
    assert BuiltinProvider().ideas(ideas_request(30, titles)).ideas == []


def test_a_cluster_without_keywords_has_ideas_too() -> None:
    assert BuiltinProvider().ideas(IdeasRequest(cluster_name="Moka")).ideas


@pytest.mark.parametrize("structure", [*get_args(ContentStructure), "Something else"])
def test_an_outline_is_whole_blocks_with_headings_and_lists(structure: str) -> None:
    request = DraftRequest(
        title="French press ratio: mistakes to avoid",
        content_structure=structure,
        primary_keyword="french press ratio",
        keywords=KEYWORDS,
        tone="friendly",
        country="US",
        site_name="Moka & Co",
    )
    draft = BuiltinProvider().draft(request)
    assert draft.is_outline
    assert len(draft.seo_title) <= 60
    assert len(draft.seo_description) <= 155
    assert draft.focus_keywords[0] == "french press ratio"
    opened = re.findall(r"<!-- wp:([a-z-]+)", draft.content_html)
    closed = re.findall(r"<!-- /wp:([a-z-]+) -->", draft.content_html)
    assert sorted(opened) == sorted(closed)
    assert {"heading", "paragraph", "list"} <= set(opened)
    assert draft.content_html.count("<h2") >= 5
    assert "<h1" not in draft.content_html
    assert "{k}" not in draft.content_html
    assert block_html.clean(draft.content_html) == draft.content_html


def test_every_structure_has_an_outline() -> None:
    assert set(OUTLINES) == set(get_args(ContentStructure))


def test_markup_in_titles_and_keywords_is_text() -> None:
    bad = '<script>alert(1)</script> & "x"'
    draft = BuiltinProvider().draft(
        DraftRequest(title=bad, description=bad, primary_keyword=bad, keywords=[bad, "a" + bad])
    )
    assert "<script" not in draft.content_html
    assert "&lt;script&gt;" in draft.content_html


@given(st.text(min_size=1, max_size=300), st.lists(st.text(max_size=60), max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_title_makes_a_draft_within_limits(title: str, keywords: list[str]) -> None:
    draft = BuiltinProvider().draft(
        DraftRequest(title=title, primary_keyword=keywords[0] if keywords else "", keywords=keywords)
    )
    assert len(draft.seo_title) <= 60
    assert len(draft.seo_description) <= 155


def test_cleaning_keeps_block_comments_alone() -> None:
    html = '<!-- wp:paragraph --><p style="x">a</p><!-- /wp:paragraph --><!-- [if IE] --><a href="javascript:x">b</a>'
    assert block_html.clean(html) == "<!-- wp:paragraph --><p>a</p><!-- /wp:paragraph --><a>b</a>"


def test_words_are_cut_and_cased() -> None:
    assert shorten("one two three", 8) == "one two…"
    assert shorten("short", 8) == "short"
    assert sentence_case("how to use seo on wordpress") == "How to use SEO on WordPress"
    assert sentence_case("iPhone cases") == "iPhone cases"
    assert sentence_case("iron pans") == "Iron pans"
