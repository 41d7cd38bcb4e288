"""Which cluster a title belongs to, by how it is written: without a key and without a network.

Titles and keywords become the same weighted word and character n-grams as in clustering. A keyword speaks for a title
as far as its weight is found in the title, and as far as it explains the title: "cold brew coffee" fits "How to make
cold brew coffee" better than "coffee" does. Words of a title that no keyword has count half.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix, hstack

from app.ai.builtin.stop_words import ENGLISH_STOP_WORDS

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

AT_ONCE = 250
EXPLAINED_ENOUGH = 0.55  # a title says more than its keyword
UNKNOWN_WORD = 0.5
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class MatchTopic:
    """A cluster with the keywords that speak for it."""

    id: int
    keywords: Sequence[str]


@dataclass(frozen=True)
class Match:
    """The best cluster for a text: `score` is 0 to 100, `because` the keyword."""

    topic_id: int
    score: int
    because: str


class Matcher:
    """Knows the clusters of a site."""

    def __init__(self, topics: Sequence[MatchTopic]) -> None:
        pairs = [(topic.id, keyword) for topic in topics for keyword in topic.keywords if keyword.strip()]
        self._pairs = pairs
        texts = [keyword.casefold() for _topic, keyword in pairs]
        self._words = {word for text in texts for word in _words_of(text)}
        if not self._words:
            self._pairs = []
            return
        self._vectorizers = [_vectorizer(analyzer="char_wb", ngram_range=(3, 4)), _vectorizer(ngram_range=(1, 2))]
        for vectorizer in self._vectorizers:
            vectorizer.fit(texts)
        weights = self._weigh(texts)
        weights.data **= 2
        totals = np.asarray(weights.sum(axis=1)).ravel()
        self._of_a_word = float(totals.sum()) / max(1, sum(len(_words_of(text)) for text in texts))
        weights.data /= np.repeat(np.maximum(totals, 1e-9), np.diff(weights.indptr))
        self._shares, self._features = weights.T.tocsc(), _ones(weights).T.tocsc()

    def match(self, texts: Sequence[str]) -> Iterator[Match | None]:
        """The best cluster for each text, None for one that shares nothing with any."""
        for start in range(0, len(texts), AT_ONCE):
            part = texts[start : start + AT_ONCE]
            yield from self._best(part) if self._pairs else [None] * len(part)

    def _best(self, texts: Sequence[str]) -> list[Match | None]:
        texts = [text.casefold() for text in texts]
        weights = self._weigh(texts)
        shared_weights = (_ones(weights) @ self._shares).tocsr()
        weights.data **= 2
        unknown_counts = [sum(word not in self._words for word in _words_of(text)) for text in texts]
        totals = np.asarray(weights.sum(axis=1)).ravel() + UNKNOWN_WORD * self._of_a_word * np.array(unknown_counts)
        explained = (weights @ self._features).tocsr()
        best: list[Match | None] = []
        for row in range(len(texts)):
            begin, end = shared_weights.indptr[row], shared_weights.indptr[row + 1]
            if begin == end:
                best.append(None)
                continue
            share = np.zeros(len(self._pairs), dtype=np.float32)
            share[explained.indices[explained.indptr[row] : explained.indptr[row + 1]]] = explained.data[
                explained.indptr[row] : explained.indptr[row + 1]
            ]
            columns = shared_weights.indices[begin:end]
            fit = np.minimum(1, share[columns] / max(totals[row], 1e-9) / EXPLAINED_ENOUGH)
            scores = np.sqrt(np.minimum(shared_weights.data[begin:end], 1) * fit)
            top = int(scores.argmax())
            topic, keyword = self._pairs[int(columns[top])]
            best.append(Match(topic, round(100 * float(scores[top])), keyword))
        return best

    def _weigh(self, texts: Sequence[str]) -> csr_matrix:
        return hstack([vectorizer.transform(texts) for vectorizer in self._vectorizers]).tocsr()


def _words_of(text: str) -> list[str]:
    """The words that mean something."""
    return [word for word in _WORD.findall(text) if word not in ENGLISH_STOP_WORDS]


def _vectorizer(**options: Any) -> "TfidfVectorizer":
    from sklearn.feature_extraction.text import TfidfVectorizer  # 70 MB, which most processes never need

    return TfidfVectorizer(sublinear_tf=True, norm=None, dtype=np.float32, **options)


def _ones(weights: csr_matrix) -> csr_matrix:
    ones = weights.copy()
    ones.data = np.ones_like(ones.data)
    return ones
