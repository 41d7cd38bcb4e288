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
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

from app.meaning import word_vectors
from app.meaning.packaged import Vectors
from app.meaning.wants import Wants

SENTENCE_SHARE = 0.8
WORDS_ALONE_SHARE = 0.9
USUAL, USUAL_BY_WORDS = 0.6, 0.4
SPELLING_FEATURES = 2**18


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

    def likeness_to(self, others: "Points", rows: Any) -> Vectors:
        """How alike each of `rows` is to each of `others`, which are made of points of the same call."""
        alike: Vectors = self.dense[rows] @ others.dense.T
        spelled = self.spelling[rows]
        if spelled.nnz:
            alike += (spelled @ others.spelling.T).toarray()
        return alike


_UNSPACED = r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
_LOOSE = re.compile(rf"(?<={_UNSPACED})\s+(?={_UNSPACED})")


def points(texts: Sequence[str], sentences: Vectors | None = None, fluency: Vectors | None = None) -> Points:
    """The points of these texts. `sentences` are unit vectors of a model that knows each language as far as `fluency`.

    Rarity is counted among these texts, so that points are comparable to those of the same call alone.
    """
    texts = [_LOOSE.sub("", text) for text in texts]
    words = word_vectors.vectors(texts)
    if sentences is None:
        share = np.full(len(texts), 1 - WORDS_ALONE_SHARE, dtype=np.float32)
        return Points(
            words * np.float32(WORDS_ALONE_SHARE**0.5),
            _spelling(texts, share),
            Wants(texts, words),
            share * 0 + USUAL_BY_WORDS,
        )
    known = np.ones(len(texts), dtype=np.float32) if fluency is None else fluency
    meant = sentences * np.sqrt(SENTENCE_SHARE * known)[:, None]
    dense = np.hstack([meant, words * np.float32((1 - SENTENCE_SHARE) ** 0.5)])
    spelling = _spelling(texts, SENTENCE_SHARE * (1 - known))
    return Points(
        np.asarray(dense, dtype=np.float32),
        spelling,
        Wants(texts, words),
        USUAL_BY_WORDS + (USUAL - USUAL_BY_WORDS) * known,
    )


def _spelling(texts: Sequence[str], share: Vectors) -> csr_matrix:
    """Runs of two to four letters by rarity; empty for a text with no share."""
    hashed = HashingVectorizer(
        analyzer="char_wb",
        ngram_range=(2, 4),
        n_features=SPELLING_FEATURES,
        norm=None,
        alternate_sign=False,
        dtype=np.float32,
    ).transform(text.casefold() if part > 0 else "" for text, part in zip(texts, share, strict=True))
    weighed = TfidfTransformer(sublinear_tf=True).fit_transform(hashed) if len(texts) else hashed
    return csr_matrix(diags(np.sqrt(share)) @ weighed, dtype=np.float32)
