"""What each assessment finds at its thresholds, and that nobody is paid for repeating a keyphrase."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.letter_widths import pixels_of
from app.optimizer.analysis import Document, Group, ImageText, Rating, Wanted, analyse
from app.optimizer.analysis.syllables import flesch, syllables
from app.optimizer.lists import NAMES

PHRASE = "moka pot"
SENTENCE = "The handle stays cool while water rises through the fine coffee in its basket. "


def rating(key: str, html: str = "", **fields: Any) -> Rating:
    return analyse(Document(html, language="en", **{"keyphrase": PHRASE, **fields})).of(key).rating


def words(count: int) -> str:
    return " ".join(["Word", *["word"] * (count - 1)])


@pytest.mark.parametrize(
    ("key", "html", "expected"),
    [
        ("text_length", f"<p>{words(300)}</p>", "good"),
        ("text_length", f"<p>{words(299)}</p>", "ok"),
        ("text_length", f"<p>{words(249)}</p>", "bad"),
        ("paragraph_length", f"<p>{words(150)}</p>", "good"),
        ("paragraph_length", f"<p>{words(151)}</p>", "ok"),
        ("paragraph_length", f"<p>{words(201)}</p>", "bad"),
        ("subheadings", f"<p>{words(300)}</p><h2>A</h2>", "good"),
        ("subheadings", f"<p>{words(301)}</p><h2>A</h2>", "ok"),
        ("subheadings", f"<p>{words(351)}</p><h2>A</h2>", "bad"),
        ("subheadings", f"<p>{words(301)}</p>", "bad"),
        ("sentence_length", f"<p>{words(20)}. {words(20)}. {words(20)}. {words(21)}.</p>", "good"),
        ("sentence_length", f"<p>{words(20)}. {words(20)}. {words(21)}.</p>", "bad"),
        ("same_starts", "<p>It is. It was. It will be.</p>", "bad"),
        ("same_starts", "<p>The cat is. The dog was. The cow will be.</p>", "good"),
        ("passive_voice", "<p>It was made. " + "We make it. " * 9 + "</p>", "good"),
        ("passive_voice", "<p>It was made. " + "We make it. " * 6 + "</p>", "ok"),
        ("passive_voice", "<p>It was made. " + "We make it. " * 4 + "</p>", "bad"),
        ("transition_words", "<p>" + f"{words(9)}. " * 30 + "</p>", "bad"),
        ("transition_words", "<p>" + f"{words(9)}. " * 7 + f"However, {words(9)}. " * 3 + f"{words(200)}.</p>", "ok"),
        ("single_h1", "<h1>A</h1>", "good"),
        ("single_h1", "<h1>A</h1><h1>B</h1>", "bad"),
        ("keyphrase_in_introduction", "<p>Pots for moka.</p>", "good"),
        ("keyphrase_in_introduction", "<p>A pot. Made for moka.</p>", "ok"),
        ("keyphrase_in_introduction", "<p>A pan.</p><p>A moka pot.</p>", "bad"),
        ("keyphrase_in_headings", "<h2>Moka pots</h2><h2>Tea</h2><h3>Milk</h3>", "good"),
        ("keyphrase_in_headings", "<h2>Moka pots</h2><h2>A moka pot</h2>", "bad"),
        ("keyphrase_in_headings", "<h2>Tea</h2><h2>Milk</h2>", "bad"),
        ("keyphrase_density", f"<p>{'Moka pot. ' * 2}{words(396)}</p>", "good"),
        ("keyphrase_density", f"<p>Moka pot. {words(398)}</p>", "bad"),
        ("keyphrase_density", f"<p>{'Moka pot. ' * 9}{words(382)}</p>", "bad"),
        ("internal_links", '<a href="/a">a</a>', "good"),
        ("internal_links", '<a href="/a" rel="NoFollow">a</a>', "ok"),
        ("internal_links", '<a href="https://other.example/">a</a><a href="#top">b</a>', "bad"),
        ("outbound_links", '<a href="https://other.example/">a</a>', "good"),
        ("outbound_links", '<a href="https://www.site.example/a">a</a><a href="mailto:a@b.c">b</a>', "bad"),
        ("competing_links", '<a href="/a">Moka pots</a>', "bad"),
        ("competing_links", '<a href="/a">Moka pot sizes</a>', "good"),
        ("alt_texts", '<img src="a.png" alt="A pot"><img src="b.png">', "ok"),
        ("alt_texts", '<img src="b.png" alt=" ">', "bad"),
        ("keyphrase_in_alt_texts", '<img src="a.png" alt="A moka pot">', "good"),
        ("keyphrase_in_alt_texts", '<img src="a.png" alt="A house">', "ok"),
        ("lists", "<ul><li>a</li><li>b</li></ul>", "good"),
        ("lists", f"<p>{words(300)}</p><ul><li>a</li></ul>", "bad"),
        ("questions", "<p>Why?</p>", "good"),
        ("call_to_action", "<p>Sign up for the course.</p>", "good"),
        ("call_to_action", "<p>We sign nothing.</p>", "bad"),
        ("links_to_follow", f"<p>{words(600)}</p><a href='/a'>a</a>", "ok"),
        ("images", f"<p>{words(1000)}</p><img src='a.png'>", "ok"),
    ],
)
def test_the_thresholds_that_editors_know(key: str, html: str, expected: str) -> None:
    assert rating(key, html, site_url="https://site.example") == expected


@pytest.mark.parametrize(
    ("key", "fields", "expected"),
    [
        ("description_length", {"seo_description": "a" * 120}, "ok"),
        ("description_length", {"seo_description": "a" * 121}, "good"),
        ("description_length", {"seo_description": "a" * 156}, "good"),
        ("description_length", {"seo_description": "a" * 157}, "ok"),
        ("description_length", {}, "bad"),
        ("keyphrase_in_description", {"seo_description": "Moka pots. A moka pot."}, "good"),
        ("keyphrase_in_description", {"seo_description": "Moka pot, moka pot, moka pot"}, "bad"),
        ("keyphrase_in_title", {"title": "The moka pot"}, "good"),
        ("keyphrase_in_title", {"title": "Coffee from a moka pot"}, "ok"),
        ("keyphrase_in_title", {"title": "A pot for moka"}, "ok"),
        ("keyphrase_in_title", {"title": "A pot", "seo_title": "Moka pot"}, "good"),
        ("keyphrase_in_title", {"title": "A pot"}, "bad"),
        ("keyphrase_in_slug", {"slug": "best-moka-pots"}, "good"),
        ("keyphrase_in_slug", {"slug": "best-pots"}, "ok"),
        ("keyphrase_in_slug", {"keyphrase": "Café crème", "slug": "cafe-creme"}, "good"),
        ("title_width", {"title": "i" * 130}, "good"),
        ("title_width", {"title": "W" * 32}, "bad"),
        ("keyphrase_used_elsewhere", {"used_before": 0}, "good"),
        ("keyphrase_used_elsewhere", {"used_before": 1}, "ok"),
        ("keyphrase_used_elsewhere", {"used_before": 2}, "bad"),
        ("keyphrase_length", {"keyphrase": "how to clean a moka pot"}, "good"),
        ("keyphrase_length", {"keyphrase": "clean old moka pot handle"}, "ok"),
        ("keyphrase_length", {"keyphrase": ""}, "bad"),
        ("alt_texts", {"images": [ImageText("a.png", "")]}, "bad"),
    ],
)
def test_the_thresholds_of_fields(key: str, fields: dict[str, Any], expected: str) -> None:
    assert rating(key, "<p>Text</p>", **fields) == expected


def test_widths_are_those_of_arial() -> None:
    assert pixels_of("Hello World", 2048) == 1479 + 1139 + 455 * 2 + 1139 + 569 + 1933 + 1139 + 682 + 455 + 1139
    assert pixels_of("漢") == 20
    assert pixels_of("e\u0301") == pixels_of("é")


def test_syllables_come_from_the_dictionary_and_by_rule_for_what_it_lacks() -> None:
    assert [syllables(word, "en") for word in ("readability", "every", "moka", "fire-proof", "i")] == [5, 3, 2, 3, 1]
    assert syllables("öffentlichkeit", "de") == 4
    assert syllables("молоко", "ru") == 3
    assert flesch([["the", "cat", "sat"]], "en") == pytest.approx(206.835 - 1.015 * 3 - 84.6)
    assert flesch([["kissa"]], "fi") is None


def test_what_needs_english_says_that_it_does_not_apply() -> None:
    html = "<p>Der Kaffee ist heiß und das Wasser kocht. Die Kanne steht auf dem Herd, weil sie schwer ist.</p>"
    report = analyse(Document(html, title="Die Kanne", keyphrase="Kanne"))
    assert report.language == "de"
    silent = {one.key for one in report.rated(Rating.NOT_APPLICABLE)}
    assert {"passive_voice", "transition_words", "call_to_action"} <= silent
    assert report.of("reading_ease").measured is not None
    assert report.of("keyphrase_in_introduction").rating is Rating.GOOD


def test_nothing_is_said_of_how_hardly_a_word_reads() -> None:
    report = analyse(Document("<p>Hello</p>", language="en"))
    assert report.scores.readability is None
    assert report.scores.overall is not None


def test_japanese_is_counted_by_characters() -> None:
    report = analyse(Document(f"<p>{'直火式エスプレッソの淹れ方です。' * 50}</p>", keyphrase="エスプレッソ"))
    assert report.language == "ja"
    assert report.words == 400
    assert report.of("keyphrase_in_introduction").rating is Rating.GOOD


def test_every_assessment_has_a_name_in_the_list_and_bad_ones_a_cure() -> None:
    wanted = [Wanted("moka pot sizes"), Wanted("moka pot cost"), Wanted("moka pot cleaning")]
    report = analyse(Document(f"<p>{LISTED}</p>", keyphrase=PHRASE, language="en", used_before=3, wanted=wanted))
    assert {one.key: one.name for one in report.assessments} == NAMES
    assert [one.key for one in report.assessments if one.rating in (Rating.BAD, Rating.OK) and not one.cure] == []
    assert [one.key for one in report.assessments if not one.says] == []


def test_what_is_dismissed_does_not_count() -> None:
    document = Document(f"<p>A moka pot. {SENTENCE * 30}</p>", title="Moka pot", keyphrase=PHRASE, language="en")
    before, after = analyse(document), analyse(document, dismissed={"images", "lists"})
    assert after.scores.engagement is not None
    assert before.scores.engagement is not None
    assert after.scores.engagement > before.scores.engagement
    assert after.scores.seo == before.scores.seo


LISTED = "Words of no use to anybody here."
BASE = (
    "<p>A moka pot makes strong coffee. {0}</p>{1}<h2>Sizes</h2><p>"
    + SENTENCE * 3
    + "{2}</p><ul><li>Three cups {3}</li>"
    "<li>Six cups</li></ul>{4}<h2>Care{5}</h2><p>Wash it by hand. " + SENTENCE * 4 + "{6} Dry it well.</p>{7}"
)
REPEATS = ("moka pot", "Moka pots!", "moka pot moka pot", "")
BLOCKS = (
    "<p>Moka pot.</p>",
    "<h2>Moka pot</h2>",
    "<p>Moka pot? Moka pots.</p>",
    "<ul><li>moka pot</li><li>Moka pot</li></ul>",
    "",
)
WANTED = (Wanted("moka pot sizes"), Wanted("moka pot handle"), Wanted("moka pot price"), Wanted("clean a moka pot"))


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*([st.sampled_from(REPEATS)] * 5)),
    st.tuples(*([st.lists(st.sampled_from(BLOCKS), max_size=12).map("".join)] * 3)),
)
def test_no_score_rises_by_repeating_the_keyphrase(inline: tuple[str, ...], blocks: tuple[str, ...]) -> None:
    a, c, d, f, g = (f" {text}" if text else "" for text in inline)
    fields = {"title": "Moka pot", "keyphrase": PHRASE, "language": "en", "slug": "moka-pot", "wanted": WANTED}
    plain = analyse(Document(BASE.format("", "", "", "", "", "", "", ""), **fields))
    repeated = analyse(Document(BASE.format(a, blocks[0], c, d, blocks[1], f, g, blocks[2]), **fields))
    for group in Group:
        assert (getattr(repeated.scores, group) or 0) <= (getattr(plain.scores, group) or 0)
    assert (repeated.scores.overall or 0) <= (plain.scores.overall or 0)


def test_a_text_stuffed_with_the_keyphrase_scores_lower() -> None:
    stuffed = re.sub(r"\. ", ". Moka pot. ", SENTENCE * 30)
    fields = {"title": "Moka pot", "keyphrase": PHRASE, "language": "en"}
    plain = analyse(Document(f"<p>A moka pot. {SENTENCE * 30}</p>", **fields))
    assert (analyse(Document(f"<p>A moka pot. {stuffed}</p>", **fields)).scores.seo or 0) < (plain.scores.seo or 0)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=30))
def test_any_text_and_keyphrase_are_analysed(html: str, keyphrase: str) -> None:
    report = analyse(Document(html, keyphrase=keyphrase, title=keyphrase, wanted=[Wanted(html[:40])]))
    for one in report.assessments:
        assert all(0 <= mark.start < mark.end <= len(html) for mark in one.marks)


@pytest.mark.parametrize(
    "html",
    [
        "<!--" * 50_000,
        "<p>" * 50_000,
        "<a href='" * 20_000,
        "a." * 100_000,
        "&" * 100_000,
        "<b>" * 50_000 + "x",
        "é́" * 100_000,
    ],
)
def test_hostile_texts_take_a_moment(html: str) -> None:
    analyse(Document(html, keyphrase="a b", language="en"))
