"""What a searcher wants beside the subject, where it makes another page. Pure.

A price; the subject for somebody; to be told something, or to buy.

Vectors hardly tell "dental implants" from "dental implant cost", or "running shoes" from "running shoes for flat feet";
editors do. And they see no difference where a vector does: in "best", "top rated" and the year.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer

from app.meaning import word_vectors
from app.meaning.packaged import Vectors

PRICE_APART = 0.25
ASKS_OR_BUYS_APART = 0.2
QUALIFIED_APART = 0.2
# How alike a qualifier and a text are when the text says nothing of it, and when it says the same.
STRANGE, SAID = 0.3, 0.5
MOST_WORDS = 7  # in a longer text "for" and "price" belong to a sentence
STEM = 4  # letters by which two words count as forms of one
_DECORATION = re.compile(
    r"\b(?:best|top[ -]rated|top|rated|good|great|reviews?|online|near me|20[23]\d|popular|leading|buy|which)\b"
)
_PRICE = re.compile(
    r"\b(?:costs?|prices?|pricing|fees?|kosten|kostet|preise?|prix|tarifs?|precios?|prezz[oi]|preços?|цен[аы]"
    r"|стоимость|стоит)\b"
)
_ASKS = re.compile(
    r"^(?:how|when|why|what|can|is|are|does|do|should)\b|\b(?:diy|interval|meaning|guide|tips|ideas|benefits)\b"
)
_BUYS = re.compile(r"\b(?:near me|nearby|local|services?|for sale|buy|best|top|reviews?)\b")
_FOR = re.compile(r"\b(?:for|für|pour|para|для)\s+(.+)$")


def subject_of(text: str) -> str:
    """The text without what decorates any search: "top rated running shoes 2026" is about "running shoes"."""
    bare = " ".join(_DECORATION.sub(" ", text.casefold()).split())
    return bare or text.casefold()


class Wants:
    """What each of some texts wants."""

    def __init__(self, texts: Sequence[str], words: Vectors) -> None:
        """`words` are the unit word vectors of the same texts."""
        plain = [text.casefold() if len(text.split()) <= MOST_WORDS else "" for text in texts]
        self._words = words
        self._price = np.array([bool(_PRICE.search(text)) for text in plain])
        self._asks = np.array([bool(_ASKS.search(text)) for text in plain])
        self._buys = np.array([bool(_BUYS.search(text)) for text in plain]) & ~self._asks
        found = [(row, match.group(1)) for row, text in enumerate(plain) if (match := _FOR.search(text))]
        self._place = np.full(len(texts), -1)
        self._place[[row for row, _text in found]] = np.arange(len(found))
        self._qualifiers = word_vectors.vectors([text for _row, text in found])
        stems = HashingVectorizer(analyzer=_stems, n_features=2**18, norm=None, alternate_sign=False, dtype=np.float32)
        self._stems, self._qualifier_stems = (
            stems.transform(texts),
            stems.transform([text for _row, text in found] or [""]),
        )

    def apart(self, rows: NDArray[np.int64]) -> Vectors:
        """What is to be taken off the likeness of each of these texts to each, 0 to 0.65."""
        price = self._price[rows]
        apart = (price[:, None] != price[None, :]) * np.float32(PRICE_APART)
        asks, buys = self._asks[rows], self._buys[rows]
        apart += (asks[:, None] & buys[None, :] | buys[:, None] & asks[None, :]) * np.float32(ASKS_OR_BUYS_APART)
        place = self._place[rows]
        is_qualified = place >= 0
        if is_qualified.any() and not is_qualified.all():
            alike = self._qualifiers[place[is_qualified]] @ self._words[rows[~is_qualified]].T
            shared = self._qualifier_stems[place[is_qualified]] @ self._stems[rows[~is_qualified]].T
            alike[shared.nonzero()] = 1
            strange = QUALIFIED_APART * (1 - np.clip((alike - STRANGE) / (SAID - STRANGE), 0, 1))
            apart[np.ix_(is_qualified, ~is_qualified)] += strange
            apart[np.ix_(~is_qualified, is_qualified)] += strange.T
        return np.asarray(apart, dtype=np.float32)


def _stems(text: str) -> list[str]:
    """The beginnings of the words that mean something."""
    return [word[:STEM] for word in word_vectors.words_of(text) if word not in word_vectors.GRAMMAR]
