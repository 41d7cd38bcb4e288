"""Sentences worded anew: what keeps the facts is cut into changes, what does not is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ai.operations import AnswerRejected
from app.optimizer.rewrite.changes import text_with_changes, without_overlaps
from app.optimizer.rewrite.improve import (
    AskedPassage,
    ImproveAnswer,
    ImproveRequest,
    PassageAnswer,
    read_improvement,
    without_paragraph,
)
from app.optimizer.rewrite.kept_facts import KnownText, figures, possible_names, problem_with
from app.optimizer.rewrite.passages import bare_text, open_passages, sentences_of
from app.optimizer.rewrite.sentence_changes import worded_anew

TEXT = (
    "The pot was designed by <strong>Alfonso Bialetti</strong> in 1933. It is not an espresso machine, as “real crema "
    'needs pressure”. It costs $1,299.00 or 40 % less in May. See <a href="/beans">our beans</a> before you buy two kg.'
)
KNOWN = KnownText.of([bare_text(TEXT), "Grind coarse, says Anna"], "en")
SENTENCES = [TEXT[start:end] for start, end in sentences_of(TEXT, "en")]


def test_sentences_end_where_no_tag_is_open() -> None:
    assert [bare_text(one)[:8] for one in SENTENCES] == ["The pot ", "It is no", "It costs", "See our "]
    html = "<b>One here. Two here.</b> Three &amp; four.<br>Five.</p>"[:-4]
    assert [html[start:end] for start, end in sentences_of(html, "en")] == [
        "<b>One here. Two here.</b>",
        "Three &amp; four.",
        "<br>Five.",
    ]


@pytest.mark.parametrize(
    ("number", "after"),
    [
        (0, "In 1933, <strong>Alfonso Bialetti</strong> designed the pot."),
        (1, "However, it is not an espresso machine, as “real crema needs pressure”."),
        (2, "In May it costs 40 % less, or $1299.00."),
        (3, 'Before you buy two kg, see <a href="/beans">our beans</a>.'),
    ],
)
def test_what_says_the_same_is_taken(number: int, after: str) -> None:
    assert problem_with(SENTENCES[number], after, KNOWN) == ""


@pytest.mark.parametrize(
    ("number", "after"),
    [
        (0, "In 1934, <strong>Alfonso Bialetti</strong> designed the pot."),
        (0, "<strong>Alfonso Bialetti</strong> designed the pot."),
        (0, "In 1933, Alfonso Bialetti designed the pot."),
        (0, "In 1933, <strong>Alfonso Bialetti</strong> of Turin designed the pot."),
        (0, "Microsoft had the pot designed by <strong>Alfonso Bialetti</strong> in 1933."),
        (0, '<img src="x"> In 1933, <strong>Alfonso Bialetti</strong> designed the pot.'),
        (0, "In 1933, <strong>Alfonso Bialetti</strong> designed the pot. <script>x</script>"),
        (0, "In 1933, <strong>Alfonso Bialetti</strong> designed the pot [gallery]."),
        (0, "In 1933, <strong>Alfonso Bialetti designed</strong></strong> the pot."),
        (1, "It is an espresso machine, as “real crema needs pressure”."),
        (1, "It is not an espresso machine, as “crema needs pressure”."),
        (1, "It is not an espresso machine, as crema needs pressure, https://evil.example says so."),
        (2, "It costs €1,299.00 or 40 % less in May."),
        (2, "It costs $1,299.00 or 40 kg less in May."),
        (2, "It costs $1,299.00 or 40 % less."),
        (3, 'See <a href="/beans?x">our beans</a> before you buy two kg.'),
        (3, 'See <a href="/beans">our best beans</a> before you buy two kg.'),
        (3, 'See <a href="/beans">our beans</a> before you buy three kg.'),
        (3, '<a href="/beans">our beans</a>'),
        (3, 'Everybody knows that <a href="/beans">our beans</a> smell of chocolate, two kg even more.'),
    ],
)
def test_what_says_something_else_is_refused(number: int, after: str) -> None:
    assert problem_with(SENTENCES[number], after, KNOWN)


def test_figures_and_names_are_read_with_what_belongs_to_them() -> None:
    assert figures("$1,299.50, 3.5 kg, 20–30 °C and 50%") == figures("50 % and 20–30°C, 3.5kg, $1299.50")
    assert figures("5 miles") != figures("5 km")
    assert possible_names("The iPhone 15 by Apple. Anna writes. I’m here.", KNOWN) == {"iphone", "apple"}
    german = KnownText.of([], "de")
    assert possible_names("Der Kaffee von NASA schmeckt.", german) == {"nasa"}


def test_each_sentence_is_a_change_and_facts_that_moved_are_one() -> None:
    (passage,) = open_passages(f"<p>{TEXT}</p>")
    assert passage.html == TEXT
    after = TEXT.replace(SENTENCES[0], "In 1933, <strong>Alfonso Bialetti</strong> designed the pot.")
    anew = worded_anew(passage, after, KNOWN)
    assert [one.before for one in anew.changes] == [SENTENCES[0]]
    merged = worded_anew(passage, TEXT.replace("in 1933. It is", "in 1933, and it is"), KNOWN)
    assert [one.before for one in merged.changes] == [TEXT[: sentences_of(TEXT, "en")[1][1]]]
    half = after.replace("$1,299.00", "$999.00")
    anew = worded_anew(passage, half, KNOWN)
    assert ([one.before for one in anew.changes], len(anew.problems)) == ([SENTENCES[0]], 1)
    assert worded_anew(passage, TEXT, KNOWN).changes == []


@given(st.lists(st.sampled_from([*SENTENCES, "Grind coarse, Anna.", "<b>", "</b>", "1934", "  ", "<p>", "<!-- x -->"])))
@settings(max_examples=150, deadline=None)
def test_whatever_a_model_says_all_tags_figures_and_the_rest_of_the_text_stay(parts: list[str]) -> None:
    html = f"<h2>Pots</h2>\r\n<p>{TEXT}</p><pre>x  y</pre>"
    (passage,) = open_passages(html)
    changes = without_overlaps(worded_anew(passage, " ".join(parts), KNOWN).changes)
    for count in range(len(changes) + 1):
        after = text_with_changes(html, changes[:count])
        assert after.startswith("<h2>Pots</h2>\r\n<p>")
        assert after.endswith("</p><pre>x  y</pre>")
        assert sorted(map(str, figures(bare_text(after)))) == sorted(map(str, figures(bare_text(html))))
        assert after.count('<a href="/beans">our beans</a>') == 1


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Only a heading here now</h2>",
        "<p>[contact-form of four words or more]</p>",
        "<p>Four words and an <img src='a.png'> image.</p>",
        "<pre>four words of code here</pre>",
        "<figure><figcaption>A caption of four words</figcaption></figure>",
        "<p>An open <b>tag of some words</p>",
        "<!-- wp:buttons --><div><a>four words on a button</a></div><!-- /wp:buttons -->",
        "<p>Too short.</p>",
        "<script>four words of code here</script>",
    ],
)
def test_what_is_no_plain_text_is_not_given_to_a_model(html: str) -> None:
    assert open_passages(html) == []


def request_for(*passages: str, **more: object) -> ImproveRequest:
    asked = [AskedPassage(start=100 * number, html=html) for number, html in enumerate(passages)]
    return ImproveRequest(title="Moka pots", passages=asked, text=bare_text(" ".join(passages)), **more)  # type: ignore[arg-type]


def answer_of(*passages: str, **more: object) -> ImproveAnswer:
    rows = [PassageAnswer(number=number, html=html) for number, html in enumerate(passages, 1)]
    return ImproveAnswer(passages=rows, **more)  # type: ignore[arg-type]


def test_good_suggestions_are_taken_and_bad_ones_counted() -> None:
    request = request_for(SENTENCES[0], SENTENCES[1], fields={"seo_title": "", "seo_description": ""})
    answer = answer_of(
        "<p>In 1933, <strong>Alfonso Bialetti</strong> designed the pot.</p>",
        "It is an espresso machine.",
        seo_title="Pots by Alfonso Bialetti",
        seo_description="Loved by Michelle Obama since 2001.",
    )
    result = read_improvement(request, answer, "")
    assert [(one.field, one.start) for one in result.changes] == [("content_html", 0), ("seo_title", 0)]
    assert result.refused == 2
    assert read_improvement(request, ImproveAnswer(passages=[]), "").changes == []


def test_when_all_is_refused_the_model_hears_why() -> None:
    with pytest.raises(AnswerRejected, match="Passage 1: Figures") as told:
        read_improvement(request_for(SENTENCES[0]), answer_of(SENTENCES[0].replace("1933", "1934")), "")
    assert told.value.error is not None
    assert told.value.error.details == {"refused": 1}


def test_a_keyphrase_is_not_said_more_and_more_often() -> None:
    plain = "Coffee is made with steam that rises through the grounds in this small pot."
    stuffed = "Moka pot coffee is made with steam that rises through the grounds in this small moka pot."
    with pytest.raises(AnswerRejected, match="too often"):
        read_improvement(request_for(plain, keyphrase="moka pot"), answer_of(stuffed), "")
    assert read_improvement(request_for(plain, keyphrase=""), answer_of(stuffed), "").changes


def test_the_paragraph_that_models_put_around_is_taken_off() -> None:
    assert without_paragraph(" <p>a <b>b</b></p> ") == "a <b>b</b>"
    assert without_paragraph("<p>a</p><p>b</p>") == "<p>a</p><p>b</p>"
