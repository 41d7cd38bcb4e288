"""Words for the links that a site lacks: in which texts, at which phrase. Reads only.

Texts are read one after the other and forgotten; how many pages words are looked for is bounded, so that a plan of a
large site ends. What is left over comes into the next plan.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.content.models import Content
from app.core.extensions import db
from app.linker.anchors import AnchorChoice, LinkLimits, Target, choose_anchors
from app.linker.candidates import Candidate
from app.linker.indexing import page_sources, rarity_of
from app.linker.models import LinkProposal, LinkSettings
from app.linker.pages import ParsedPage, address_of, read_page
from app.linker.plan.addresses import PageFact
from app.linker.plan.findings import LinkFindings
from app.linker.plan.graph import UNREACHED, LinkGraph
from app.linker.planning import anchor_places, joined_score, likely_sources, targets_of, waiting_links
from app.linker.scoring import LinkPair
from app.linker.settings import rel_for
from app.sites.models import Site

MOST_PAGES = 300  # that words are looked for, besides hubs
MOST_TEXTS = 10  # that are read for one page
MOST_OF_HUBS = 600  # texts that are read for links of clusters
MOST_OF_A_HUB = 40
ENOUGH = {"fresh": 3, "orphan": 2, "deep": 1}
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PlacedLink:
    """A link that the text of `source_id` can get: the words are there."""

    kind: str
    source_id: int
    target_id: int
    url: str
    rel: str
    score: int
    choice: AnchorChoice


class Placer:
    """Looks for words, and keeps what it found in `links`. No two links of one plan are side by side in a text."""

    def __init__(
        self, site: Site, settings: LinkSettings, pages: Sequence[PageFact], places: Mapping[int, int], graph: LinkGraph
    ) -> None:
        self.links: list[PlacedLink] = []
        self.tried: set[int] = set()
        self._site, self._settings = site, settings
        self._pages, self._places, self._graph = pages, places, graph
        self._rarity = rarity_of(site.account_id, site.id)
        self._limits = LinkLimits(settings.most_per_content, settings.words_per_link)
        self._taken: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._decided = _decided_pairs(site)
        self._never_from, self._never_to = set(settings.never_from), set(settings.never_to)

    def place(self, findings: LinkFindings, progress: Progress) -> None:
        """Look for links to pages that have too few, then for those between clusters and their hubs."""
        wanted = [("fresh", place) for place in findings.fresh]
        wanted += [("orphan", place) for place in findings.orphans]
        wanted += [("deep", place) for place in findings.deep]
        wanted = wanted[:MOST_PAGES]
        total = len(wanted) + min(MOST_OF_HUBS, len(findings.hubs) * MOST_OF_A_HUB)
        for number, (kind, place) in enumerate(wanted):
            self._place_to(kind, place, findings)
            if number % 10 == 0:
                progress(number, total)
        self._place_hubs(findings, lambda done: progress(len(wanted) + done, total))

    def _place_to(self, kind: str, place: int, findings: LinkFindings) -> None:
        """Links to one page from texts that are like it, and nearer to the home where it is too deep."""
        target_id = self._pages[place].id
        self.tried.add(place)
        near = [
            self._places[number] for number in likely_sources(self._site, target_id, {target_id, *self._never_from})
        ]
        if kind == "deep":
            near = [source for source in near if _is_nearer(findings, source, place)]
        near.sort(key=lambda source: findings.depths[source] == UNREACHED)  # stable: the likest first
        targets = self._targets([target_id])
        left = ENOUGH[kind]
        texts = self._texts([self._pages[source].id for source in near[:MOST_TEXTS]])
        for page in texts:
            left -= self._place_in(kind, page, targets, 1)
            if not left or not targets:
                return

    def _place_hubs(self, findings: LinkFindings, tell: Callable[[int], None]) -> None:
        lacking: dict[int, set[int]] = defaultdict(set)
        for member, hub in findings.to_hub:
            lacking[hub].add(member)
        lacked: dict[int, list[int]] = defaultdict(list)
        for hub, member in findings.from_hub:
            lacked[hub].append(member)
        read = 0
        for cluster in findings.hubs:
            if read >= MOST_OF_HUBS:
                return
            tell(read)
            own = self._pages[cluster.page].id
            members = [place for place in cluster.members if place in lacking[cluster.page]]
            sources = [self._pages[place].id for place in members[:MOST_OF_A_HUB]]
            targets = self._targets([own]) if sources else []
            for page in self._texts([number for number in sources if number not in self._never_from]):
                self._place_in("hub", page, targets, 1)
            read += 1 + len(sources)
            if lacked[cluster.page] and own not in self._never_from:
                wanted = self._targets([self._pages[place].id for place in lacked[cluster.page][:MOST_OF_A_HUB]])
                for page in self._texts([own]):
                    self._place_in("hub", page, wanted, self._limits.most)

    def _targets(self, ids: Sequence[int]) -> list[Target]:
        """The pages as targets of links, with the words by which they may be named; none that is never linked to."""
        stmt = select(Content.id, Content.title, Content.external_url).where(Content.id.in_(ids))
        rows = [row for row in db.session.execute(stmt) if row.external_url and row.id not in self._never_to]
        pages = [Candidate(row.id, row.title, row.external_url, 100, 0.0, (), LinkPair(0)) for row in rows]
        return targets_of(self._site, pages, 0)

    def _texts(self, ids: Sequence[int]) -> Iterable[ParsedPage]:
        """The texts, in this order; they are read from the database together, and parsed as they are asked for."""
        sources = {source.id: source for source, _changed in page_sources(ids)} if ids else {}
        return (read_page(sources[number]) for number in ids if number in sources)

    def _place_in(self, kind: str, page: ParsedPage, targets: Sequence[Target], most: int) -> int:
        """Find words in one text. Returns how many links were placed."""
        source_id = page.source.id
        source = self._places[source_id]
        usable = [
            target
            for target in targets
            if target.content_id != source_id
            and (source_id, target.content_id) not in self._decided
            and not self._graph.has(source, self._places[target.content_id])
        ]
        room = self._limits.most - len(self._taken[source_id])
        if not usable or room <= 0:
            return 0
        occupied = [*self._taken[source_id], *self._occupied_in(page, {target.content_id for target in usable})]
        choices = choose_anchors(page.read, page.language, self._rarity, usable, self._limits, occupied=occupied)
        for choice in choices[: min(most, room)]:
            self._taken[source_id].append((choice.place.start, choice.place.end))
            self._decided.add((source_id, choice.target.content_id))
            self.links.append(self._placed(kind, source_id, choice))
        return len(choices[: min(most, room)])

    def _occupied_in(self, page: ParsedPage, wanted: Collection[int]) -> list[tuple[int, int]]:
        """Where links to other pages are proposed in a text and wait."""
        source_id = page.source.id
        others = [link for link in waiting_links([source_id])[source_id] if link.target_id not in wanted]
        return anchor_places(page.read, others)

    def _placed(self, kind: str, source_id: int, choice: AnchorChoice) -> PlacedLink:
        rel = rel_for(self._settings, address_of(choice.target.url, self._site.url))
        score = joined_score(100, choice.worth)
        return PlacedLink(kind, source_id, choice.target.content_id, choice.target.url, rel, score, choice)


def _is_nearer(findings: LinkFindings, source: int, target: int) -> bool:
    """Whether a link from there brings the page nearer to the home."""
    from_home, now = int(findings.depths[source]), int(findings.depths[target])
    return from_home != UNREACHED and (now == UNREACHED or from_home + 1 < now)


def _decided_pairs(site: Site) -> set[tuple[int, int]]:
    """Pairs of pages whose link somebody has decided on: they are not proposed again."""
    stmt = select(LinkProposal.content_id, LinkProposal.target_id).where(
        LinkProposal.site_id == site.id, LinkProposal.state.in_(("accepted", "rejected", "undone"))
    )
    return {(row[0], row[1]) for row in db.session.execute(stmt)}
