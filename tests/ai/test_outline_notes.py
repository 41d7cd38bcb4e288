"""Notes of an outline are known again for as long as they stand in a text."""

import re

import pytest

from app.ai.builtin import draft, outline_notes
from app.ai.builtin.outline_frames import FRAMES
from app.ai.builtin.outline_notes import notes_left_in, notes_of, placeholders_in
from app.ai.tasks.draft import DraftRequest
from app.core.html_scan import scan


def outline(structure: str = "Guide") -> str:
    request = DraftRequest(
        title="French press ratio",
        content_structure=structure,
        primary_keyword="french press ratio",
        keywords=["french press ratio", "french press grind", "how to use a french press", "a & b <c>"],
        description="What a newcomer needs.",
        tone="friendly",
        country="US",
    )
    return draft.draft(request).content_html


def written_out(html: str) -> str:
    """Every paragraph, list item and empty cell replaced; headings and names of rows stay."""
    html = re.sub(r"<(p|li)>.*?</\1>", r"<\1>Water and coffee.</\1>", html, flags=re.DOTALL)
    return html.replace("<td></td>", "<td>Yes</td>")


@pytest.mark.parametrize("structure", FRAMES)
def test_each_line_of_an_outline_is_a_note_until_it_is_replaced(structure: str) -> None:
    html = outline(structure)
    notes = notes_of(html)
    assert len(notes_left_in(scan(html), notes)) > 7
    assert notes_left_in(scan(written_out(html)), notes) == []
    for line in ("Answer first, then the reason.", "What a newcomer needs."):
        assert notes_left_in(scan(written_out(html) + f"<p>{line}</p>"), notes) == [line]


@pytest.mark.parametrize("structure", FRAMES)
def test_an_outline_without_its_notes_is_known_by_its_sentences(structure: str) -> None:
    html = outline(structure)
    assert len(notes_left_in(scan(html), [], is_outline=True)) > 7
    assert len(notes_left_in(scan(html), [])) > 7  # copied into another text
    assert notes_left_in(scan(written_out(html)), [], is_outline=True) == []


@pytest.mark.parametrize(
    "note",
    [
        "Explain the subject in plain words and bound it.",
        "Answer the main question of “moka pots” in two or three sentences for readers in a hurry.",
        "Say what a reader who searched for “x” came to find out.",
    ],
)
def test_notes_of_outlines_made_before_are_still_known(note: str) -> None:
    assert notes_left_in(scan(f"<p>{note}</p>"), []) == [note]
    assert notes_left_in(scan("<ul><li>A definition without jargon</li></ul>"), [], is_outline=True)


def test_a_note_with_other_quotes_case_or_markup_is_the_same_note() -> None:
    told = "Say&nbsp;what a reader who searched for &#8220;x&#8221; came to find out. Done soon."
    for line in ('say what a <b>reader</b> who searched for "x y" came to find out', told):
        assert notes_left_in(scan(f"<p>{line}</p>"), [])
    for marks in ("''", "«»", "‹›", "„“", "‚‘", "「」"):
        line = f"Say what a reader who searched for {marks[0]}x{marks[1]} came to find out."
        assert notes_left_in(scan(f"<p>{line}</p>"), []) == [line]


def test_a_note_over_two_lines_does_not_take_the_words_before_it_along() -> None:
    text = "<p>Real words first.</p><p>Say what a reader<br>who searched for “x” came to find out.</p><p>And after.</p>"
    assert notes_left_in(scan(text), []) == ["Say what a reader who searched for “x” came to find out."]


@pytest.mark.parametrize(
    "line",
    [
        "<p>Answer first,\u200b then the rea\u00adson.</p>",
        "<p>\ufeffAnswer&nbsp;first, then&zwnj; the&shy; reason.</p>",
        "<p>Answer\u2003first, then the \u202areason\u202c.</p>",
        "<p>Ａnswer first, then the reason</p>",
        "<p>Answer first,<br>then the<br/>reason.</p>",
        "<p>Answer first,</p><p>then the reason.</p>",
        '<p>x</p><img src="/a.png" alt="Answer first, then the reason.">',
        '<p>x</p><figure><img src="/a.png" title="Answer first, then the rea&#8203;son."></figure>',
    ],
)
def test_a_note_is_the_same_with_signs_nobody_sees_over_lines_and_in_the_place_of_a_picture(line: str) -> None:
    html = outline()
    assert len(notes_left_in(scan(written_out(html) + line), notes_of(html))) == 1
    assert notes_left_in(scan(written_out(html) + line), [], is_outline=True)


def test_a_finished_text_is_no_outline() -> None:
    text = "<h2>Step by step</h2><p>Answer the door first. What to prepare? Price: 3.</p><ul><li>Price</li></ul>"
    assert notes_left_in(scan(text), []) == []


def test_placeholders_are_found_and_shortcodes_are_not() -> None:
    text = "<p>[Insert name here] Lorem ipsum dolor. TODO: x {{price}} [your city]</p>"
    assert placeholders_in(scan(text)) == ["[Insert name here]", "Lorem ipsum", "TODO", "{{price}}", "[your city]"]
    assert placeholders_in(scan("<p>[gallery ids=1] todo hoy [caption]x[/caption] [1]</p>")) == []


def test_every_sentence_of_an_outline_is_known_in_a_line_and_broken_over_lines() -> None:
    for sentence in outline_notes.SENTENCES:
        words = sentence.replace("{k}", "tea").split()
        whole, halves = " ".join(words), (" ".join(words[:2]), " ".join(words[2:]))
        assert notes_left_in(scan(f"<p>Water.</p><p>{whole}</p><p>Coffee.</p>"), []), sentence
        assert notes_left_in(scan(f"<p>Water.</p><p>{halves[0]}</p><p>{halves[1]}</p><p>Coffee.</p>"), []), sentence
        assert notes_left_in(scan(f"<p><img alt='{whole.replace(chr(39), '')}' src='/a.png'></p>"), []), sentence
