"""Keywords into the topics that a site has, and into new ones, by what they mean. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from app.ai.values import KeywordInput
from app.meaning.packaged import Vectors
from app.meaning.points import Points
from app.planner.clustering import services as clustering
from app.planner.clustering.topics import ClusterTopic, Nearest
from app.planner.clusters.names import description_of, name_from

NEAREST = 3
LEAST_NEARNESS = 20
MOST_SHOWN, AT_ONCE = 5000, 500
PART = 10_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ProposedCluster:
    """A topic and its keywords, spelled as they were given. A new one (`is_new`) is named after its keywords."""

    name: str
    description: str
    keywords: list[str]
    is_new: bool


@dataclass(frozen=True, slots=True)
class ClusterResult:
    """Every keyword is in one cluster or in `unassigned`, never in both or twice."""

    clusters: list[ProposedCluster]
    unassigned: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Grouped:
    """The result; `nearest` has, for each keyword in `result.unassigned`, the topics near it, the nearest first."""

    result: ClusterResult
    nearest: dict[str, list[Nearest]] = field(default_factory=dict)


def group(
    keywords: Iterable[KeywordInput],
    topics: Sequence[ClusterTopic],
    points_of: Callable[[Sequence[str]], Points],
    progress: Progress | None = None,
    taken: Iterable[str] = (),
) -> Grouped:
    """Put each keyword into a topic that is there, into a new one, or nowhere.

    `taken` are names that no new topic may have. The order of the keywords changes nothing.
    """
    rows = sorted({item.text: item for item in keywords}.values(), key=lambda item: item.text)
    if not rows:
        return Grouped(ClusterResult([]))
    members = [(number, text) for number, topic in enumerate(topics) for text in (topic.keywords or [topic.name])]
    points = points_of([item.text for item in rows] + [text for _topic, text in members])
    known_topics = [clustering.ALONE] * len(rows) + [number for number, _text in members]
    labels = clustering.assign_topics(points, known_topics, progress)
    names = {number: topic.name for number, topic in enumerate(topics)}
    used = {name.casefold() for name in (*taken, *names.values())}
    middles = _Middles(points, labels)
    central = middles.likeness_of_members()
    clusters = []
    for label, group in _groups(labels[: len(rows)]):
        chosen, is_new = [rows[row] for row in group], label not in names
        if is_new:
            names[label] = name_from(chosen, central[group], used)
            used.add(names[label].casefold())
        description = description_of(chosen) if is_new else ""
        clusters.append(ProposedCluster(names[label], description, [item.text for item in chosen], is_new))
    alone = [row for row in range(len(rows)) if labels[row] == clustering.ALONE]
    result = ClusterResult(clusters, [rows[row].text for row in alone])
    most_searched = sorted(alone, key=lambda row: (-(rows[row].volume or 0), row))[:MOST_SHOWN]
    return Grouped(result, {rows[row].text: near for row, near in _nearest(most_searched, points, middles, names)})


def _groups(labels: NDArray[np.int64]) -> list[tuple[int, list[int]]]:
    """(label, rows) of each topic that took a keyword, the largest first."""
    groups: dict[int, list[int]] = {}
    for row, label in enumerate(labels.tolist()):
        if label != clustering.ALONE:
            groups.setdefault(label, []).append(row)
    return sorted(groups.items(), key=lambda item: (-len(item[1]), item[1][0]))


class _Middles:
    """The mean of each topic's points: likeness to it is the mean of the likeness to its keywords."""

    def __init__(self, points: Points, labels: NDArray[np.int64]) -> None:
        self._points = points
        self._placed = np.flatnonzero(labels != clustering.ALONE)
        self.topics, self._topic_of = np.unique(labels[self._placed], return_inverse=True)
        share = 1 / np.bincount(self._topic_of)[self._topic_of]
        means = csr_matrix((share, (self._topic_of, self._placed)), shape=(len(self.topics), len(points)))
        self.points = Points(np.asarray(means @ points.dense, dtype=np.float32), csr_matrix(means @ points.spelling))

    def likeness_of_members(self) -> Vectors:
        """How alike each keyword is, on average, to those of its topic; 0 for one without a topic."""
        central = np.zeros(len(self._points), dtype=np.float32)
        for start in range(0, len(self._placed), PART):
            rows, topics = self._placed[start : start + PART], self._topic_of[start : start + PART]
            spelled = self._points.spelling[rows].multiply(self.points.spelling[topics]).sum(axis=1)
            meant = np.einsum("ij,ij->i", self._points.dense[rows], self.points.dense[topics])
            central[rows] = meant + np.asarray(spelled).ravel()
        return central


def _nearest(
    rows: Sequence[int], points: Points, middles: _Middles, names: Mapping[int, str]
) -> Iterator[tuple[int, list[Nearest]]]:
    """For each row, the topics whose keywords are most like it, if any are."""
    count = min(NEAREST, len(middles.topics))
    for start in range(0, len(rows) if count else 0, AT_ONCE):
        part = list(rows[start : start + AT_ONCE])
        alike = points.likeness_to(middles.points, part)
        nearest = np.argpartition(-alike, count - 1, axis=1)[:, :count]
        for row, likeness, best in zip(part, alike, nearest, strict=True):
            ordered = best[np.lexsort((best, -likeness[best]))]
            near = [Nearest(names[int(middles.topics[topic])], _percent(likeness[topic])) for topic in ordered]
            if near_enough := [candidate for candidate in near if candidate.nearness >= LEAST_NEARNESS]:
                yield row, near_enough


def _percent(likeness: float) -> int:
    return round(100 * min(1.0, max(0.0, float(likeness))))
