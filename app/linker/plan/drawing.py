"""The link graph as a picture: where each page, or each group of pages, is drawn. Pure, and the same each time.

Up to MOST_PAGES pages each is a circle; of more, each circle is a cluster, or a section of the addresses.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.linker.pages import first_section
from app.linker.plan.addresses import PageFact
from app.linker.plan.findings import LinkFindings
from app.linker.plan.graph import LinkGraph

MOST_PAGES = 60
MOST_GROUPS = 40
MOST_EDGES = 160
MOST_LABELS = 24
WIDTH, HEIGHT, MARGIN = 960, 520, 48
STEPS = 240
LABEL_HEIGHT, LETTER = 14, 6.4
LONGEST_LABEL = 22
Points = NDArray[np.float64]
Names = Callable[[Sequence[int]], Mapping[int, str]]


def draw(
    pages: Sequence[PageFact], graph: LinkGraph, findings: LinkFindings, titles: Names, clusters: Names
) -> dict[str, Any]:
    """The picture: `kind` ``pages`` or ``groups``, `nodes` and `edges` with their places, and how many are left out."""
    shown = [place for place, page in enumerate(pages) if page.live]
    if len(shown) <= MOST_PAGES:
        return _of_pages(pages, graph, findings, shown, titles)
    return _of_groups(pages, graph, findings, shown, titles, clusters)


def _of_pages(
    pages: Sequence[PageFact], graph: LinkGraph, findings: LinkFindings, shown: Sequence[int], titles: Names
) -> dict[str, Any]:
    number = {place: node for node, place in enumerate(shown)}
    incoming, outgoing = graph.incoming(), graph.outgoing()
    hubs = {hub.page for hub in findings.hubs}
    lonely, deep = {*findings.orphans, *findings.fresh}, set(findings.deep)
    names = titles([pages[place].id for place in shown])
    nodes = [
        {
            "content": pages[place].id,
            "name": names.get(pages[place].id, ""),
            "pages": 1,
            "in": int(incoming[place]),
            "out": int(outgoing[place]),
            "orphans": int(place in lonely),
            "deep": int(place in deep),
            "role": _role(place, {findings.home}, hubs, lonely, deep),
        }
        for place in shown
    ]
    pairs = zip(graph.sources.tolist(), graph.targets.tolist(), strict=True)
    links = Counter(
        (number[source], number[target]) for source, target in pairs if source in number and target in number
    )
    return _laid_out("pages", nodes, links, len(shown))


def _role(place: int, home: set[int], hubs: set[int], lonely: set[int], deep: set[int]) -> str:
    for role, places in (("home", home), ("orphan", lonely), ("hub", hubs), ("deep", deep)):
        if place in places:
            return role
    return ""


def _of_groups(
    pages: Sequence[PageFact],
    graph: LinkGraph,
    findings: LinkFindings,
    shown: Sequence[int],
    titles: Names,
    clusters: Names,
) -> dict[str, Any]:
    keys = [_group_of(page) if page.live else None for page in pages]
    sizes = Counter(keys[place] for place in shown)
    largest = [key for key, _count in sorted(sizes.items(), key=lambda item: (-item[1], str(item[0])))[:MOST_GROUPS]]
    number = {key: at for at, key in enumerate(largest)}
    own = np.array([number.get(key, -1) for key in keys], dtype=np.int64)
    first, second = own[graph.sources], own[graph.targets]
    drawn = (first >= 0) & (second >= 0)
    crossing = drawn & (first != second)
    coded = first[crossing] * MOST_GROUPS + second[crossing]
    numbers, counts = np.unique(coded, return_counts=True)
    links = Counter(
        {
            (int(code) // MOST_GROUPS, int(code) % MOST_GROUPS): int(count)
            for code, count in zip(numbers, counts, strict=True)
        }
    )
    inside = np.bincount(first[drawn & (first == second)], minlength=len(largest))
    lonely = Counter(int(own[place]) for place in (*findings.orphans, *findings.fresh))
    deep = Counter(int(own[place]) for place in findings.deep)
    hubs = {hub.cluster_id: pages[hub.page].id for hub in findings.hubs}
    names = clusters([key for key in largest if isinstance(key, int)])
    hub_titles = titles([hubs[key] for key in largest if isinstance(key, int) and key in hubs])
    incoming, outgoing = Counter[int](), Counter[int]()
    for (source, target), count in links.items():
        outgoing[source] += count
        incoming[target] += count
    nodes = [
        {
            "name": names.get(key, "") if isinstance(key, int) else key,
            "cluster": key if isinstance(key, int) else 0,
            "hub": hub_titles.get(hubs.get(key, 0), "") if isinstance(key, int) else "",
            "pages": sizes[key],
            "inside": int(inside[at]),
            "in": incoming[at],
            "out": outgoing[at],
            "orphans": lonely[at],
            "deep": deep[at],
            "role": "orphan" if 2 * lonely[at] > sizes[key] else "",
        }
        for at, key in enumerate(largest)
    ]
    return _laid_out("groups", nodes, links, len(sizes))


def _group_of(page: PageFact) -> int | str:
    return page.cluster_id or f"/{first_section(page.address)}"


def _laid_out(kind: str, nodes: list[dict[str, Any]], links: Counter[tuple[int, int]], total: int) -> dict[str, Any]:
    kept = links.most_common(MOST_EDGES)
    points = layout_of(len(nodes), [pair for pair, _count in kept])
    largest = max((node["pages"] for node in nodes), default=1)
    for rank, node in enumerate(nodes):
        share = node["pages"] / largest if kind == "groups" else min(1.0, node["in"] / 8)
        node |= {
            "x": round(float(points[rank][0]), 1),
            "y": round(float(points[rank][1]), 1),
            "r": round(7 + 15 * share**0.5, 1),
        }
    _label(nodes)
    most = kept[0][1] if kept else 1
    edges = [_edge(nodes[source], nodes[target], count, most) for (source, target), count in kept if source != target]
    return {"kind": kind, "nodes": nodes, "edges": edges, "total": total, "links": len(links)}


def _edge(source: Mapping[str, Any], target: Mapping[str, Any], count: int, most: int) -> list[float]:
    """Both ends of a line, rank the rims of its circles, and how thick it is from 1 to 4."""
    dx, dy = target["x"] - source["x"], target["y"] - source["y"]
    length = max(1.0, (dx * dx + dy * dy) ** 0.5)
    dx, dy = dx / length, dy / length
    start = (source["x"] + dx * source["r"], source["y"] + dy * source["r"])
    end = (target["x"] - dx * (target["r"] + 3), target["y"] - dy * (target["r"] + 3))
    return [*(round(place, 1) for place in (*start, *end)), 1 + round(3 * (count / most) ** 0.5) if most > 1 else 1]


def layout_of(count: int, links: Sequence[tuple[int, int]]) -> Points:
    """Where so many circles are drawn: those that are linked near each other, all apart and within the picture."""
    if not count:
        return np.zeros((0, 2))
    turn = np.arange(count) * 2.399963  # the golden angle: no two begin in one place
    radius = np.sqrt((np.arange(count) + 0.5) / count)
    points = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
    pairs = np.array([pair for pair in links if pair[0] != pair[1]], dtype=np.int64).reshape(-1, 2)
    ideal = 1.6 / np.sqrt(count)
    for step in range(STEPS if count > 1 else 0):
        points += _moves(points, pairs, ideal, 0.12 * (1 - step / STEPS))
    low, high = points.min(axis=0), points.max(axis=0)
    scaled = (points - low) / np.where(high - low > 1e-9, high - low, 1.0)
    scaled = np.where(high - low > 1e-9, scaled, 0.5)
    return np.asarray(MARGIN + scaled * np.array([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN]))


def _moves(points: Points, pairs: NDArray[np.int64], ideal: float, most: float) -> Points:
    """One step: circles push each other apart, links pull, and all are drawn to the middle a little."""
    apart = points[:, None, :] - points[None, :, :]
    distance = np.sqrt((apart**2).sum(axis=2)) + 1e-6
    force = (apart * (ideal**2 / distance**2)[:, :, None]).sum(axis=1) - 0.6 * points
    if len(pairs):
        pull = points[pairs[:, 1]] - points[pairs[:, 0]]
        pull *= np.sqrt((pull**2).sum(axis=1, keepdims=True)) / ideal
        degree = np.bincount(pairs.ravel(), minlength=len(points))[:, None]
        drawn = np.zeros_like(points)
        np.add.at(drawn, pairs[:, 0], pull)
        np.add.at(drawn, pairs[:, 1], -pull)
        force += drawn / np.maximum(1, np.sqrt(degree))
    length = np.sqrt((force**2).sum(axis=1, keepdims=True)) + 1e-9
    return np.asarray(force / length * np.minimum(length, most))


def _label(nodes: list[dict[str, Any]]) -> None:
    """Names under the circles that matter most, where they cover no other name."""
    order = sorted(nodes, key=lambda node: (node["role"] not in ("home", "hub"), -node["pages"], -node["in"]))
    boxes: dict[int, list[tuple[float, float]]] = defaultdict(list)
    left = MOST_LABELS
    for node in order:
        words = " ".join(node["name"].split())
        words = words if len(words) <= LONGEST_LABEL else f"{words[: LONGEST_LABEL - 1]}…"
        half, line = len(words) * LETTER / 2 + 4, node["y"] + node["r"] + 13
        x = min(max(node["x"], half), WIDTH - half)
        rows = {int((line - LABEL_HEIGHT) // LABEL_HEIGHT), int(line // LABEL_HEIGHT)}
        is_free = all(x + half < start or end < x - half for row in rows for start, end in boxes[row])
        if not words or not left or not is_free:
            continue
        left -= 1
        for row in rows:
            boxes[row].append((x - half, x + half))
        node |= {"label": words, "label_x": round(x, 1), "label_y": round(line, 1)}
