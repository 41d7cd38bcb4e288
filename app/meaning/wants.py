"""What a searcher wants beside the subject, where it makes another page. Pure.

A price; the subject for somebody; to be told something, or to buy; a subject within it.

Vectors hardly tell "dental implants" from "dental implant cost", or "running shoes" from "running shoes for flat feet";
editors do. And they see no difference where a vector does: in "best", "top rated" and the year.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from app.meaning import subtopics, word_vectors
from app.meaning.hashing import hashed_in_parts
from app.meaning.packaged import Vectors
from app.meaning.synonyms import with_one_word_each

PRICE_APART = 2.0  # whatever vectors say
ASKS_OR_BUYS_APART = 1.0
ASKS_OR_CHOOSES_APART = 0.2
QUALIFIED_APART = 0.2
FROM_PLAIN_APART = 1.3  # "running shoes for flat feet" from what says nothing but "running shoes"
SUBTOPIC_APART = 0.1
# How alike a qualifier and a text are when the text says nothing of it, and when it says the same.
STRANGE, SAID = 0.3, 0.5
MOST_WORDS = 9  # "how much does it cost to remodel a kitchen"; in a longer text they belong to a sentence
STEM = 4  # letters by which two words count as forms of one
_DECORATION = re.compile(
    r"\b(?:best|top[ -]rated|top|rated|good|great|reviews?|online|near me|20[23]\d|popular|leading|buy|which)\b"
)
_PRICE = re.compile(
    r"\b(?:costs?|prices?|pricing|priced|fees?|how much (?:is|are|for|to)|kosten|kost|kostet|preise?|prijs|prijzen"
    r"|prix|coûts?|combien|tarifs?|precios?|cuesta|prezz[oi]|costo|costi|preços?|custa|cena|ceny|koszt|цен[аы]|стоимость|стоит"
    r"|fiyatı?|fiyatları)\b"
)
_ASKS = re.compile(
    r"^(?:how|when|why|what|can|is|are|does|do|should)\b|\b(?:diy|interval|meaning|guide|tips|ideas|benefits)\b"
)
_BUYS = re.compile(r"\b(?:near me|nearby|local|services?|for sale|buy)\b")
_CHOOSES = re.compile(r"\b(?:best|top|reviews?)\b")
_FOR = re.compile(r"^(.*?)\b(?:for|für|voor|pour|para|для)\s+(?!(?:sale|free|home|me|you)\b)(.+)$")


def subject_of(text: str) -> str:
    """The text without what decorates any search: "top rated running shoes 2026" is about "running shoes"."""
    text = with_one_word_each(text)
    return " ".join(_DECORATION.sub(" ", text).split()) or text


class Wants:
    """What each of some texts wants."""

    def __init__(self, texts: Sequence[str], words: Vectors, tell: Callable[[int], None] = lambda texts: None) -> None:
        """`words` are the unit word vectors of the same texts. `tell` is called for each part, and may raise."""
        plain = [text.casefold() if len(text.split()) <= MOST_WORDS else "" for text in texts]
        self._words = words
        self._price = np.array([bool(_PRICE.search(text)) for text in plain])
        self._asks = np.array([bool(_ASKS.search(text)) for text in plain])
        self._buys = np.array([bool(_BUYS.search(text)) for text in plain]) & ~self._asks
        self._chooses = np.array([bool(_CHOOSES.search(text)) for text in plain]) & ~self._asks
        qualified = {row: match.groups() for row, text in enumerate(plain) if (match := _FOR.search(text))}
        qualifiers = [qualifier for _head, qualifier in qualified.values()]
        self._place = np.full(len(texts), -1)
        self._place[list(qualified)] = np.arange(len(qualified))
        self._qualifiers = word_vectors.vectors(qualifiers)
        stems = _stem_counter()
        self._stems, self._qualifier_stems = (
            hashed_in_parts(stems, texts, tell),
            stems.transform(qualifiers or [""]),
        )
        self._subjects = _ones(hashed_in_parts(stems, [subject_of(text) if text else "" for text in plain], tell))
        self._heads = _ones(stems.transform([subject_of(head) for head, _qualifier in qualified.values()] or [""]))

    def apart(self, rows: NDArray[np.int64]) -> Vectors:
        """What to subtract from the likeness of each of these texts to each; 1 and more leaves none."""
        price = self._price[rows]
        apart = (price[:, None] != price[None, :]) * np.float32(PRICE_APART)
        asks, buys, chooses = self._asks[rows], self._buys[rows], self._chooses[rows]
        does = np.maximum(buys * np.float32(ASKS_OR_BUYS_APART), chooses * np.float32(ASKS_OR_CHOOSES_APART))
        apart += asks[:, None] * does[None, :] + does[:, None] * asks[None, :]
        apart += subtopics.apart(self._subjects[rows]) * np.float32(SUBTOPIC_APART)
        is_qualified = self._place[rows] >= 0
        if is_qualified.any() and not is_qualified.all():
            strange = self._strange(rows[is_qualified], rows[~is_qualified])
            apart[np.ix_(is_qualified, ~is_qualified)] += strange
            apart[np.ix_(~is_qualified, is_qualified)] += strange.T
        return np.asarray(apart, dtype=np.float32)

    def _strange(self, qualified: NDArray[np.int64], others: NDArray[np.int64]) -> Vectors:
        """The same of each text with a qualifier and each without: the less the other says of the qualifier."""
        place = self._place[qualified]
        alike = self._qualifiers[place] @ self._words[others].T
        shared = self._qualifier_stems[place] @ self._stems[others].T
        alike[shared.nonzero()] = 1
        subjects = self._subjects[others]
        sizes = np.asarray(subjects.sum(axis=1)).ravel()
        says_no_more = ((self._heads[place] @ subjects.T).toarray() == sizes) & (sizes > 0)
        most = np.where(says_no_more, np.float32(FROM_PLAIN_APART), np.float32(QUALIFIED_APART))
        return np.asarray(most * (1 - np.clip((alike - STRANGE) / (SAID - STRANGE), 0, 1)), dtype=np.float32)


def _stem_counter() -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer  # 70 MB, which most processes never need

    return HashingVectorizer(analyzer=_stems, n_features=2**18, norm=None, alternate_sign=False, dtype=np.float32)


def _ones(counts: csr_matrix) -> csr_matrix:
    counts.data[:] = 1
    return counts


def _stems(text: str) -> list[str]:
    """The beginnings of the words that mean something."""
    return [word[:STEM] for word in word_vectors.words_of(text) if word not in word_vectors.GRAMMAR]
