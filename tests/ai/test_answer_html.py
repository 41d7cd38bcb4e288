"""What a model meant by the body and the titles it gave, in all the forms in which they come."""

import re

import pytest

from app.ai.markup.answer_html import plain_line, to_html
from app.ai.tasks.draft import DraftAnswer, DraftRequest, read_draft

LONG = "Two doors keep the queue short, and a fly keeps the rain out. " * 5


def shape(body: str, title: str = "Tents for two") -> list[str]:
    """The blocks of a draft with this body, and what they say: `heading: Pick`."""
    fields = {"excerpt": "", "seo_title": "", "seo_description": "", "focus_keywords": []}
    draft = read_draft(DraftRequest(title=title), DraftAnswer(title=title, content_html=body, **fields), "")
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
        "```html\n<h2>Pick a tent</h2>\n<p>Two doors.</p>",
        "```html\n<h2>Pick a tent</h2>\n```\n\n```html\n<p>Two doors.</p>\n```",
        "<h2>Pick a tent</h2>\\nTwo doors.\\n",
        "<think>A tent?</think>\n<h2>Pick a tent</h2><p>Two doors.</p>",
        "<h2>**Pick a tent**</h2><ul></ul><p>**Two** doors.</p>",
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


def test_markdown_in_a_fence_between_sentences_keeps_its_own_fences() -> None:
    text = f"## Pick\n\n{LONG}\n\n```python\nx = 1\n```\n\nDone."
    expected = ["heading: Pick", f"paragraph: {LONG.strip()}", "code: x = 1", "paragraph: Done."]
    assert shape(f"```markdown\n{text}\n```") == expected
    assert shape(f"Here it is:\n\n```markdown\n{text}\n```\n\nEnjoy!") == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<p>Use <code><b></code> or <code><strong></code>.</p>",
            "<p>Use <code>&lt;b></code> or <code>&lt;strong></code>.</p>",
        ),
        ("<p>Use `<b>` or `x`.</p>", "<p>Use <code>&lt;b&gt;</code> or <code>x</code>.</p>"),
        ("<p>Use <code>\\n</code>.</p>", "<p>Use <code>\\n</code>.</p>"),
        (
            "<pre><code><div class='a'>\n  <p>Hi</p>\n</div></code></pre>",
            "&lt;div class='a'>\n  &lt;p>Hi&lt;/p>\n&lt;/div>",
        ),
        ("<pre><code><span>a</span> **b**</code></pre>", "<pre><code><span>a</span> **b**</code></pre>"),
        ("<p>If x<y and y>z</p>", "<p>If x&lt;y and y>z</p>"),
        ("Write to <your name> at <URL>.\n\n- x", "Write to &lt;your name> at &lt;URL>."),
        ("<p>See [all](/a/?b=1&c) and [1](no)</p>", '<p>See <a href="/a/?b=1&amp;c">all</a> and [1](no)</p>'),
        (
            "<h2>A</h2>\n\n- x\n\n```html\n<p>a</p>\n<p>b</p>\n```",
            "&lt;p&gt;a&lt;/p&gt;\n&lt;p&gt;b&lt;/p&gt;\n</code>",
        ),
    ],
)
def test_signs_that_are_meant_as_text_are_text(body: str, expected: str) -> None:
    assert expected in to_html(body)


def test_markdown_between_and_in_elements_is_read_and_sums_stay() -> None:
    assert shape("<p>Intro</p>\n\n## Head\n\nText **bold**.") == [
        "paragraph: Intro",
        "heading: Head",
        "paragraph: Text bold.",
    ]
    assert shape("<p>2 * 3 * 4, 2 ** 3 ** 4 and **stars**</p>") == ["paragraph: 2 * 3 * 4, 2 ** 3 ** 4 and stars"]
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
    draft = read_draft(DraftRequest(title="x"), answer, "")
    assert (draft.title, draft.seo_title, draft.excerpt) == (answer.title, answer.seo_title, answer.excerpt)
    assert draft.seo_description.startswith(answer.seo_description)
    assert draft.focus_keywords == answer.focus_keywords
    assert "Weight &lt; 2 kg" in draft.content_html
    without = read_draft(DraftRequest(title="x"), answer.model_copy(update={"excerpt": ""}), "")
    assert without.excerpt == "Less."
