"""Subjects within subjects: "trail running shoes" among keywords about running shoes. Pure.

What several keywords add to a shorter one is what a page of its own is about; what one alone adds is a variation. Which
words do so is counted among the keywords at hand, whatever their language.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

LEAST_TEXTS = 3  # so many keywords make a subject of what they add
LEAST_WORDS = 2


def apart(words: csr_matrix) -> NDArray[np.bool_]:
    """Whether, of each two texts, one is of a subject within the other's. `words` has a row of 0 and 1 for each."""
    kinds, kind_of = _kinds(words)
    sizes = np.asarray(kinds.sum(axis=1)).ravel()
    within = _within(kinds, sizes)
    proper = csr_matrix(within.multiply(sizes[:, None] < sizes[None, :]))
    of_each = within @ np.bincount(kind_of, minlength=len(sizes))
    has_wider = np.asarray(proper.sum(axis=0)).ravel() > 0
    subjects = np.flatnonzero((of_each >= LEAST_TEXTS) & has_wider & (sizes >= LEAST_WORDS))
    pairs = (within[subjects].T @ proper[:, subjects].T).toarray() > 0
    return np.asarray((pairs | pairs.T)[np.ix_(kind_of, kind_of)])


def _kinds(words: csr_matrix) -> tuple[csr_matrix, NDArray[np.int64]]:
    """The rows that differ, and for each row which of them it is."""
    places: dict[bytes, int] = {}
    kind_of = np.empty(words.shape[0], dtype=np.int64)
    firsts: list[int] = []
    for row in range(words.shape[0]):
        key = np.sort(words.indices[words.indptr[row] : words.indptr[row + 1]]).tobytes()
        if key not in places:
            places[key] = len(firsts)
            firsts.append(row)
        kind_of[row] = places[key]
    return words[firsts], kind_of


def _within(kinds: csr_matrix, sizes: NDArray[np.float32]) -> csr_matrix:
    """Whether all words of one row are in another, for each two; a row without words is in none."""
    shared = (kinds @ kinds.T).tocoo()
    whole = shared.data == sizes[shared.row]
    ones = np.ones(int(whole.sum()), dtype=np.float32)
    return csr_matrix((ones, (shared.row[whole], shared.col[whole])), shape=shared.shape)
