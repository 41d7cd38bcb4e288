"""The rows and figures of a plan, made of what was found and of the words that were placed. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.linker.plan.addresses import PageFact
from app.linker.plan.findings import BROKEN, LinkFault, LinkFindings, clicks_from_home, depth_figures, is_linkable
from app.linker.plan.graph import UNREACHED, Ints, LinkGraph
from app.linker.plan.models import KINDS
from app.linker.plan.placing import PlacedLink
from app.linker.plan.reading import SiteLinks

MOST_ROWS = 20_000  # of one kind
WEIGHT = 1_000_000  # rows of one kind stand together, in the order of KINDS


class RowMaker:
    """Makes rows of `LinkPlanRow`. `urls` are the whole addresses of pages that links are to lead to."""

    def __init__(
        self, links: SiteLinks, findings: LinkFindings, placed: Sequence[PlacedLink], urls: Mapping[int, str]
    ) -> None:
        self._links, self._findings, self._placed, self._urls = links, findings, placed, urls
        self.after = self._graph_after()
        self.depths_after = clicks_from_home(self.after, findings.roots, findings.home)
        self._counts: Counter[str] = Counter()

    def _graph_after(self) -> LinkGraph:
        """The graph with all links of the plan in it, and links that lead on to where they lead."""
        pages, places = self._links.pages, self._links.places
        pairs = [(places[link.source_id], places[link.target_id]) for link in self._placed]
        led = [(fault.source, fault.page) for fault in self._links.faults if fault.verdict not in BROKEN]
        return self._links.graph.with_links([*pairs, *(pair for pair in led if pages[pair[0]].live)])

    def rows(self, clusters: Mapping[int, str]) -> list[dict[str, Any]]:
        """All rows, those that matter most first; at most MOST_ROWS of a kind. `clusters` are names."""
        rows = [*self._faults(), *self._lacking(), *self._hubs(clusters), *self._over_linked()]
        return [row for row in rows if row["weight"] % WEIGHT < MOST_ROWS]

    def _row(self, kind: str, content_id: int, **values: Any) -> dict[str, Any]:
        weight = KINDS.index(kind) * WEIGHT + self._counts[kind]
        self._counts[kind] += 1
        empty: dict[str, Any] = {"source_id": None, "target_id": None, "fix": "", "score": 0, "details": {}}
        texts = dict.fromkeys(("address", "url", "rel", "anchor", "before", "after"), "")
        row = {"kind": kind, "content_id": content_id, "weight": weight, **empty, **texts, **values}
        return row | {"state": "open" if row["fix"] else "seen"}

    def _faults(self) -> Iterator[dict[str, Any]]:
        pages = self._links.pages
        faults = sorted(
            self._links.faults, key=lambda fault: (not pages[fault.source].live, fault.source, fault.address)
        )
        for fault in faults:
            yield self._fault(fault, pages)

    def _fault(self, fault: LinkFault, pages: Sequence[PageFact]) -> dict[str, Any]:
        source_id = pages[fault.source].id
        target_id = pages[fault.page].id if fault.page >= 0 else None
        details = {"why": str(fault.verdict), "count": fault.count}
        given = {"source_id": source_id, "target_id": target_id, "address": fault.address, "anchor": fault.anchor}
        url = self._urls.get(target_id or 0, "")
        if fault.verdict in BROKEN or not url:
            # Links are only taken away from what the site itself says is not there.
            proved = {} if fault.is_proved else {"unproved": True}
            fix = "unlink" if fault.is_proved else ""
            return self._row("broken", source_id, fix=fix, details=details | proved, **given)
        return self._row("moved", source_id, fix="retarget", url=url, details=details, **given)

    def _lacking(self) -> Iterator[dict[str, Any]]:
        """Links to pages that have too few, and those pages for which no words were problems."""
        links: dict[tuple[str, int], list[PlacedLink]] = defaultdict(list)
        for link in self._placed:
            links[link.kind, self._links.places[link.target_id]].append(link)
        for kind, places in (
            ("fresh", self._findings.fresh),
            ("orphan", self._findings.orphans),
            ("deep", self._findings.deep),
        ):
            for place in places:
                content_id, details = self._links.pages[place].id, self._depths(place)
                for link in links[kind, place]:
                    yield self._link(kind, link, details)
                if not links[kind, place]:
                    yield self._row(kind, content_id, target_id=content_id, details=details)

    def _depths(self, place: int) -> dict[str, Any]:
        return {"before": _clicks(self._findings.depths, place), "after": _clicks(self.depths_after, place)}

    def _link(self, kind: str, link: PlacedLink, details: Mapping[str, Any]) -> dict[str, Any]:
        place = link.choice.place
        return self._row(
            kind,
            link.target_id,
            source_id=link.source_id,
            target_id=link.target_id,
            fix="propose" if kind == "fresh" else "link",
            score=link.score,
            url=link.url,
            rel=link.rel,
            anchor=place.anchor,
            before=place.before,
            after=place.after,
            details=dict(details),
        )

    def _hubs(self, clusters: Mapping[int, str]) -> Iterator[dict[str, Any]]:
        """Each hub that lacks links, followed by the links that can be put in."""
        pages, places = self._links.pages, self._links.places
        to_hub = Counter(hub for _member, hub in self._findings.to_hub)
        from_hub = Counter(hub for hub, _member in self._findings.from_hub)
        links: dict[int, list[tuple[bool, PlacedLink]]] = defaultdict(list)
        hubs = {hub.page for hub in self._findings.hubs}
        for link in self._placed:
            if link.kind == "hub":
                source, target = places[link.source_id], places[link.target_id]
                is_to_hub = target in hubs and pages[source].cluster_id == pages[target].cluster_id
                links[target if is_to_hub else source].append((is_to_hub, link))
        for hub in self._findings.hubs:
            if not to_hub[hub.page] and not from_hub[hub.page]:
                continue
            name = {"cluster": hub.cluster_id, "name": clusters.get(hub.cluster_id, "")}
            counts = {"members": len(hub.members), "to": to_hub[hub.page], "from": from_hub[hub.page]}
            yield self._row("hub", pages[hub.page].id, details=name | counts)
            for is_to_hub, link in links[hub.page]:
                yield self._link("hub", link, name | {"to_hub": is_to_hub})

    def _over_linked(self) -> Iterator[dict[str, Any]]:
        for row in self._findings.over_linked:
            details = {"links": row.links, "median": row.median, "same": row.same}
            yield self._row("overlinked", self._links.pages[row.page].id, anchor=row.anchor, details=details)

    def figures(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Numbers of the site; a pair is before and after all of the plan."""
        pages, counts, problems = self._links.pages, self._links.counts, self._findings
        mended: Counter[str] = Counter()
        for row in rows:
            mended[row["kind"]] += row["details"].get("count", 0) if row["fix"] in ("retarget", "unlink") else 0
        before, after = depth_figures(problems.depths, pages), depth_figures(self.depths_after, pages)
        incoming = self.after.incoming()
        lonely = [*problems.orphans, *problems.fresh]
        lacking = [*problems.to_hub, *problems.from_hub]
        return {
            "pages": sum(is_linkable(page) for page in pages),
            "links": [len(self._links.graph.sources), len(self.after.sources)],
            "orphans": [len(lonely), int(sum(not incoming[place] for place in lonely))],
            **{name: [before[name], after[name]] for name in before},
            **{kind: [counts[kind], max(0, counts[kind] - mended[kind])] for kind in ("broken", "moved")},
            "hub_links": [len(lacking), sum(not self.after.has(*pair) for pair in lacking)],
            "hubs": len(problems.hubs),
            "overlinked": len(problems.over_linked),
            "fresh": len(problems.fresh),
            "not_judged": counts["not_judged"],
            "home_is_known": problems.home >= 0,
            "roots": len(problems.roots),
        }


def _clicks(depths: Ints, place: int) -> int | None:
    depth = int(depths[place])
    return None if depth == UNREACHED else depth
