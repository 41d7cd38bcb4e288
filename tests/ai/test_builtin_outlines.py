"""Outlines without a key read as of one piece with what people search for, in many niches and languages."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from app.ai.builtin.draft import draft
from app.ai.builtin.keyword_facets import as_heading, asks, facet_of
from app.ai.builtin.keyword_topics import related
from app.ai.builtin.languages import language_of
from app.ai.builtin.outline_frames import HEADINGS, all_notes
from app.ai.builtin.outlines import outline
from app.ai.plans import USUAL_WORDS, OutlineRequest, OutlineResult
from app.ai.tasks.draft import DraftRequest


class Case(NamedTuple):
    """A task as an editor would have it: the keywords are those of its cluster."""

    title: str
    structure: str
    language: str
    keywords: tuple[str, ...]

    @property
    def primary(self) -> str:
        return self.keywords[0]


def cases() -> list[Case]:
    lines = Path(__file__).with_name("outline_cases.txt").read_text().splitlines()
    rows = [line.split(" | ") for line in lines if line.strip() and not line.startswith("#")]
    return [Case(title, structure, language, tuple(words.split("; "))) for title, structure, language, words in rows]


def plan(case: Case) -> OutlineResult:
    return outline(
        OutlineRequest(
            title=case.title,
            content_structure=case.structure,
            primary_keyword=case.primary,
            keywords=related(case.keywords, case.primary, case.title),
            length_words=USUAL_WORDS[case.structure],
            language=case.language,
        )
    )


def headings(title: str) -> list[str]:
    return [section.heading for section in plan(next(case for case in cases() if case.title == title)).sections]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("medias de compresión opiniones mujer", "es"),
        ("cafetera de filtro", "es"),
        ("silla de oficina", "es"),
        ("chaise de bureau pas cher", "fr"),
        ("cafetière de bureau", "fr"),
        ("beste koffie machine kopen", "nl"),
        ("het zetten van koffie", "nl"),
        ("macchina da caffè", "it"),
        ("máquina de café não barata", "pt"),
    ],
)
def test_words_that_languages_share_tell_for_none_of_them(text: str, language: str) -> None:
    assert language_of([text]) == language


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.title)
def test_an_outline_is_of_one_piece_with_its_cluster(case: Case) -> None:
    made = plan(case)
    names = [section.heading for section in made.sections]
    assert language_of([case.title, *case.keywords]) == case.language
    assert len({name.casefold() for name in [*names, *made.questions]}) == len(names) + len(made.questions)
    assert 3 <= len(names) <= 13
    assert [name for name in names if name != name.strip() or not name or "{" in name] == []
    english = {texts["en"] for texts in HEADINGS.values()} - {texts.get(case.language) for texts in HEADINGS.values()}
    assert case.language == "en" or not english & set(names)
    notes = [section.notes for section in made.sections if section.notes]
    assert len(set(notes)) == len(notes)  # nothing is said twice
    searched = [keyword.casefold() for section in made.sections for keyword in section.keywords]
    assert {*searched} <= {keyword.casefold() for keyword in case.keywords}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.title)
def test_a_draft_from_it_is_an_outline_that_holds_all_of_it(case: Case) -> None:
    request = DraftRequest(
        title=case.title,
        content_structure=case.structure,
        primary_keyword=case.primary,
        keywords=list(case.keywords),
        language=case.language,
        length_words=USUAL_WORDS[case.structure],
    )
    made = draft(request)
    assert made.is_outline
    assert "means in practice" not in made.content_html
    in_draft = re.findall(r"<h2[^>]*>(.*?)</h2>", made.content_html)
    assert in_draft[: len(plan(case).sections)] == [
        section.heading.replace("&", "&amp;") for section in plan(case).sections
    ]
    assert len(made.seo_title) <= 60
    assert len(made.seo_description) <= 155


def test_what_belongs_to_another_piece_of_the_cluster_stays_out() -> None:
    names = " ".join(headings("Coffee for a crowd"))
    assert "Coffee for 50 people" in names
    assert "canister" not in names
    assert "cupping" not in names


def test_what_the_subject_begins_is_headed_by_the_rest() -> None:
    assert {"Sizes", "Induction", "Coffee ratio", "How to use a moka pot"} <= set(
        headings("Moka pots: a practical guide")
    )
    assert "For men" in headings("Best running shoes for flat feet")


def test_a_comparison_has_a_section_for_each_side_and_one_for_what_both_have() -> None:
    names = headings("Tesla Model 3 vs BMW i4: which to buy")
    assert names[:5] == ["The short answer", "Side by side", "Tesla Model 3", "BMW i4", "Range"]


def test_a_list_of_mistakes_ranks_nothing() -> None:
    names = headings("Sourdough starter: mistakes to avoid")
    assert names[0] == "The list at a glance"
    assert "Our shortlist" not in names


def test_sections_of_a_brief_are_written_as_they_stand() -> None:
    request = DraftRequest.model_validate(
        {
            "title": "Moka pots",
            "primary_keyword": "moka pot",
            "outline": [
                {"heading": "Mine <b>", "notes": "One thought.\n- a point\n- another", "keywords": ["moka pot"]}
            ],
            "questions": ["Is it espresso?"],
            "links": [{"title": "Beans & more", "url": "https://example.com/?a=1&b=2"}],
        }
    )
    html = draft(request).content_html
    assert "Mine &lt;b&gt;" in html
    assert "<li>a point</li>" in html
    assert 'href="https://example.com/?a=1&amp;b=2">Beans &amp; more<' in html
    assert html.count("<h2") == 3  # the section, the questions and the close


@pytest.mark.parametrize(
    ("keyword", "language", "heading"),
    [
        ("how to clean a moka pot", "en", "How to clean a moka pot"),
        ("is seo dead", "en", "Is SEO dead?"),
        ("cuándo plantar tomates", "es", "¿Cuándo plantar tomates?"),
        ("cómo regar tomates", "es", "Cómo regar tomates"),
        ("comment nettoyer un matelas", "fr", "Comment nettoyer un matelas\u00a0?"),
        ("هل القهوة مفيدة", "ar", "هل القهوة مفيدة؟"),
        ("什么是自动帐篷", "zh", "什么是自动帐篷？"),
        ("coffee ratio", "en", "Coffee ratio"),
    ],
)
def test_keywords_become_headings_with_the_marks_of_their_language(keyword: str, language: str, heading: str) -> None:
    assert as_heading(keyword, language) == heading


def test_what_a_keyword_wants_is_told_in_several_languages() -> None:
    wants = {
        "moka pot vs aeropress": "versus",
        "prix matelas": "cost",
        "был ремонт": "topic",
        "wie reinigt man x": "how",
    }
    assert {keyword: facet_of(keyword) for keyword in wants} == wants
    assert asks("is it good")
    assert not asks("is it")


def test_no_shared_note_takes_in_a_keyword() -> None:
    assert [note for note in all_notes() if "{k}" in note] == []
    assert all(set(texts) == set(HEADINGS["answer"]) for texts in HEADINGS.values())


def sections_of(structure: str, title: str, *keywords: str) -> list[str]:
    case = Case(title, structure, language_of([title, *keywords]), keywords)
    return [section.heading for section in plan(case).sections]


def test_what_is_to_be_chosen_beside_the_subject_is_headed_by_its_own_words() -> None:
    names = sections_of("Guide", "Electric cars in winter", "electric cars in winter", "best winter tires for ev")
    assert "How to choose" not in names
    assert "Best winter tires for ev" in names
    assert "How to choose" in sections_of(
        "Guide", "Moka pots", "moka pot", "best moka pot for induction", "moka pot sizes"
    )


def test_a_side_of_a_comparison_is_not_cut_in_two() -> None:
    keywords = ("lactose free milk", "lactose free milk vs almond milk", "lactose free milk brands")
    assert "Lactose free milk vs almond milk" in sections_of("Guide", "Lactose free milk", *keywords)


def test_an_article_leads_nobody_to_a_place() -> None:
    keywords = ("yoga for beginners", "yoga poses for beginners", "hot yoga near me")
    assert "Hot yoga near me" not in sections_of("Guide", "Yoga for beginners", *keywords)
    assert "Hot yoga near me" in sections_of("Service Page", "Yoga for beginners", *keywords)
