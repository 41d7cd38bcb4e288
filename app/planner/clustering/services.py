"""Which keywords one page can serve: topics found by meaning, however many there are. Pure.

Two keywords belong together when they are nearer to each other than each is to its nearest neighbours: in a niche where
all are about running shoes, "shoes" joins nothing. That is turned into a probability between 0 and 1, so that pairs
which surely differ count no more than that; average linkage on it, cut at one height, makes the topics. New keywords
join an existing topic rather than form new ones, and what is near nothing stays alone. Past WHOLE keywords the set is
first cut into blocks of near ones, so that time grows with the number of keywords.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from app.meaning.packaged import Vectors
from app.meaning.points import Points

MOST_APART = 0.6  # the chance that two keywords need different pages up to which they share one, on the average
# How likeness becomes that chance. Found by logistic regression on pairs of lists that editors had grouped, each list
# judged by what the others had taught; within a tenth of these numbers the topics hardly change.
CONTRAST = 0.53  # the share of likeness that is by what tells these keywords from each other
OF_NEAREST = 0.52  # how much of the likeness to its nearest ones is expected of a keyword, from either side
EASE, SHARPNESS = 0.044, 22.0
WANTED = 0.4  # how much of what searchers want of different pages is subtracted; of few keywords all of it
FEWEST = 5  # nearest ones that are looked at in any case
ALIKE, MORE = 0.3, 1.3  # where topics are large, more of them: as many as are so alike, to this power
FEW = 10  # so few keywords cannot say how alike neighbours are; what is usual elsewhere speaks for them, too
NICHE = 50  # so many say what all of them are about
WHOLE, BLOCK = 4500, 700
SAMPLE = 20_000  # keywords that say where the blocks are
SEED = 8
ALONE = -1
Labels = NDArray[np.int64]
Progress = Callable[[int, int], None]


def assign_topics(points: Points, topics: Sequence[int] | None = None, progress: Progress | None = None) -> Labels:
    """The topic of each point: that of `topics` where it is not negative, one of those, a new number, or ALONE."""
    known_topics = np.full(len(points), ALONE, dtype=np.int64) if topics is None else np.asarray(topics, dtype=np.int64)
    labels, following = known_topics.copy(), int(known_topics.max(initial=-1)) + 1
    blocks = _blocks(points.dense, progress)
    for number, rows in enumerate(blocks):
        apart = chances_apart(points, rows)
        if progress:
            progress(number, len(blocks))
        topic_numbers = _of_block(apart, known_topics[rows], following)
        labels[rows] = topic_numbers
        following = max(following, int(topic_numbers.max(initial=-1)) + 1)
        if progress:
            progress(number + 1, len(blocks))
    return labels


def chances_apart(points: Points, rows: NDArray[np.int64]) -> Vectors:
    """For each pair of these rows, the probability that they need different pages."""
    if len(rows) < 2:
        return np.zeros((len(rows), len(rows)), dtype=np.float32)
    alike = points.likeness(rows, rows)
    among_these = points.contrasted(rows, alike)
    many = min(1.0, max(0.0, (len(rows) - FEW) / (NICHE - FEW)))
    around = _nearest_many(among_these)
    alike += np.float32(CONTRAST * many) * (among_these - alike)
    near = _nearness(alike, around)
    if points.usual is not None:
        near += (points.usual[rows] - near) * FEW / (len(rows) + FEW)
    near *= np.float32(OF_NEAREST)
    alike -= near[:, None] + near[None, :] - np.float32(EASE)
    if points.wants is not None:
        alike -= np.float32(1 - (1 - WANTED) * many) * points.wants.apart(rows)
    alike *= np.float32(-SHARPNESS)
    from scipy.special import expit

    apart = expit(alike)
    np.fill_diagonal(apart, 0)
    return np.asarray(apart, dtype=np.float32)


def _nearest_many(alike: Vectors) -> int:
    """How many nearest neighbours to look at to tell how alike neighbours are."""
    related = float((alike >= ALIKE).sum(axis=1).mean()) - 1
    return min(len(alike) - 1, max(FEWEST, round(math.pow(max(0.0, related), MORE))))


def _nearness(alike: Vectors, count: int) -> Vectors:
    """The mean likeness of each row to its `count` nearest."""
    others = alike.copy()
    np.fill_diagonal(others, -1)
    return np.asarray(np.partition(others, -count, axis=1)[:, -count:].mean(axis=1))


def _of_block(apart: Vectors, given: Labels, following: int) -> Labels:
    if len(given) < 2:
        return given
    labels = _joined_to_nearest(apart, given)
    free = np.flatnonzero(labels == ALONE)
    if len(free) < 2:
        return labels
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    tree = linkage(squareform(apart[np.ix_(free, free)], checks=False), "average")
    flat_clusters = fcluster(tree, MOST_APART, "distance")
    sizes = np.bincount(flat_clusters)
    together = sizes[flat_clusters] > 1
    labels[free[together]] = following + np.unique(flat_clusters[together], return_inverse=True)[1]
    return labels


def _joined_to_nearest(apart: Vectors, given: Labels) -> Labels:
    """New keywords put into the existing topic that is nearest on average, when it is near enough."""
    labels = given.copy()
    new, old = np.flatnonzero(given == ALONE), np.flatnonzero(given != ALONE)
    if not len(new) or not len(old):
        return labels
    topics, place = np.unique(given[old], return_inverse=True)
    members = np.zeros((len(old), len(topics)), dtype=np.float32)
    members[np.arange(len(old)), place] = 1
    average = apart[np.ix_(new, old)] @ (members / members.sum(axis=0))
    best = average.argmin(axis=1)
    near = average[np.arange(len(new)), best] <= MOST_APART
    labels[new[near]] = topics[best[near]]
    return labels


def _blocks(vectors: Vectors, progress: Progress | None = None) -> list[NDArray[np.int64]]:
    """The rows in blocks of near neighbours, small enough to compare all with all. `progress` may raise to stop."""
    open_blocks, done = [np.arange(len(vectors))], []
    while open_blocks:
        if progress:
            progress(0, len(vectors))
        rows = open_blocks.pop()
        if len(rows) <= (WHOLE if len(rows) == len(vectors) else 2 * BLOCK):
            done.append(rows)
            continue
        parts = _split(vectors[rows], -(-len(rows) // BLOCK))
        if len(parts) < 2:  # all the same: cut by number
            parts = np.array_split(np.arange(len(rows)), -(-len(rows) // BLOCK))
        open_blocks += [rows[part] for part in reversed(parts)]
    return done


def _split(vectors: Vectors, parts: int) -> list[NDArray[np.int64]]:
    from sklearn.cluster import MiniBatchKMeans  # 70 MB, which most processes never need

    sample = vectors[:: max(1, len(vectors) // SAMPLE)]
    centres = MiniBatchKMeans(
        parts, random_state=SEED, batch_size=4096, n_init=1, max_iter=20, init="random", compute_labels=False
    ).fit(sample)
    near = np.concatenate([centres.predict(vectors[start : start + 5000]) for start in range(0, len(vectors), 5000)])
    return [rows for rows in (np.flatnonzero(near == part) for part in range(parts)) if len(rows)]
