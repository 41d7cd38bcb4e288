"""Wide vectors of a few hundred numbers, between which likeness is nearly the same. Pure.

Models of accounts give up to 3,072 numbers a text, which makes a comparison of all with all eight times as dear and the
spectrum of a block five hundred times; a set of texts varies in far fewer directions.
"""

import numpy as np

from app.meaning.packaged import Vectors

WIDEST = 384
SAMPLE = 5000  # texts that say which directions matter
AT_ONCE = 10_000
SEED = 8


def narrowed(vectors: Vectors) -> Vectors:
    """The vectors along the directions in which they differ most, WIDEST at most, each as long as it was.

    Narrow ones are given back as they are; fewer texts than WIDEST lose nothing.
    """
    count, width = vectors.shape
    if width <= WIDEST or not count:
        return vectors
    from sklearn.utils.extmath import randomized_svd  # 70 MB, which most processes never need

    sample = vectors[:: -(-count // SAMPLE)]
    _turned, _lengths, directions = randomized_svd(sample, min(WIDEST, len(sample)), n_iter=2, random_state=SEED)
    across = np.ascontiguousarray(directions.T, dtype=np.float32)
    parts = [_along(vectors[start : start + AT_ONCE], across) for start in range(0, count, AT_ONCE)]
    return np.concatenate(parts)


def _along(vectors: Vectors, across: Vectors) -> Vectors:
    turned = vectors @ across
    lengths, was = np.linalg.norm(turned, axis=1), np.linalg.norm(vectors, axis=1)
    return np.asarray(turned * (was / np.maximum(lengths, 1e-9))[:, None], dtype=np.float32)
