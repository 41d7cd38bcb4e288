"""Lists in answers: one odd row does not lose the others, and rows come in more forms than one."""

import json
from typing import Any

import pytest

from app.ai.answers import Answer
from app.ai.client.json_answers import NoAnswer, read_answer
from app.ai.markup.block_html import plain_text
from app.ai.plans import OutlineRequest, PlannedSection
from app.ai.tasks.cluster_names import CLUSTER_NAMES, NamesAnswer
from app.ai.tasks.finishing import FinishingAnswer
from app.ai.tasks.ideas import IDEAS, IdeasAnswer, IdeasRequest
from app.ai.tasks.outline import OUTLINE, OutlineAnswer, read_outline
from app.ai.tasks.section import SECTION, SectionAnswer, SectionRequest, read_section
from app.ai.values import KeywordInput
from tests.factories.models import names_request

A_QUESTION = [{"question": "Why?", "answer_html": "Rain."}]


@pytest.mark.parametrize(
    ("kind", "answer", "expected"),
    [
        (FinishingAnswer, {"excerpt": "E", "images": [{"filename": "a.png"}]}, {"excerpt": "E"}),
        (FinishingAnswer, {"excerpt": "E", "images": "none"}, {"excerpt": "E"}),
        (FinishingAnswer, {"images": "a cat"}, {"images": [{"shows": "a cat"}]}),
        (FinishingAnswer, {"questions": {"Why?": "Rain."}}, {"questions": A_QUESTION}),
        (FinishingAnswer, {"questions": [{"q": "Why?", "a": "Rain."}, {"note": "n"}]}, {"questions": A_QUESTION}),
        (
            FinishingAnswer,
            {"questions": "<h3>Why?</h3><p>Rain.</p>"},
            {"questions": [{"question": "Why?", "answer_html": "<p>Rain.</p>"}]},
        ),
        (IdeasAnswer, {"ideas": [{"title": "A"}, {"note": "n"}]}, {"ideas": [{"title": "A"}]}),
        (IdeasAnswer, {"ideas": "1. A\n2. B"}, {"ideas": [{"title": "A"}, {"title": "B"}]}),
        (IdeasAnswer, {"title": "single idea"}, {"ideas": [{"title": "single idea"}]}),
        (IdeasAnswer, {"ideas": []}, {"ideas": []}),
        (
            NamesAnswer,
            {"clusters": {"1": "Moka pots", "2": "Grinders"}},
            {"clusters": [{"id": 1, "name": "Moka pots"}, {"id": 2, "name": "Grinders"}]},
        ),
        (
            OutlineAnswer,
            {"sections": [{"heading": "Sizes"}, {"x": 1}], "faq": [{"question": "How much?", "answer": "x"}]},
            {"sections": [{"heading": "Sizes"}], "questions": ["How much?"]},
        ),
        (OutlineAnswer, {"sections": {"Sizes": "Small."}}, {"sections": [{"heading": "Sizes", "notes": "Small."}]}),
    ],
)
def test_the_rows_that_can_be_read_are_kept(kind: type[Answer], answer: Any, expected: Any) -> None:
    assert read_answer(json.dumps(answer), kind).model_dump(exclude_defaults=True) == expected


@pytest.mark.parametrize("answer", [{"ideas": [{"note": "n"}]}, {"error": {"message": "x"}}, {"ideas": 3}])
def test_a_list_without_any_row_is_no_answer(answer: Any) -> None:
    with pytest.raises(NoAnswer):
        read_answer(json.dumps(answer), IdeasAnswer)


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        ([3, 1, 99], ["The moka pot", "Kettle care", "The cold brew"]),
        ([2, 0, 1], ["The moka pot", "The kettle care", "The cold brew"]),
        ([100, "x", 99], ["The cold brew", "The moka pot", "The kettle care"]),
        ([3.0, "1 of 3", "Cluster 2 (1 keyword)"], ["The moka pot", "The kettle care", "The cold brew"]),
    ],
)
def test_a_cluster_has_the_name_that_is_its_own(ids: list[Any], names: list[str]) -> None:
    given = ["The cold brew", "The moka pot", "The kettle care"]
    rows = [{"id": number, "name": name} for number, name in zip(ids, given, strict=True)]
    keywords = [name.removeprefix("The ").lower() for name in names]
    answer = read_answer(json.dumps({"clusters": rows}), NamesAnswer)
    result = CLUSTER_NAMES.check(names_request(*([keyword] for keyword in keywords)), answer, "")
    assert [name.name for name in result.names] == names


def test_the_first_of_several_keywords_is_the_primary_one() -> None:
    request = IdeasRequest(cluster_name="Moka", keywords=[KeywordInput(text="a", volume=9), KeywordInput(text="b")])
    answer = read_answer('{"ideas": [{"title": "T", "keywords": ["b", "a"]}]}', IdeasAnswer)
    assert IDEAS.check(request, answer, "").ideas[0].primary_keyword == "b"


def test_headings_within_headings_end_somewhere() -> None:
    nested: Any = {"text": "x"}
    for _ in range(900):
        nested = {"heading": nested}
    assert "x" not in read_answer(json.dumps({"content_html": nested}), SectionAnswer).content_html


PROSE = "A moka pot for one makes a small cup, and it is too small for two people who like their coffee long and mild."


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("<content_html><p>Small.</p></content_html>", ["<p>Small.</p>"]),
        ('"content_html": "<p>Small.</p>"', ["<p>Small.</p>"]),
        ("content_html: |\n  <p>Small.</p>\n", ["<p>Small.</p>"]),
        ("title: Moka\ncontent_html: <p>Small.</p>", ["<p>Small.</p>"]),
        (f"{PROSE}\n\n{PROSE}", [f"<p>{PROSE}</p>"]),
        ({"content_html": "**Sizes**\n\nSmall."}, ["<p>Small.</p>"]),
        ({"content_html": '<ol start="3"><li>third</li></ol>'}, ['{"ordered":true,"start":3}', '<ol start="3" class=']),
    ],
)
def test_a_section_is_read_without_the_names_of_its_fields(answer: Any, expected: list[str]) -> None:
    request = SectionRequest(title="Moka", section=PlannedSection(heading="Sizes"), headings=["Sizes"])
    text = answer if isinstance(answer, str) else json.dumps(answer)
    html = read_section(request, read_answer(text, SectionAnswer), text).content_html
    for piece in expected:
        assert piece in html
    assert "content_html" not in html
    assert html.count("Sizes") == 1


@pytest.mark.parametrize("answer", [f"I'm sorry, I can't write this.\n\n{PROSE * 2}", PROSE, f"{PROSE}\n\n{PROSE} Or?"])
def test_what_declines_or_asks_is_no_section(answer: str) -> None:
    with pytest.raises(NoAnswer):
        read_answer(answer, SectionAnswer)


def test_lists_are_read_from_lines() -> None:
    ideas = read_answer("Here are ideas:\n1. **Moka pots**: for two\n2. Grinders", IdeasAnswer).ideas
    assert [(idea.title, idea.description) for idea in ideas] == [("Moka pots", "for two"), ("Grinders", "")]
    text = "## 1. Intro\nWhy.\n\n## H2: Sizes\n- small\n- large\n"
    outline = read_outline(OutlineRequest(title="Moka"), read_answer(text, OutlineAnswer), text)
    assert [(section.heading, section.notes) for section in outline.sections] == [
        ("Intro", "Why."),
        ("Sizes", "- small\n- large"),
    ]


def test_cells_do_not_run_together() -> None:
    assert plain_text("<table><tr><td>a</td><td>12</td><th>C</th></tr></table>") == "a 12 C"


@pytest.mark.parametrize(
    "text",
    [
        '{"1": "Moka pots", "2": "Kettles"}',
        '{"clusters": [{"id": 1, "name": "**Moka pots**"}, {"id": 2, "name": "<b>Kettles</b>"}]}',
        "1. Moka pots\n2. Kettles",
        "**1.** Moka pots\n**2.** Kettles",
        "Cluster 2: Kettles\nCluster 1: Moka pots",
        "| id | name |\n|---|---|\n| 1 | Moka pots |\n| 2 | Kettles |",
        "- Moka pots\n- Kettles",
    ],
)
def test_names_are_read_without_json_too(text: str) -> None:
    request = names_request(["moka pot"], ["kettle care"])
    result = CLUSTER_NAMES.check(request, read_answer(text, NamesAnswer), text)
    assert [row.name for row in result.names] == ["Moka pots", "Kettles"]


@pytest.mark.parametrize(
    "text",
    [
        '{"outline": "## Sizes\\n- a\\n\\n## Care\\n- b"}',
        '{"sections": {"Sizes": ["a"], "Care": ["b"]}}',
        "# Moka\n\n## Sizes\n\n- a\n\n## Care\n\n- b",
    ],
)
def test_an_outline_is_its_headings_with_what_stands_under_each(text: str) -> None:
    plan = OUTLINE.check(OutlineRequest(title="Moka"), read_answer(text, OutlineAnswer), text)
    assert [(section.heading, section.notes) for section in plan.sections] == [("Sizes", "- a"), ("Care", "- b")]


def test_a_section_is_without_the_title_and_its_own_heading() -> None:
    request = SectionRequest(title="Moka", section=PlannedSection(heading="Sizes"), headings=["Sizes"])
    text = '{"content_html": "<h1>Moka</h1><h2>Sizes</h2><p>Two cups.</p>"}'
    html = SECTION.check(request, read_answer(text, SectionAnswer), text).content_html
    assert html.count("Sizes") == 1
    assert "Moka" not in html


def test_ideas_may_be_a_list_with_bullets() -> None:
    assert [idea.title for idea in read_answer("- A pot\n- B pot", IdeasAnswer).ideas] == ["A pot", "B pot"]
