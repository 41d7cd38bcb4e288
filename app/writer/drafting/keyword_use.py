"""Whether a text uses a keyword: in its own words, in another order, with other endings. Pure.

Search engines find “moka pot sizes” in “moka pots in all sizes”, and so does this. Inflected languages are compared by
the beginnings of words, scripts without spaces by the characters as written.
"""

import re
import unicodedata

from app.ai.builtin.keyword_facets import stems

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_PREFIXED = re.compile(r"[\u0590-\u06ff]")
_MARKS = re.compile(r"[\u0591-\u05c7\u064b-\u065f\u0670\u0640]")
LEAST_SHARED = 3


def folded(text: str) -> str:
    """A text without case, vowel marks and compatibility forms."""
    return " ".join(_MARKS.sub("", unicodedata.normalize("NFKC", text)).casefold().split())


class Words:
    """A text that keywords are looked for in; made once for many keywords."""

    def __init__(self, text: str, language: str) -> None:
        self._text = folded(text)
        self._stems = stems(self._text)
        self._bends = language != "en"

    def has(self, keyword: str) -> bool:
        """Whether the keyword is used."""
        folded_keyword = folded(keyword)
        if _UNSPACED.search(folded_keyword):
            return all(part in self._text.replace(" ", "") for part in folded_keyword.split())
        if not folded_keyword or re.search(rf"(?<!\w){re.escape(folded_keyword)}(?!\w)", self._text):
            return bool(folded_keyword)
        words = stems(folded_keyword)
        return bool(words) and all(word in self._stems or self._has_form(word) for word in words)

    def _has_form(self, word: str) -> bool:
        return self._bends and any(_is_form(word, other) for other in self._stems)


def _is_form(word: str, other: str) -> bool:
    """Whether two words may be forms of one word: with other endings, or with an article attached."""
    short, long = sorted((word, other), key=len)
    if len(long) - len(short) > 3 or len(short) < LEAST_SHARED:
        return False
    if _PREFIXED.search(short):
        return short in long
    shared = next((position for position, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return shared >= max(LEAST_SHARED, len(short) - 2)
