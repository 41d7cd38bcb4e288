"""What search results show, within its lengths. Pure."""

import re

from app.ai.values import SEO_DESCRIPTION_LENGTH, SEO_TITLE_LENGTH
from app.ai.wording import shorten

LEAST_DESCRIPTION = 121
_ENDS = ("?", "!", "…", "؟")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def search_title(text: str, title: str) -> str:
    """At most 60 characters; made of the title where there is none."""
    return shorten(text or title, SEO_TITLE_LENGTH)


def search_description(text: str, *more: str) -> str:
    """121 to 155 characters: one too long is cut between words, one too short goes on with what `more` has, in order.

    In the scripts of East Asia, where a line holds half as many signs, a short one stays. So does one for which all of
    `more` is not enough.
    """
    text = " ".join(text.split())
    for words in (" ".join(words.split()) for words in more):
        if is_short_description(text) and words not in text:
            text = f"{text.rstrip(' .')}{'' if text[-1:] in _ENDS else '.'} {words}" if text else words
    cut = shorten(text, SEO_DESCRIPTION_LENGTH)
    return cut if len(cut) >= LEAST_DESCRIPTION or len(text) <= SEO_DESCRIPTION_LENGTH else _cut_hard(text)


def is_short_description(text: str) -> bool:
    """Whether a search result has room for more."""
    return len(text) < LEAST_DESCRIPTION and not _UNSPACED.search(text)


def _cut_hard(text: str) -> str:
    """Cut in a word, where the last space is too far back."""
    return text[: SEO_DESCRIPTION_LENGTH - 1].rstrip() + "…"
