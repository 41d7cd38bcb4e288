"""Which keywords one page can serve: topics found by meaning, without being told how many. Pure.

Two keywords belong together when they are nearer to each other than each is to its neighbourhood: in a niche where all
speak of running shoes, "shoes" joins nothing. Average linkage on that distance, cut at one height, makes the topics.
New keywords join a topic that is there before they found others, and what is near to nothing stays alone. Past WHOLE
keywords the set is first cut into blocks of near ones, so that time grows with the number of keywords.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.cluster import MiniBatchKMeans

from app.meaning.packaged import Vectors
from app.meaning.points import Points

MAX_DISTANCE = 0.90
DENSITY = 0.8  # how much of the neighbourhood's likeness is taken off
RELATED, FEWEST = 2 / 3, 3  # of the usual likeness of neighbours; how many are looked at in any case
FEW = 10  # so few keywords cannot say how alike neighbours are; what is usual elsewhere speaks for them, too
SPARSE = 0.3  # a neighbourhood is taken to be at least so alike: what is far from all is near to nothing
WHOLE, BLOCK = 4500, 700
SEED = 8
ALONE = -1
Labels = NDArray[np.int64]
Progress = Callable[[int, int], None]


def neighbours(others: Vectors, usual: Vectors) -> int:
    """How many nearest ones make the neighbourhood of a keyword: the more have much in common, the more of them."""
    related = float((others >= RELATED * usual[:, None]).sum(axis=1).mean())
    return min(len(others) - 1, max(FEWEST, round(math.pow(related, 1.5) / 4)))


def label(points: Points, topics: Sequence[int] | None = None, progress: Progress | None = None) -> Labels:
    """The topic of each point: that of `topics` where it is not negative, one of those, a new number, or ALONE."""
    given = np.full(len(points), ALONE, dtype=np.int64) if topics is None else np.asarray(topics, dtype=np.int64)
    labels, following = given.copy(), int(given.max(initial=-1)) + 1
    usual = np.zeros(len(points), dtype=np.float32) if points.usual is None else points.usual
    blocks = _blocks(points.dense)
    for number, rows in enumerate(blocks):
        found = _of_block(distances(points.one_page(rows), usual[rows]), given[rows], following)
        labels[rows] = found
        following = max(following, int(found.max(initial=-1)) + 1)
        if progress:
            progress(number + 1, len(blocks))
    return labels


def distances(likeness: Vectors, usual: Vectors) -> Vectors:
    """How far each is from each, by what is usual around them; below MAX_DISTANCE one page can serve both."""
    if len(likeness) < 2:
        return np.zeros_like(likeness)
    others = likeness.copy()
    np.fill_diagonal(others, -1)
    count = neighbours(others, usual)
    near = np.partition(others, -count, axis=1)[:, -count:].mean(axis=1)
    near += (usual - near) * FEW / (len(near) + FEW)
    around = DENSITY / 2 * np.maximum(near, SPARSE)
    apart = 1 - likeness + around[:, None] + around[None, :]
    np.fill_diagonal(apart, 0)
    return np.asarray(np.maximum(apart, 0), dtype=np.float32)


def _of_block(apart: Vectors, given: Labels, following: int) -> Labels:
    if len(given) < 2:
        return given
    labels = _joined(apart, given)
    free = np.flatnonzero(labels == ALONE)
    if len(free) < 2:
        return labels
    tree = linkage(squareform(apart[np.ix_(free, free)], checks=False), "average")
    found = fcluster(tree, MAX_DISTANCE, "distance")
    sizes = np.bincount(found)
    together = sizes[found] > 1
    labels[free[together]] = following + np.unique(found[together], return_inverse=True)[1]
    return labels


def _joined(apart: Vectors, given: Labels) -> Labels:
    """New ones put into the topic that is there and nearest on the average, when it is near enough."""
    labels = given.copy()
    new, old = np.flatnonzero(given == ALONE), np.flatnonzero(given != ALONE)
    if not len(new) or not len(old):
        return labels
    topics, place = np.unique(given[old], return_inverse=True)
    members = np.zeros((len(old), len(topics)), dtype=np.float32)
    members[np.arange(len(old)), place] = 1
    average = apart[np.ix_(new, old)] @ (members / members.sum(axis=0))
    best = average.argmin(axis=1)
    near = average[np.arange(len(new)), best] <= MAX_DISTANCE
    labels[new[near]] = topics[best[near]]
    return labels


def _blocks(vectors: Vectors) -> list[NDArray[np.int64]]:
    """The rows in blocks of near ones, each small enough to compare all with all."""
    waiting, done = [np.arange(len(vectors))], []
    while waiting:
        rows = waiting.pop()
        if len(rows) <= (WHOLE if len(rows) == len(vectors) else 2 * BLOCK):
            done.append(rows)
            continue
        parts = _split(vectors[rows], -(-len(rows) // BLOCK))
        if len(parts) < 2:  # all the same: cut by number
            parts = np.array_split(np.arange(len(rows)), -(-len(rows) // BLOCK))
        waiting += [rows[part] for part in reversed(parts)]
    return done


def _split(vectors: Vectors, parts: int) -> list[NDArray[np.int64]]:
    centres = MiniBatchKMeans(
        parts, random_state=SEED, batch_size=4096, n_init=1, max_iter=20, init="random", compute_labels=False
    ).fit(vectors)
    near = np.concatenate([centres.predict(vectors[start : start + 5000]) for start in range(0, len(vectors), 5000)])
    return [rows for rows in (np.flatnonzero(near == part) for part in range(parts)) if len(rows)]
