"""Reading a document: passages, sentences, and where each letter stands in the HTML."""

from hypothesis import given
from hypothesis import strategies as st

from app.optimizer.analysis.text import read_document

PIECES = (
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "One two. Three?",
    "&amp;",
    "&#8217;",
    "<br>",
    "\n",
    "<ul><li>",
    "</ul>",
    "é𝄞",
    "<!-- x -->",
)


def test_sentences_are_found_again_in_the_source() -> None:
    html = "<p>First <a href='/x'>one</a>. Mr. Smith &amp; Co. came\n home! Why?</p>"
    passage = read_document(html, "en").passages[0]
    marks = [passage.mark_of(sentence) for sentence in passage.sentences]
    assert [html[mark.start : mark.end] for mark in marks] == [
        "First <a href='/x'>one</a>.",
        "Mr. Smith &amp; Co. came\n home!",
        "Why?",
    ]


def test_code_and_scripts_are_no_text() -> None:
    text = read_document("<p>Say <code>rm -rf</code> it</p><script>var x = 'a b c'</script><pre>a b</pre>", "en")
    assert [passage.text for passage in text.passages] == ["Say it"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_every_letter_has_its_place_in_any_markup(html: str) -> None:
    for passage in read_document(html, "en").passages:
        assert len(passage.text) == len(passage.starts) == len(passage.ends)
        assert passage.starts == sorted(passage.starts)
        for letter, start, end in zip(passage.text, passage.starts, passage.ends, strict=True):
            assert letter == html[start:end] or html[start] in "&<" or letter == " "
