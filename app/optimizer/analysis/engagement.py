"""Whether a text invites its readers to go on: something to do, to look at, to choose, to answer."""

import re
from functools import cache

from app.core.languages import gettext, ngettext
from app.optimizer.analysis.judging import judged, not_applicable
from app.optimizer.analysis.lexicon import english
from app.optimizer.analysis.text import DocumentText, places_of
from app.optimizer.analysis.types import Assessment, Document, Group, Rating

ENGAGEMENT = Group.ENGAGEMENT
LEAST_WORDS = 300  # in a shorter text nobody misses a list
WORDS_AN_IMAGE = 500
WORDS_A_LINK = 300
_ASKS = re.compile(r"[?？؟][\"'”’)\]»」』]*$")
_ASKS_IN_GREEK = re.compile(r"[?;][\"'”’)\]»]*$")


def assess_engagement(document: Document, text: DocumentText, language: str) -> list[Assessment]:
    """A call to action, links, lists, images, questions."""
    return [
        _call_to_action(text, language),
        _links_to_follow(text),
        _lists(text),
        _images(document, text),
        _questions(text, language),
    ]


@cache
def _calls() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, english()['calls']))})(?!\w)", re.IGNORECASE)


def _call_to_action(text: DocumentText, language: str) -> Assessment:
    key, name = "call_to_action", gettext("Call to action")
    is_english = language == "en"
    calls = [pair for pair in text.sentences() if is_english and _calls().search(pair[1].text)]
    if language != "en" and not text.buttons:
        return not_applicable(key, ENGAGEMENT, name, gettext("Words that call are known in English only."))
    is_there = bool(calls or text.buttons)
    return judged(
        key,
        ENGAGEMENT,
        name,
        Rating.GOOD if is_there else Rating.BAD,
        gettext("The text asks its readers to do something.")
        if is_there
        else gettext("Nothing is asked of the readers."),
        measured=len(calls) + text.buttons,
        cure=gettext("Say what to do next: read on, ask, order, subscribe."),
        marks=places_of(calls),
        weight=2,
    )


def _links_to_follow(text: DocumentText) -> Assessment:
    links = [link for link in text.links if link.address and not link.address.startswith("#")]
    wanted = max(1, text.word_count // WORDS_A_LINK)
    count = len(links)
    return judged(
        "links_to_follow",
        ENGAGEMENT,
        gettext("Links to follow"),
        Rating.GOOD if count >= wanted else Rating.OK if count else Rating.BAD,
        ngettext("%(num)s link in the text.", "%(num)s links in the text.", count)
        if count
        else gettext("There is no link."),
        measured=count,
        cure=gettext("Give one for each %(words)s words.", words=WORDS_A_LINK),
    )


def _lists(text: DocumentText) -> Assessment:
    key, name, count = "lists", gettext("Lists and tables"), text.lists + text.tables
    if text.word_count < LEAST_WORDS and not count:
        return not_applicable(key, ENGAGEMENT, name, gettext("The text is short enough without."))
    return judged(
        key,
        ENGAGEMENT,
        name,
        Rating.GOOD if count else Rating.BAD,
        ngettext("%(num)s list or table.", "%(num)s lists or tables.", count) if count else gettext("There is none."),
        measured=count,
        cure=gettext("Put steps, choices or figures in a list or table: readers look there first."),
    )


def _images(document: Document, text: DocumentText) -> Assessment:
    count = len(text.images) + len(document.images) + text.videos
    wanted = max(1, text.word_count // WORDS_AN_IMAGE)
    return judged(
        "images",
        ENGAGEMENT,
        gettext("Images and videos"),
        Rating.GOOD if count >= wanted else Rating.OK if count else Rating.BAD,
        ngettext("%(num)s image or video.", "%(num)s images and videos.", count)
        if count
        else gettext("There is none."),
        measured=count,
        cure=gettext("Show one for each %(words)s words.", words=WORDS_AN_IMAGE),
        marks=[image.mark for image in text.images],
    )


def _questions(text: DocumentText, language: str) -> Assessment:
    asks = _ASKS_IN_GREEK if language == "el" else _ASKS
    questions = [pair for pair in text.sentences() if asks.search(pair[1].text)]
    return judged(
        "questions",
        ENGAGEMENT,
        gettext("Questions"),
        Rating.GOOD if questions else Rating.OK,
        ngettext("%(num)s question.", "%(num)s questions.", len(questions))
        if questions
        else gettext("The text asks nothing."),
        measured=len(questions),
        cure=gettext("Ask what your readers ask, as a subheading for example, and answer it."),
        marks=places_of(questions),
    )
