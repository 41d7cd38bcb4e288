"""Keywords into the topics that a site has, and into new ones: what clustering does without a key. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from app.ai.provider import ClusterResult, KeywordInput, Progress, ProposedCluster
from app.meaning.points import Points
from app.planner import clustering
from app.planner.cluster_names import description_of, name_of
from app.planner.topics import Nearest, Topic

NEAREST = 3
LEAST_NEARNESS = 20
MOST_SHOWN, AT_ONCE = 5000, 500


@dataclass(frozen=True)
class Grouped:
    """What came of it; `nearest` by keyword of `result.unassigned`, the nearest topic first."""

    result: ClusterResult
    nearest: dict[str, list[Nearest]] = field(default_factory=dict)


def group(
    keywords: Iterable[KeywordInput],
    topics: Sequence[Topic],
    points_of: Callable[[Sequence[str]], Points],
    progress: Progress | None = None,
    taken: Iterable[str] = (),
) -> Grouped:
    """Put each keyword into a topic that is there, into a new one, or nowhere.

    `taken` are names that no new topic may have. The order of the keywords changes nothing.
    """
    rows = sorted({item.text: item for item in keywords}.values(), key=lambda item: item.text)
    if not rows:
        return Grouped(ClusterResult(clusters=[]))
    members = [(number, text) for number, topic in enumerate(topics) for text in (topic.keywords or [topic.name])]
    points = points_of([item.text for item in rows] + [text for _topic, text in members])
    given = [clustering.ALONE] * len(rows) + [number for number, _text in members]
    labels = clustering.label(points, given, progress)
    names = {number: topic.name for number, topic in enumerate(topics)}
    used = {name.casefold() for name in (*taken, *names.values())}
    clusters = []
    for label, group in _groups(labels[: len(rows)]):
        chosen, is_new = [rows[row] for row in group], label not in names
        if is_new:
            names[label] = name_of(chosen, points.likeness(group, group), used)
            used.add(names[label].casefold())
        description = description_of(chosen) if is_new else ""
        texts = [item.text for item in chosen]
        clusters.append(ProposedCluster(name=names[label], description=description, keywords=texts))
    alone = [row for row in range(len(rows)) if labels[row] == clustering.ALONE]
    result = ClusterResult(clusters=clusters, unassigned=[rows[row].text for row in alone])
    shown = sorted(alone, key=lambda row: (-(rows[row].volume or 0), row))[:MOST_SHOWN]
    return Grouped(result, {rows[row].text: near for row, near in _nearest(shown, labels, points, names)})


def _groups(labels: NDArray[np.int64]) -> list[tuple[int, list[int]]]:
    """(label, rows) of each topic that took a keyword, the largest first."""
    groups: dict[int, list[int]] = {}
    for row, label in enumerate(labels.tolist()):
        if label != clustering.ALONE:
            groups.setdefault(label, []).append(row)
    return sorted(groups.items(), key=lambda item: (-len(item[1]), item[1][0]))


def _nearest(
    rows: Sequence[int], labels: NDArray[np.int64], points: Points, names: Mapping[int, str]
) -> Iterator[tuple[int, list[Nearest]]]:
    """The topics whose keywords are most alike to each row, where any is."""
    placed = np.flatnonzero(labels != clustering.ALONE)
    if not len(placed) or not len(rows):
        return
    topics, place = np.unique(labels[placed], return_inverse=True)
    share = csr_matrix((1 / np.bincount(place)[place], (place, placed)), shape=(len(topics), len(points)))
    middles = Points(np.asarray(share @ points.dense, dtype=np.float32), csr_matrix(share @ points.spelling))
    for start in range(0, len(rows), AT_ONCE):
        part = list(rows[start : start + AT_ONCE])
        for row, likeness in zip(part, points.likeness_to(middles, part), strict=True):
            best = np.argsort(-likeness, kind="stable")[:NEAREST]
            near = [Nearest(names[int(topics[one])], _percent(likeness[one])) for one in best]
            if kept := [one for one in near if one.nearness >= LEAST_NEARNESS]:
                yield row, kept


def _percent(likeness: float) -> int:
    return round(100 * min(1.0, max(0.0, float(likeness))))
