"""What is wrong with the links of a site, and which links it lacks. Pure: facts in, findings out.

The home is where visitors begin: the page at the site's own address. Menus and lists of posts are not in any text, so
where that page is not known or its text links to nothing, the home is taken to have what WordPress shows by itself: the
pages without a parent (its menu of pages) and the newest posts (its list of posts).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.linker.plan.addresses import LinkStatus, PageFact
from app.linker.plan.graph import UNREACHED, Ints, LinkGraph

MOST_CLICKS = 3
NEWEST_POSTS = 10  # what WordPress lists on a page
FRESH_DAYS = 30
LEAST_MEMBERS = 3  # live pages of a cluster that has a hub
MANY_LINKS, TIMES_MEDIAN = 20, 10
SAME_ANCHOR, SAME_SHARE = 20, 0.8
BROKEN = (LinkStatus.TRASHED, LinkStatus.GONE, LinkStatus.UNPUBLISHED, LinkStatus.NO_PAGE)
REDIRECTED = (LinkStatus.MOVED, LinkStatus.GUESSED, LinkStatus.OTHER_ORIGIN)


@dataclass(frozen=True, slots=True)
class LinkFault:
    """A link of a text that leads nowhere or somewhere else. `page` is where it should lead, or -1; `count` how often
    the text has it; `is_proved` whether the site says so itself."""

    source: int
    address: str
    anchor: str
    verdict: LinkStatus
    page: int
    count: int = 1
    is_proved: bool = True


@dataclass(frozen=True, slots=True)
class Hub:
    """The page of a cluster that its others should link to, and the members; places among the pages."""

    cluster_id: int
    page: int
    members: Sequence[int]


@dataclass(frozen=True, slots=True)
class OverLinked:
    """A page that too much links to: `links` pages, where half have at most `median`; or too many with one `anchor`."""

    page: int
    links: int
    median: int
    anchor: str = ""
    same: int = 0


@dataclass
class LinkFindings:
    """All that a plan says of the graph, before words for new links are looked for."""

    roots: Sequence[int]
    home: int
    depths: Ints
    orphans: list[int] = field(default_factory=list)
    fresh: list[int] = field(default_factory=list)
    deep: list[int] = field(default_factory=list)
    hubs: list[Hub] = field(default_factory=list)
    to_hub: list[tuple[int, int]] = field(default_factory=list)
    from_hub: list[tuple[int, int]] = field(default_factory=list)
    over_linked: list[OverLinked] = field(default_factory=list)


def roots_of(pages: Sequence[PageFact], graph: LinkGraph, home: int) -> list[int]:
    """Where visitors begin; `home` is the place of the page at the site's address, or -1."""
    if home >= 0 and graph.starts[home + 1] > graph.starts[home]:
        return [home]
    live = [place for place, page in enumerate(pages) if page.live]
    tops = [place for place in live if pages[place].content_type == "Page" and pages[place].is_top]
    posts = [place for place in live if pages[place].content_type == "Article"]
    newest = sorted(posts, key=lambda place: (-pages[place].published, -pages[place].id))[:NEWEST_POSTS]
    return ([home] if home >= 0 else []) + tops + newest


def clicks_from_home(graph: LinkGraph, roots: Sequence[int], home: int) -> Ints:
    """How many clicks each page is from the home, which is at 0; what it is taken to link to is at 1."""
    depths = graph.depths(roots)
    if list(roots) != [home]:
        depths = np.where(depths == UNREACHED, UNREACHED, depths + 1)
        if home >= 0:
            depths[home] = 0
    return depths


def is_linkable(page: PageFact) -> bool:
    """Whether a page is one that texts should link to: live, and not a list that the theme links to by itself."""
    return page.live and page.content_type != "Taxonomy"


def find_link_problems(
    pages: Sequence[PageFact],
    graph: LinkGraph,
    home: int,
    today: int,
    anchors: Iterable[tuple[int, str, int]] = (),
    left_alone: Iterable[int] = (),
) -> LinkFindings:
    """All findings.

    `anchors` are pages with words that many pages link to them with, and how many these are; `today` an ordinal day;
    `left_alone` places of pages that nothing should link to.
    """
    roots = roots_of(pages, graph, home)
    problems = LinkFindings(roots, home, clicks_from_home(graph, roots, home))
    incoming, start, out = graph.incoming(), set(roots), set(left_alone)
    for place, page in enumerate(pages):
        if not is_linkable(page) or place in out or place == home:
            continue
        is_fresh = 0 <= today - page.published <= FRESH_DAYS if page.published else False
        if not incoming[place]:
            (problems.fresh if is_fresh else problems.orphans).append(place)
        elif place not in start and (problems.depths[place] == UNREACHED or problems.depths[place] > MOST_CLICKS):
            problems.deep.append(place)
    far = np.where(problems.depths == UNREACHED, graph.size + 1, problems.depths)
    problems.deep.sort(key=lambda place: (-int(far[place]), pages[place].id))
    problems.hubs = hubs_of(pages, graph)
    for hub in problems.hubs:
        for member in hub.members:
            if hub.page not in out and not graph.has(member, hub.page):
                problems.to_hub.append((member, hub.page))
            if member not in out and not graph.has(hub.page, member):
                problems.from_hub.append((hub.page, member))
    problems.over_linked = over_linked(pages, incoming, anchors, start | {home})
    return problems


def hubs_of(pages: Sequence[PageFact], graph: LinkGraph) -> list[Hub]:
    """The hub of each cluster with enough live pages: the one called as the cluster, else that which most members link
    to, a page before a post, then the one that most pages link to."""
    clusters: dict[int, list[int]] = defaultdict(list)
    for place, page in enumerate(pages):
        if page.live and page.cluster_id:
            clusters[page.cluster_id].append(place)
    incoming = graph.incoming()
    own = np.array([page.cluster_id if page.live else 0 for page in pages], dtype=np.int64)
    inside = np.zeros(graph.size, dtype=np.int64)
    if len(graph.sources):
        same = (own[graph.sources] == own[graph.targets]) & (own[graph.targets] > 0)
        inside = np.bincount(graph.targets[same], minlength=graph.size)
    hubs = []
    for cluster_id, members in sorted(clusters.items()):
        if len(members) < LEAST_MEMBERS:
            continue
        hub = max(members, key=lambda place: _hub_rank(pages[place], int(inside[place]), int(incoming[place])))
        hubs.append(Hub(cluster_id, hub, [place for place in members if place != hub and is_linkable(pages[place])]))
    return hubs


def _hub_rank(page: PageFact, inside: int, incoming: int) -> tuple[Any, ...]:
    return page.is_named, inside, page.content_type in ("Page", "Taxonomy"), incoming, -page.id


def over_linked(
    pages: Sequence[PageFact], incoming: Ints, anchors: Iterable[tuple[int, str, int]], left_alone: Iterable[int]
) -> list[OverLinked]:
    """Pages that far more links lead to than to others, or nearly all with the same words; the most linked first."""
    linked = incoming[incoming > 0]
    median = int(np.median(linked)) if len(linked) else 0
    out = set(left_alone)
    most = max(MANY_LINKS, TIMES_MEDIAN * median)
    problems = {
        place: OverLinked(place, int(incoming[place]), median)
        for place in np.flatnonzero(incoming > most).tolist()
        if place not in out and pages[place].live
    }
    for place, anchor, same in anchors:
        links = int(incoming[place])
        if place not in out and same >= SAME_ANCHOR and same >= SAME_SHARE * links:
            problems[place] = OverLinked(place, links, median, anchor, same)
    return sorted(problems.values(), key=lambda row: (-row.links, pages[row.page].id))


def merged_faults(faults: Iterable[LinkFault]) -> list[LinkFault]:
    """The faults with those of one text and address in one."""
    counts: dict[tuple[int, str], LinkFault] = {}
    for fault in faults:
        before = counts.get((fault.source, fault.address))
        count = (before.count if before else 0) + fault.count
        anchor = before.anchor if before and before.anchor else fault.anchor
        counts[fault.source, fault.address] = LinkFault(
            fault.source, fault.address, anchor, fault.verdict, fault.page, count
        )
    return list(counts.values())


def depth_figures(depths: Ints, pages: Sequence[PageFact]) -> Mapping[str, Any]:
    """Of the pages that texts should link to: how many are too deep or not reached, and the mean of the others."""
    linkable = np.array([is_linkable(page) for page in pages], dtype=bool)
    own = depths[linkable] if len(depths) else depths
    reached = own[own != UNREACHED]
    return {
        "deep": int((reached > MOST_CLICKS).sum()),
        "unreached": int((own == UNREACHED).sum()),
        "mean_depth": round(float(reached.mean()), 1) if len(reached) else None,
    }
