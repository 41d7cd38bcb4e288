"""What a model meant by the body and the titles it gave, in all the forms in which they come."""

import re

import pytest

from app.ai.answer_html import plain_line, to_html
from app.ai.openai_provider import DraftAnswer, read_draft
from app.ai.provider import DraftRequest

LONG = "Two doors keep the queue short, and a fly keeps the rain out. " * 5


def shape(body: str, title: str = "Tents for two") -> list[str]:
    """The blocks of a draft with this body, and what they say: `heading: Pick`."""
    fields = {"excerpt": "", "seo_title": "", "seo_description": "", "focus_keywords": []}
    draft = read_draft(DraftAnswer(title=title, content_html=body, **fields), DraftRequest(title=title))
    found = re.findall(
        r"<!-- wp:(heading|paragraph|list-item|table|code|html)[^>]*-->\n(.*?)\n<!--", draft.content_html, re.S
    )
    return [f"{name}: {re.sub('<[^>]*>', '', inner)}" for name, inner in found]


PICK = ["heading: Pick a tent", "paragraph: Two doors."]


@pytest.mark.parametrize(
    "body",
    [
        "<h2>Pick a tent</h2><p>Two doors.</p>",
        "```html\n<h2>Pick a tent</h2>\n<p>Two doors.</p>\n```",
        "```\n<h2>Pick a tent</h2>\n<p>Two doors.</p>\n```\n",
        "&lt;h2&gt;Pick a tent&lt;/h2&gt;&lt;p&gt;Two doors.&lt;/p&gt;",
        "<h2>Pick a tent</h2>\\n<p>Two doors.</p>\\n",
        "<h2>Pick a tent</h2>\\r\\n\\t<p>Two doors.</p>",
        "## Pick a tent\n\nTwo doors.",
        "## Pick a tent\\n\\nTwo doors.",
        "Pick a tent\n-----------\n\nTwo doors.",
        "```markdown\n## Pick a tent\n\nTwo doors.\n```",
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Tents for two</title></head>'
        "<body><h1>Tents for two</h1><h2>Pick a tent</h2><p>Two doors.</p></body></html>",
        "<html><head><style>p{}</style></head><h2>Pick a tent</h2><p>Two doors.</p></html>",
        "<main><article><header><h1>Tents for two</h1></header><h2>Pick a tent</h2>Two doors.</article></main>",
        "# Tents for two\n\n## Pick a tent\n\nTwo doors.",
        "<h2>Pick a tent</h2>\n\nTwo doors.\n",
    ],
)
def test_one_text_in_many_forms(body: str) -> None:
    assert shape(body) == PICK


def test_a_fence_between_sentences_is_the_text_and_one_of_code_is_code() -> None:
    assert shape(f"Here is your article:\n\n```html\n<h2>Pick</h2><p>{LONG}</p>\n```\nEnjoy!")[0] == "heading: Pick"
    assert shape("Run this:\n\n```python\nprint(1)\n```\n\nThen stop.") == [
        "paragraph: Run this:",
        "code: print(1)",
        "paragraph: Then stop.",
    ]


def test_markdown_between_elements_is_read_and_signs_in_elements_stay() -> None:
    assert shape("<p>Intro</p>\n\n## Head\n\nText **bold**.") == [
        "paragraph: Intro",
        "heading: Head",
        "paragraph: Text bold.",
    ]
    assert shape("<p>2 * 3 * 4 and **stars**</p>") == ["paragraph: 2 * 3 * 4 and **stars**"]
    assert shape('<p>Use <code>print("a\\n")</code></p>') == ['paragraph: Use print("a\\n")']


def test_tables_and_lists_of_markdown() -> None:
    found = shape("- poles\n- pegs\n\n| Size | Weight |\n|---|---|\n| 2 | 1.9 kg |\n")
    assert found == ["list-item: poles", "list-item: pegs", "table: SizeWeight21.9 kg"]


def test_a_heading_that_is_all_there_is_stays() -> None:
    assert to_html("<h1>Tents for two</h1>", "Tents for two") == "<h1>Tents for two</h1>"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("Tents < 2 kg: R&D or luck?", "Tents < 2 kg: R&D or luck?"),
        ("When to use <b> and <strong> in HTML", "When to use <b> and <strong> in HTML"),
        ("<b>bold</b> or <i>italic</i>?", "<b>bold</b> or <i>italic</i>?"),
        ("R&amp;D in tents", "R&D in tents"),
        ("<h1>Tents for two</h1>", "Tents for two"),
        ("**Tents for two**", "Tents for two"),
        ("# Tents for two", "Tents for two"),
        ("C# and F#", "C# and F#"),
        ("5 > 3 &lt; 4", "5 > 3 < 4"),
        ("  two\n lines ", "two lines"),
        ("", ""),
    ],
)
def test_titles_are_text(given: str, line: str) -> None:
    assert plain_line(given) == line


def test_fields_of_a_draft_keep_their_signs() -> None:
    answer = DraftAnswer(
        title="Tents < 2 kg: R&D or luck?",
        seo_title="Tents < 2 kg & more",
        seo_description="Which tents weigh < 2 kg & last > 5 years",
        excerpt="Weight < 2 kg",
        focus_keywords=["tents < 2 kg", "r&d tents"],
        content_html="<h2>Weight &lt; 2 kg</h2><p>Less.</p>",
    )
    draft = read_draft(answer, DraftRequest(title="x"))
    assert (draft.title, draft.seo_title, draft.excerpt) == (answer.title, answer.seo_title, answer.excerpt)
    assert draft.seo_description == answer.seo_description
    assert draft.focus_keywords == answer.focus_keywords
    assert "Weight &lt; 2 kg" in draft.content_html
    without = read_draft(answer.model_copy(update={"excerpt": ""}), DraftRequest(title="x"))
    assert without.excerpt == "Weight < 2 kg Less."
