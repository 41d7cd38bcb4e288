"""What search results show, within its lengths. Pure."""

import re

from app.ai.values import SEO_DESCRIPTION_LENGTH, SEO_TITLE_LENGTH
from app.ai.wording import shorten
from app.core.letter_widths import MOST_TEXT_PIXELS, TEXT_SIZE, length_that_fits, pixels_of

LEAST_DESCRIPTION = 121
_ENDS = ("?", "!", "…", "؟")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def search_title(text: str, title: str) -> str:
    """At most 60 characters; made of the title where there is none."""
    return shorten(text or title, SEO_TITLE_LENGTH)


def search_description(text: str, *more: str) -> str:
    """121 to 155 characters in one line of 960 pixels: one too long is cut between words, one too short is continued.

    It goes on with what `more` has, in order.

    In the scripts of East Asia, where a line holds half as many signs, a short one stays. So does one for which all of
    `more` is not enough.
    """
    text = " ".join(text.split())
    for words in (" ".join(words.split()) for words in more):
        if is_short_description(text) and words not in text:
            text = f"{text.rstrip(' .')}{'' if text[-1:] in _ENDS else '.'} {words}" if text else words
    most = _most_that_shows(text)
    cut = shorten(text, most)
    return cut if len(cut) >= LEAST_DESCRIPTION or len(text) <= most else _cut_hard(text, most)


def _most_that_shows(text: str) -> int:
    """How many characters search results show of it, with room for an ellipsis where that is not all."""
    if length_that_fits(text, TEXT_SIZE, MOST_TEXT_PIXELS) == len(text):
        return SEO_DESCRIPTION_LENGTH
    room = MOST_TEXT_PIXELS - pixels_of("…", TEXT_SIZE) - 1
    return min(length_that_fits(text, TEXT_SIZE, room) + 1, SEO_DESCRIPTION_LENGTH)


def first_that_shows(candidates: list[str]) -> str:
    """The first candidate for a description that search results show whole, else the last one."""
    return next((text for text in candidates if len(text) <= _most_that_shows(text)), candidates[-1])


def is_short_description(text: str) -> bool:
    """Whether a search result has room for more."""
    return len(text) < LEAST_DESCRIPTION and not _UNSPACED.search(text)


def _cut_hard(text: str, most: int) -> str:
    """Cut in a word, where the last space is too far back."""
    return text[: most - 1].rstrip() + "…"
