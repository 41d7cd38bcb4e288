"""How easily a text is read. What needs a language's grammar applies to English alone, and says so."""

from collections.abc import Sequence
from itertools import groupby

from app.core.languages import gettext, ngettext
from app.optimizer.analysis.judging import judged, not_applicable, rated_by
from app.optimizer.analysis.lexicon import LONG_SENTENCE, UNSPACED, english
from app.optimizer.analysis.passive import is_passive
from app.optimizer.analysis.sentences import Sentence
from app.optimizer.analysis.syllables import flesch
from app.optimizer.analysis.text import DocumentText, Passage, places_of
from app.optimizer.analysis.transitions import has_transition
from app.optimizer.analysis.types import Assessment, Group, Rating

READABILITY = Group.READABILITY
USUAL_SENTENCE = 20  # words, where LONG_SENTENCE has nothing of the language
LONG_SHARE, FAR_TOO_LONG_SHARE = 25, 30  # of 100 sentences
PARAGRAPH, LONG_PARAGRAPH = 150, 200  # words
SECTION, LONG_SECTION = 300, 350
PASSIVE_SHARE, FAR_TOO_PASSIVE_SHARE = 10, 15
LINKED_SHARE, HARDLY_LINKED_SHARE = 30, 20
SHORT_TEXT = 200
SAME_STARTS = 3
EASY, FAIRLY_HARD = 60, 50
SHORT_OPENER = 3
FEWEST_WORDS = 5
Pairs = Sequence[tuple[Passage, Sentence]]


def assess_readability(text: DocumentText, language: str) -> list[Assessment]:
    """All assessments of how it reads; none applies to a text of hardly a word."""
    sentences = list(text.sentences())
    assessments = [
        _sentence_length(sentences, language),
        _paragraph_length(text),
        _subheadings(text),
        _passive_voice(sentences, language),
        _transitions(sentences, text.word_count, language),
        _same_starts(sentences, language),
        _reading_ease(sentences, language),
    ]
    if text.word_count >= FEWEST_WORDS:
        return assessments
    says = gettext("There is too little text.")
    return [not_applicable(one.key, one.group, one.name, says) for one in assessments]


def _share(part: Sequence[object], whole: Sequence[object]) -> float:
    return 100 * len(part) / len(whole) if whole else 0.0


def _only_english(key: str, name: str) -> Assessment:
    return not_applicable(key, READABILITY, name, gettext("This is looked at in English texts only."))


def _sentence_length(sentences: Pairs, language: str) -> Assessment:
    most = LONG_SENTENCE.get(language, USUAL_SENTENCE)
    long = [pair for pair in sentences if pair[1].length > most]
    share = _share(long, sentences)
    return judged(
        "sentence_length",
        READABILITY,
        gettext("Length of sentences"),
        rated_by(share, LONG_SHARE, FAR_TOO_LONG_SHARE),
        gettext(
            "%(share)s%% of the sentences have more than %(most)s words; %(allowed)s%% are fine.",
            share=round(share, 1),
            most=most,
            allowed=LONG_SHARE,
        ),
        measured=share,
        cure=gettext("Cut the marked sentences in two."),
        marks=places_of(long),
        weight=3,
    )


def _paragraph_length(text: DocumentText) -> Assessment:
    long = [passage for passage in text.prose if passage.word_count > PARAGRAPH]
    longest = max((passage.word_count for passage in text.prose), default=0)
    says = gettext("No paragraph has more than %(most)s words.", most=PARAGRAPH)
    if long:
        says = ngettext(
            "%(num)s paragraph has more than %(most)s words.",
            "%(num)s paragraphs have more than %(most)s words.",
            len(long),
            most=PARAGRAPH,
        )
    return judged(
        "paragraph_length",
        READABILITY,
        gettext("Length of paragraphs"),
        rated_by(longest, PARAGRAPH, LONG_PARAGRAPH),
        says,
        measured=longest,
        cure=gettext("Divide them where a new thought begins."),
        marks=[passage.mark() for passage in long if passage.starts],
        weight=2,
    )


def sections_of(text: DocumentText) -> list[tuple[int, list[Passage]]]:
    """The words of each part between subheadings, with its passages."""
    sections: list[tuple[int, list[Passage]]] = []
    for is_heading, passages in groupby(text.passages, lambda passage: passage.level > 1):
        if not is_heading:
            group = list(passages)
            sections.append((sum(passage.word_count for passage in group), group))
    return sections


def _subheadings(text: DocumentText) -> Assessment:
    name, has_any = gettext("Subheadings"), bool(text.headings)
    sections = sections_of(text)
    long = [passages for count, passages in sections if count > SECTION]
    most = max((count for count, _passages in sections), default=0)
    rating = rated_by(most, SECTION, LONG_SECTION if has_any else SECTION)
    says = gettext("No part has more than %(most)s words without a subheading.", most=SECTION)
    if long and not has_any:
        says = gettext("The text is long and has no subheadings.")
    elif long:
        says = ngettext(
            "%(num)s part has more than %(most)s words without a subheading.",
            "%(num)s parts have more than %(most)s words without a subheading.",
            len(long),
            most=SECTION,
        )
    return judged(
        "subheadings",
        READABILITY,
        name,
        rating,
        says,
        measured=most,
        cure=gettext("Put a subheading where a new point begins."),
        marks=[passages[0].mark() for passages in long if passages[0].starts],
        weight=2,
    )


def _passive_voice(sentences: Pairs, language: str) -> Assessment:
    name = gettext("Passive voice")
    if language != "en":
        return _only_english("passive_voice", name)
    passive = [pair for pair in sentences if is_passive(pair[1].text)]
    share = _share(passive, sentences)
    return judged(
        "passive_voice",
        READABILITY,
        name,
        rated_by(share, PASSIVE_SHARE, FAR_TOO_PASSIVE_SHARE),
        gettext(
            "%(share)s%% of the sentences are in the passive; %(allowed)s%% are fine.",
            share=round(share, 1),
            allowed=PASSIVE_SHARE,
        ),
        measured=share,
        cure=gettext("Say who does it: “We checked it” instead of “It was checked”."),
        marks=places_of(passive),
    )


def _transitions(sentences: Pairs, words: int, language: str) -> Assessment:
    key, name = "transition_words", gettext("Transition words")
    if language != "en":
        return _only_english(key, name)
    linked = [pair for pair in sentences if has_transition(pair[1].lower, pair[1].folded)]
    share, is_short = _share(linked, sentences), words <= SHORT_TEXT
    rating = Rating.GOOD if share >= LINKED_SHARE else Rating.OK if share >= HARDLY_LINKED_SHARE else Rating.BAD
    return judged(
        key,
        READABILITY,
        name,
        Rating.GOOD if is_short else rating,
        gettext(
            "%(share)s%% of the sentences have one; %(wanted)s%% read well.", share=round(share, 1), wanted=LINKED_SHARE
        ),
        measured=share,
        cure=gettext("Link sentences by words such as “because”, “however”, “for example”."),
        marks=places_of(linked),
    )


def _opener(sentence: Sentence, language: str) -> str:
    """The first word, with the one after it where so many sentences begin with it that it says nothing."""
    first = sentence.folded[0]
    is_usual = first in english()["openers"] if language == "en" else len(first) <= SHORT_OPENER
    return " ".join(sentence.folded[:2]) if is_usual else first


def _same_starts(sentences: Pairs, language: str) -> Assessment:
    key, name = "same_starts", gettext("Sentence beginnings")
    if language in UNSPACED:
        return not_applicable(key, READABILITY, name, gettext("This is not looked at in this language."))
    runs = [list(group) for _word, group in groupby(sentences, lambda pair: _opener(pair[1], language))]
    alike = [run for run in runs if len(run) >= SAME_STARTS]
    says = gettext("No three sentences in a row begin with the same word.")
    if alike:
        says = ngettext(
            "In %(num)s place three or more sentences in a row begin with the same word.",
            "In %(num)s places three or more sentences in a row begin with the same word.",
            len(alike),
        )
    return judged(
        key,
        READABILITY,
        name,
        Rating.BAD if alike else Rating.GOOD,
        says,
        measured=len(alike),
        cure=gettext("Begin one of them in another way."),
        marks=places_of([pair for run in alike for pair in run]),
    )


def _reading_ease(sentences: Pairs, language: str) -> Assessment:
    key, name = "reading_ease", gettext("Reading ease")
    ease = flesch([sentence.folded for _passage, sentence in sentences], language)
    if ease is None:
        return not_applicable(key, READABILITY, name, gettext("There is no formula for this language."))
    return judged(
        key,
        READABILITY,
        name,
        Rating.GOOD if ease >= EASY else Rating.OK if ease >= FAIRLY_HARD else Rating.BAD,
        gettext("Flesch %(ease)s of 100: %(words)s", ease=round(min(100, max(0, ease)), 1), words=_in_words(ease)),
        measured=ease,
        cure=gettext("Use shorter sentences and shorter words."),
        weight=2,
    )


def _in_words(ease: float) -> str:
    steps = (
        (90, gettext("very easy to read.")),
        (80, gettext("easy to read.")),
        (70, gettext("fairly easy to read.")),
        (60, gettext("plain.")),
        (50, gettext("fairly hard to read.")),
        (30, gettext("hard to read.")),
    )
    return next((words for least, words in steps if ease >= least), gettext("very hard to read."))
