"""Which English sentences are linked with others by transition words. Pure."""

import re
from collections.abc import Sequence
from functools import cache

from app.optimizer.analysis.lexicon import english


@cache
def _phrases() -> re.Pattern[str]:
    phrases = sorted(english()["phrases"], key=len, reverse=True)
    return re.compile(rf"(?<![\w'])(?:{'|'.join(map(re.escape, phrases))})(?![\w'])")


def has_transition(folded: str, words: Sequence[str]) -> bool:
    """Whether a sentence, given in lower case and as its words, has a word, a phrase or a pair that links."""
    if not english()["transitions"].isdisjoint(words) or _phrases().search(folded):
        return True
    return any(_has_pair(folded, first, second) for first, second in english()["pairs"])


def _has_pair(folded: str, first: str, second: str) -> bool:
    start = re.search(rf"(?<![\w']){re.escape(first)}(?![\w'])", folded)
    return bool(start and re.search(rf"(?<![\w']){re.escape(second)}(?![\w'])", folded[start.end() :]))
