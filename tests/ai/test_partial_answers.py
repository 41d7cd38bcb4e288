"""The words of an answer that is still coming."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ai.partial_answers import words_so_far

ANSWER = json.dumps({"title": "Tents", "content_html": "<h2>Why</h2><p>Because &amp; so.</p><script>x()</script>"})


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (ANSWER, "Why\nBecause & so."),
        (ANSWER[:44], "Why"),
        (ANSWER[:42], "Wh"),
        (f"```json\n{ANSWER}", "Why\nBecause & so."),
        (f"<think>{{a}}</think>\n{ANSWER}", "Why\nBecause & so."),
        ("<think>not yet", ""),
        ('{"title": "Tents"', ""),
        ("<p>No JSON</p><p>at a", "No JSON\nat a"),
        ('{"content_html": "a <b', "a"),
        ('{"content_html": "1 < 2 and 3', "1 < 2 and 3"),
    ],
)
def test_the_words_so_far_are_plain_text(raw: str, words: str) -> None:
    assert words_so_far(raw) == words


@given(st.text(), st.integers(0, 200))
def test_whatever_comes_is_text_and_only_grows_shorter_than_it(content: str, cut: int) -> None:
    raw = json.dumps({"content_html": content})
    assert isinstance(words_so_far(raw[:cut]), str)
    assert len(words_so_far(raw)) <= len(content) + content.count("<")
