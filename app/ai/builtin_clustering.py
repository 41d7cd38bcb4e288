"""Grouping keywords by how they are written, without a key and without a network.

Character and word n-grams are weighted by TF-IDF, condensed by SVD and joined by average linkage
on the cosine distance up to a fixed distance, so that the number of clusters follows from the
keywords. Past LINKAGE_LIMIT keywords, near ones are first gathered around a bounded number of
centres, whose linkage then costs the same for any number of keywords. The order of the input and the
number of runs change nothing.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix, hstack
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer
from sklearn.preprocessing import normalize

from app.ai.provider import (
    NAME_LENGTH,
    ClusterRequest,
    ClusterResult,
    KeywordInput,
    Progress,
    ProposedCluster,
)
from app.ai.wording import cut, searches_such_as, sentence_case

LINKAGE_LIMIT = 3000
DIMENSIONS = 200
MAX_DISTANCE = 0.78
MAX_CENTRE_DISTANCE = 0.70
STRAY_DISTANCE = 0.92
SEED = 8
_EDGE_STOP_WORDS = ENGLISH_STOP_WORDS | {"best", "vs", "near", "cheap", "top", "free", "online"}

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]


def _weights(texts: Sequence[str], **options: Any) -> csr_matrix:
    vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2, dtype=np.float32, **options)
    try:
        return vectorizer.fit_transform(texts)
    except ValueError:  # nothing is shared by two keywords: no feature remains
        return csr_matrix((len(texts), 1), dtype=np.float32)


def vectors(texts: Sequence[str]) -> Vectors:
    """One unit vector per keyword; a keyword that shares nothing with another is all zeros."""
    share = 0.5 if len(texts) >= 10 else 1.0
    features = hstack(
        [
            _weights(texts, analyzer="char_wb", ngram_range=(3, 5), max_df=share),
            _weights(texts, ngram_range=(1, 2), stop_words="english", max_df=share),
        ]
    ).tocsr()
    dimensions = min(DIMENSIONS, features.shape[1] - 1)
    if len(texts) <= DIMENSIONS or dimensions < 2:
        return np.asarray(normalize(features.toarray()), dtype=np.float32)
    condensed = TruncatedSVD(dimensions, random_state=SEED, n_iter=5).fit_transform(features)
    return np.asarray(normalize(condensed), dtype=np.float32)


def _link(points: Vectors, distance: float) -> Labels:
    """Average linkage on cosine distance, cut at `distance`; labels count from 0."""
    if len(points) < 2:
        return np.zeros(len(points), dtype=np.int64)
    tree = linkage(np.asarray(points, dtype=np.float64), "average", metric="cosine")
    return np.asarray(fcluster(tree, distance, "distance"), dtype=np.int64) - 1


def _link_many(points: Vectors, progress: Progress | None) -> Labels:
    centres = MiniBatchKMeans(
        LINKAGE_LIMIT,
        random_state=SEED,
        batch_size=6000,
        n_init=1,
        max_iter=10,
        init="random",
        compute_labels=False,
    ).fit(points)
    if progress:
        progress(2, 4)
    near = np.concatenate([centres.predict(points[start : start + 2000]) for start in range(0, len(points), 2000)])
    used, near = np.unique(near, return_inverse=True)
    return _link(np.asarray(normalize(centres.cluster_centers_[used])), MAX_CENTRE_DISTANCE)[near]


def _centroids(points: Vectors, labels: Labels, count: int) -> Vectors:
    sums = np.zeros((count, points.shape[1]), dtype=np.float32)
    np.add.at(sums, labels, points)
    return np.asarray(normalize(sums), dtype=np.float32)


def _gather_strays(points: Vectors, labels: Labels) -> Labels:
    """Join keywords left alone to the nearest cluster when it is near enough."""
    sizes = np.bincount(labels)
    alone = np.flatnonzero(sizes[labels] == 1)
    homes = np.flatnonzero(sizes > 1)
    if not len(alone) or not len(homes):
        return labels
    middle = _centroids(points, labels, len(sizes))[homes]
    joined = labels.copy()
    for start in range(0, len(alone), 1000):
        part = alone[start : start + 1000]
        likeness = points[part] @ middle.T
        best = likeness.argmax(axis=1)
        fits = likeness[np.arange(len(part)), best] >= 1 - STRAY_DISTANCE
        joined[part[fits]] = homes[best[fits]]
    return joined


def label(texts: Sequence[str], progress: Progress | None = None) -> tuple[Labels, Vectors]:
    """A cluster number for each keyword, and the vectors they were found with."""
    if len(texts) < 2:
        return np.zeros(len(texts), dtype=np.int64), np.zeros((len(texts), 1), dtype=np.float32)
    points = vectors(texts)
    if progress:
        progress(1, 4)
    known = np.flatnonzero(np.abs(points).sum(axis=1) > 0)
    labels = np.arange(len(texts), dtype=np.int64) + len(texts)
    if len(known):
        some = points[known]
        labels[known] = _link(some, MAX_DISTANCE) if len(known) <= LINKAGE_LIMIT else _link_many(some, progress)
    labels = np.unique(labels, return_inverse=True)[1]
    return _gather_strays(points, labels), points


def _phrases(text: str) -> set[str]:
    """Runs of one to four words that begin and end with a word of meaning."""
    tokens = text.split()
    edges = [token.casefold() not in _EDGE_STOP_WORDS for token in tokens]
    return {
        " ".join(tokens[start:end])
        for start in range(len(tokens))
        for end in range(start + 1, min(start + 4, len(tokens)) + 1)
        if edges[start] and edges[end - 1] and len(" ".join(tokens[start:end])) > 2
    }


def _common_phrase(members: list[KeywordInput]) -> list[str]:
    """The longest phrase that most keywords of the cluster share, if there is one."""
    counts = Counter(phrase for member in members for phrase in _phrases(member.text))
    size, whole = len(members), {member.text for member in members}
    shared = [
        (count, phrase)
        for phrase, count in counts.items()
        if count >= max(2, 0.4 * size if " " in phrase else 0.5 * size) and (" " in phrase or phrase in whole)
    ]
    best = max(
        shared,
        key=lambda item: (item[0] * (1 + 0.6 * (len(item[1].split()) - 1)), len(item[1]), item[1]),
        default=None,
    )
    return [] if best is None else [best[1]]


def _candidate_names(members: list[KeywordInput], points: Vectors) -> list[str]:
    """What the keywords share, then single ones: central, searched for and short ones first."""
    centrality = points @ normalize(points.sum(axis=0, keepdims=True))[0]
    searched = np.log1p([member.volume or 0 for member in members])
    searched = searched / max(float(searched.max()), 1.0)
    length = np.array([len(member.text.split()) + len(member.text) / 20 for member in members])
    score = centrality + 0.35 * searched - 0.06 * length
    order = sorted(range(len(members)), key=lambda i: (-round(float(score[i]), 5), members[i].text))
    names = _common_phrase(members) + [members[i].text for i in order]
    return [cut(sentence_case(name), NAME_LENGTH) for name in names]


def _distinct(candidates: list[str], taken: set[str]) -> str:
    for name in candidates:
        if name.casefold() not in taken:
            return name
    number = 2
    while f"{candidates[0]} ({number})".casefold() in taken:
        number += 1
    return f"{candidates[0]} ({number})"


def _describe(members: list[KeywordInput]) -> str:
    top = sorted(members, key=lambda member: (-(member.volume or 0), member.text))
    return searches_such_as([member.text for member in top[:3]], len(members))


def _groups(labels: Labels) -> list[list[int]]:
    groups: dict[int, list[int]] = {}
    for index, number in enumerate(labels.tolist()):
        groups.setdefault(number, []).append(index)
    return sorted(groups.values(), key=lambda group: (-len(group), group[0]))


def cluster(request: ClusterRequest, progress: Progress | None = None) -> ClusterResult:
    """Group the keywords of a request; every keyword ends in exactly one cluster."""
    keywords = sorted({item.text: item for item in request.keywords}.values(), key=lambda item: item.text)
    if not keywords:
        return ClusterResult(clusters=[])
    labels, points = label([item.text.casefold() for item in keywords], progress)
    if progress:
        progress(3, 4)
    taken: set[str] = set()
    clusters = []
    for group in _groups(labels):
        members = [keywords[index] for index in group]
        name = _distinct(_candidate_names(members, points[group]), taken)
        taken.add(name.casefold())
        clusters.append(ProposedCluster(name=name, description=_describe(members), keywords=[m.text for m in members]))
    if progress:
        progress(4, 4)
    return ClusterResult(clusters=clusters)
