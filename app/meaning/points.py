"""Texts as points between which likeness is a sum of products: what they mean, and how they are written.

With sentence vectors likeness is mostly theirs, where their model knows the language; the spelling takes their place as
far as it does not. Word vectors add what both may miss. Without sentence vectors it is word vectors and spelling.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from app.meaning import word_vectors
from app.meaning.contrast import contrasted
from app.meaning.hashing import Progress
from app.meaning.narrowing import narrowed
from app.meaning.packaged import Vectors
from app.meaning.synonyms import with_one_word_each
from app.meaning.wants import Wants

SENTENCE_SHARE = 0.8
WORDS_ALONE_SHARE = 0.9
USUAL, USUAL_BY_WORDS = 0.6, 0.4
SPELLING_FEATURES = 2**18
LAID_OUT = 1500


@dataclass(frozen=True)
class Points:
    """One row per text. `dense` and `spelling` carry their weights already.

    `usual` is how alike the neighbours of a text commonly are, by what its likeness is made of.
    """

    dense: Vectors
    spelling: csr_matrix
    wants: Wants | None = None
    usual: Vectors | None = None

    def __len__(self) -> int:
        return len(self.dense)

    def likeness(self, rows: Any, columns: Any) -> Vectors:
        """How alike each of `rows` is to each of `columns`: 1 the same, 0 nothing in common."""
        return self.likeness_to(Points(self.dense[columns], self.spelling[columns]), rows)

    def one_page(self, rows: NDArray[np.int64]) -> Vectors:
        """Likeness of each of these rows to each, less what the searchers want of different pages."""
        alike = self.likeness(rows, rows)
        return alike if self.wants is None else alike - self.wants.apart(rows)

    def contrasted(self, rows: NDArray[np.int64], alike: Vectors) -> Vectors:
        """Their likeness `alike` by what tells these rows from each other (see contrast.py)."""
        dense = self.dense[rows]
        own = contrasted(dense)
        return np.asarray(alike + (own @ own.T - dense @ dense.T))

    def likeness_to(self, others: "Points", rows: Any) -> Vectors:
        """How alike each of `rows` is to each of `others`, which are made of points of the same call."""
        alike: Vectors = self.dense[rows] @ others.dense.T
        spelled = self.spelling[rows]
        if spelled.nnz:
            alike += _products(spelled, others.spelling)
        return alike


def _products(rows: csr_matrix, others: csr_matrix) -> Vectors:
    """Each row times each of the others. Few others are laid out in full, which is twice as quick."""
    if others.shape[0] > LAID_OUT:
        return np.asarray((rows @ others.T).toarray())
    used, place = np.unique(others.indices, return_inverse=True)
    full = np.zeros((len(used), others.shape[0]), dtype=np.float32)
    full[place, np.repeat(np.arange(others.shape[0]), np.diff(others.indptr))] = others.data
    column = np.searchsorted(used, rows.indices).clip(max=max(0, len(used) - 1))
    shared = used[column] == rows.indices if len(used) else np.zeros(len(rows.indices), dtype=bool)
    weights = np.where(shared, rows.data, np.float32(0))
    return np.asarray(csr_matrix((weights, column, rows.indptr), shape=(rows.shape[0], len(used))) @ full)


_UNSPACED = r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
_LOOSE = re.compile(rf"(?<={_UNSPACED})\s+(?={_UNSPACED})")


def points(
    texts: Sequence[str],
    sentences: Vectors | None = None,
    fluency: Vectors | None = None,
    progress: Progress | None = None,
) -> Points:
    """The points of these texts. `sentences` are unit vectors of a model that knows each language as far as `fluency`.

    Rarity is counted among these texts, so that points are comparable to those of the same call alone.
    `progress(done, total)` is called every second or so, and may raise to stop.
    """
    texts = [_LOOSE.sub("", with_one_word_each(text)) for text in texts]
    tell = _Steps(progress, len(texts))
    words = word_vectors.vectors(texts)
    if sentences is None:
        share = np.full(len(texts), 1 - WORDS_ALONE_SHARE, dtype=np.float32)
        return Points(
            words * np.float32(WORDS_ALONE_SHARE**0.5),
            _spelling(texts, share, tell),
            Wants(texts, words, tell),
            share * 0 + USUAL_BY_WORDS,
        )
    known_share = np.ones(len(texts), dtype=np.float32) if fluency is None else fluency
    meant = narrowed(sentences) * np.sqrt(SENTENCE_SHARE * known_share)[:, None]
    dense = np.hstack([meant, words * np.float32((1 - SENTENCE_SHARE) ** 0.5)])
    spelling = _spelling(texts, SENTENCE_SHARE * (1 - known_share), tell)
    return Points(
        np.asarray(dense, dtype=np.float32),
        spelling,
        Wants(texts, words, tell),
        USUAL_BY_WORDS + (USUAL - USUAL_BY_WORDS) * known_share,
    )


class _Steps:
    """Tells how far it is with texts that are gone through several times."""

    TIMES = 3

    def __init__(self, progress: Progress | None, texts: int) -> None:
        self._progress, self._total, self._steps = progress, texts, 0

    def __call__(self, texts: int) -> None:
        """So many texts were gone through once more."""
        self._steps += texts
        if self._progress is not None:
            self._progress(min(self._total, self._steps // self.TIMES), self._total)


def _spelling(texts: Sequence[str], share: Vectors, tell: _Steps) -> csr_matrix:
    """Runs of two to four letters of each word by rarity; empty for a text with no share.

    Runs end with their word, so that those of a word are made once, however many texts have it.
    """
    from sklearn.feature_extraction.text import (  # 70 MB, which most processes never need
        HashingVectorizer,
        TfidfTransformer,
    )

    words_of_each = [text.casefold().split() if part > 0 else [] for text, part in zip(texts, share, strict=True)]
    places: dict[str, int] = {}
    columns = [places.setdefault(word, len(places)) for words in words_of_each for word in words]
    tell(len(texts))
    if not places:
        return csr_matrix((len(texts), SPELLING_FEATURES), dtype=np.float32)
    ends = np.cumsum([0, *map(len, words_of_each)])
    counts = csr_matrix((np.ones(len(columns), dtype=np.float32), columns, ends), shape=(len(texts), len(places)))
    hasher = HashingVectorizer(
        analyzer="char_wb",
        ngram_range=(2, 4),
        n_features=SPELLING_FEATURES,
        norm=None,
        alternate_sign=False,
        lowercase=False,
        dtype=np.float32,
    )
    weighed = TfidfTransformer(sublinear_tf=True).fit_transform(counts @ hasher.transform(places))
    return csr_matrix(diags(np.sqrt(share)) @ weighed, dtype=np.float32)
