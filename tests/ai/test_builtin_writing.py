"""Ideas and outline drafts without a key, and the block markup they are made of."""

import re
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ai.builtin import draft as builtin_draft
from app.ai.builtin import ideas as builtin_ideas
from app.ai.builtin.names import search_description
from app.ai.builtin.outline_frames import FRAMES, HEADINGS
from app.ai.markup import block_html
from app.ai.tasks.draft import DraftRequest
from app.ai.tasks.ideas import IdeasRequest
from app.ai.values import ContentStructure, KeywordInput
from app.ai.wording import sentence_case, shorten, title_key
from app.core.letter_widths import TEXT_SIZE, pixels_of

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
    ideas = builtin_ideas.ideas(ideas_request()).ideas
    structure = {idea.primary_keyword: idea.content_structure for idea in reversed(ideas)}
    assert len({title_key(idea.title) for idea in ideas}) == 10
    assert structure["how to use a french press"] == "Tutorial"
    assert structure["french press vs pour over"] == "Comparison"
    assert structure["best french press"] == "Listicle"
    assert structure["french press review"] == "Review"
    assert structure["buy french press"] == "Landing Page"


def test_titles_of_ideas_are_in_the_language_of_their_keywords() -> None:
    texts = ("medias de compresión opiniones mujer", "comprar medias de compresión", "cómo lavar medias de compresión")
    keywords = [KeywordInput(text=text) for text in texts]
    made = builtin_ideas.ideas(IdeasRequest(cluster_name="medias de compresión", keywords=keywords, count=8)).ideas
    assert len(made) == 8
    assert {idea.title.partition(": ")[2] for idea in made} <= {heading["es"] for heading in HEADINGS.values()}


@pytest.mark.parametrize("title", ["Moka pots", "Cafeteras de filtro para casa", "French press: how to get it right"])
def test_a_search_description_fills_its_place(title: str) -> None:
    keywords = ["aeropress", f"{title} aeropress", "limpiar el filtro de la cafetera", "filtros de papel"]
    made = builtin_draft.draft(DraftRequest(title=title, primary_keyword=title, keywords=keywords))
    assert 121 <= len(made.seo_description) <= 155, made.seo_description
    assert 121 <= len(search_description("A short one.", "Then a sentence.", "And words " * 30)) <= 155
    assert search_description("A short one.", "", "More.") == "A short one. More."


@given(st.text(st.sampled_from("iWm ., Éж漢"), max_size=400))
@settings(max_examples=80, deadline=None)
def test_a_search_description_stands_in_one_line(text: str) -> None:
    made = search_description(text)
    assert pixels_of(made, TEXT_SIZE) <= 960
    assert len(made) <= 155
    assert made == " ".join(text.split()) or made.endswith("…")


def test_a_second_call_repeats_nothing() -> None:
    first = [idea.title for idea in builtin_ideas.ideas(ideas_request()).ideas]
    second = [idea.title for idea in builtin_ideas.ideas(ideas_request(existing=first)).ideas]
    assert second
    assert not {title_key(title) for title in first} & {title_key(title) for title in second}


def test_ideas_run_out_instead_of_repeating() -> None:
    titles: list[str] = []
    for _ in range(12):
        titles += [idea.title for idea in builtin_ideas.ideas(ideas_request(30, titles)).ideas]
    assert len({title_key(title) for title in titles}) == len(titles)
    assert builtin_ideas.ideas(ideas_request(30, titles)).ideas == []


SHOES = ["best running shoes", "which running shoes are best", "top running shoes 2026", "running shoes for flat feet"]


def shoe_titles(existing: list[str]) -> list[str]:
    words = [KeywordInput(text=text, volume=100 - at) for at, text in enumerate(SHOES)]
    request = IdeasRequest(cluster_name="Shoes & more", keywords=words, existing_titles=existing, count=20)
    return [idea.title for idea in builtin_ideas.ideas(request).ideas]


def test_one_search_in_other_words_gets_no_second_shortlist() -> None:
    first = shoe_titles([])
    shortlists = [title for title in [*first, *shoe_titles(first)] if "our shortlist" in title]
    assert shortlists == ["Best running shoes: our shortlist and how we chose"]


def test_what_a_cluster_as_a_whole_is_searched_as_is_one_of_its_keywords() -> None:
    words = [KeywordInput(text=text, volume=at) for at, text in enumerate(SHOES)]
    made = builtin_ideas.ideas(IdeasRequest(cluster_name="Shoes & more", keywords=words, count=20)).ideas
    assert {idea.primary_keyword for idea in made} <= set(SHOES)


def test_a_cluster_without_keywords_has_ideas_too() -> None:
    assert builtin_ideas.ideas(IdeasRequest(cluster_name="Moka")).ideas


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
    draft = builtin_draft.draft(request)
    assert draft.is_outline
    assert len(draft.seo_title) <= 60
    assert len(draft.seo_description) <= 155
    assert draft.focus_keywords[0] == "french press ratio"
    opened = re.findall(r"<!-- wp:([a-z-]+)", draft.content_html)
    closed = re.findall(r"<!-- /wp:([a-z-]+) -->", draft.content_html)
    assert sorted(opened) == sorted(closed)
    assert {"heading", "paragraph"} <= set(opened)
    assert draft.content_html.count("<h2") >= 4
    assert "<h1" not in draft.content_html
    assert "{k}" not in draft.content_html
    assert block_html.clean_block_html(draft.content_html) == draft.content_html


def test_every_structure_has_an_outline() -> None:
    assert set(FRAMES) == set(get_args(ContentStructure))


def test_markup_in_titles_and_keywords_is_text() -> None:
    bad = '<script>alert(1)</script> & "x"'
    draft = builtin_draft.draft(
        DraftRequest(title=bad, description=bad, primary_keyword=bad, keywords=[bad, "a" + bad])
    )
    assert "<script" not in draft.content_html
    assert "&lt;script&gt;" in draft.content_html


@given(st.text(min_size=1, max_size=300), st.lists(st.text(max_size=60), max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_title_makes_a_draft_within_limits(title: str, keywords: list[str]) -> None:
    draft = builtin_draft.draft(
        DraftRequest(title=title, primary_keyword=keywords[0] if keywords else "", keywords=keywords)
    )
    assert len(draft.seo_title) <= 60
    assert len(draft.seo_description) <= 155


def test_cleaning_keeps_block_comments_alone() -> None:
    html = '<!-- wp:paragraph --><p style="x">a</p><!-- /wp:paragraph --><!-- [if IE] --><a href="javascript:x">b</a>'
    assert block_html.clean_block_html(html) == "<!-- wp:paragraph --><p>a</p><!-- /wp:paragraph --><a>b</a>"


def test_words_are_cut_and_cased() -> None:
    assert shorten("one two three", 8) == "one two…"
    assert shorten("short", 8) == "short"
    assert sentence_case("how to use seo on wordpress") == "How to use SEO on WordPress"
    assert sentence_case("iPhone cases") == "iPhone cases"
    assert sentence_case("iron pans") == "Iron pans"


def titles(cluster: str, *keywords: str) -> list[str]:
    asked = [KeywordInput(text=keyword, volume=100 - place) for place, keyword in enumerate(keywords)]
    return [
        idea.title for idea in builtin_ideas.ideas(IdeasRequest(cluster_name=cluster, keywords=asked, count=30)).ideas
    ]


def test_a_question_is_headed_by_its_answer_and_never_by_a_shortlist_or_an_offer() -> None:
    made = titles(
        "What is compound interest",
        "what is compound interest",
        "how much does a car cost",
        "when is the best time to fly",
        "is it worth it",
    )
    assert made[0] == "What is compound interest? A clear answer"
    assert {"How much does a car cost? A clear answer", "When is the best time to fly? A clear answer"} <= set(made)
    assert not [title for title in made if title.startswith(("How much", "When is", "Is it")) and "?" not in title]
    german = titles("Laufschuhe", "wie viel kosten laufschuhe", "laufschuhe preise")
    assert next(title for title in german if title.startswith("Wie viel")).endswith(": Die kurze Antwort")


def test_no_headline_says_what_its_keyword_says_already_or_sells_what_nobody_orders() -> None:
    made = titles(
        "Visa for Thailand", "thailand visa cost", "thailand visa for beginners", "do i need a visa for thailand"
    )
    assert not [title for title in made if title.count("for beginners") > 1 or "order" in title]
    assert "Do I need a visa for Thailand? A clear answer" in made
