"""What is stored of a site's pages and links, read for a plan in bounded memory. Commits nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import func, select

from app.content.editing.models import ContentRevision
from app.content.listing import IS_LIVE
from app.content.models import Content
from app.core.extensions import db
from app.linker.indexing import keep_former_addresses
from app.linker.models import FormerAddress, LinkPage, PageLink
from app.linker.pages import address_of, is_other_origin, link_origin
from app.linker.plan.addresses import AddressBook, Destination, LinkStatus, PageFact, address_book, page_key
from app.linker.plan.findings import BROKEN, REDIRECTED, SAME_ANCHOR, LinkFault, merged_faults
from app.linker.plan.graph import LinkGraph
from app.planner.models import Cluster
from app.sites.models import Site
from app.taxonomy.models import ContentTaxonomy

AT_ONCE = 20_000
MOST_FAULTS = 20_000  # of one kind that are kept as rows; all are counted
SLUG_REVISIONS = 5000  # slugs of links that lead nowhere which are looked for among earlier versions


@dataclass
class SiteLinks:
    """The pages of a site, the graph of the links that visitors see, and the faults of all links of its texts."""

    pages: list[PageFact]
    places: Mapping[int, int]
    graph: LinkGraph
    faults: list[LinkFault]
    counts: dict[str, int]
    home: int
    book: AddressBook


def read_site(site: Site) -> SiteLinks:
    """Read all of a site's pages and links. Flushes where pages are at another address than the index knows."""
    pages, listed = _pages(site)
    places = {page.id: place for place, page in enumerate(pages)}
    former = _former(site, places)
    terms = {
        slug.casefold() for slug in db.session.scalars(select(ContentTaxonomy.slug).where(_of(site, ContentTaxonomy)))
    }
    book = address_book(site.url, pages, former, terms)
    reader = _LinkReader(site, book, places, listed)
    reader.read()
    faults = _with_old_slugs(site, book, places, merged_faults(reader.faults))
    home = book.live.get(book.home, -1)
    return SiteLinks(pages, places, reader.graph(), faults, _counts(reader, faults), home, book)


def _of(site: Site, model: Any) -> Any:
    return model.site_id == site.id


def _pages(site: Site) -> tuple[list[PageFact], set[int]]:
    """Every content of the site, with those that are in the trash; and the ids of those that are not."""
    facts: list[PageFact] = []
    listed: set[int] = set()
    moved: dict[int, str] = {}
    columns = (
        Content.id,
        Content.external_url,
        Content.external_id,
        Content.cluster_id,
        Content.content_type,
        Content.parent_external_id,
        Content.published_at,
        Content.remote_status,
        Content.status,
        Content.state,
        Content.trashed_at,
        IS_LIVE.label("is_live"),
        (func.lower(Content.title) == func.lower(Cluster.name)).label("is_named"),
        LinkPage.address.label("stored"),
    )
    stmt = select(*columns).outerjoin(Cluster, Cluster.id == Content.cluster_id)
    stmt = stmt.outerjoin(LinkPage, LinkPage.content_id == Content.id).where(_of(site, Content))
    after = 0
    while rows := db.session.execute(stmt.where(Content.id > after).order_by(Content.id).limit(AT_ONCE)).all():
        after = rows[-1].id
        for row in rows:
            address = address_of(row.external_url or "", site.url).partition("#")[0]
            is_listed = row.trashed_at is None
            if is_listed:
                listed.add(row.id)
            if row.stored is not None and row.stored != address:
                moved[row.id] = address
            facts.append(_fact(row, address or row.stored or "", is_listed=is_listed and bool(address)))
    if moved:
        keep_former_addresses(site.account_id, site.id, moved)
    return facts, listed


def _fact(row: Any, address: str, *, is_listed: bool) -> PageFact:
    is_live = bool(row.is_live) and is_listed
    dead = LinkStatus.UNPUBLISHED
    if row.trashed_at is not None or row.remote_status == "trash":
        dead = LinkStatus.TRASHED
    elif row.state == "gone":
        dead = LinkStatus.GONE
    return PageFact(
        row.id,
        address,
        is_live,
        dead,
        (row.external_id or 0) if row.content_type != "Taxonomy" else 0,
        row.cluster_id or 0,
        row.content_type,
        not row.parent_external_id,
        row.published_at.toordinal() if row.published_at else 0,
        bool(row.is_named),
        link_origin(row.external_url or ""),
    )


def _former(site: Site, places: Mapping[int, int]) -> dict[str, int]:
    """The keys of former addresses with the place of the page that was there, the latest where there were more."""
    stmt = select(FormerAddress.address, FormerAddress.content_id).where(_of(site, FormerAddress))
    rows = db.session.execute(stmt.order_by(FormerAddress.updated_at, FormerAddress.id))
    return {page_key(row.address).partition("?")[0]: places[row.content_id] for row in rows if "?" not in row.address}


class _LinkReader:
    """Goes through the links of a site once. Keeps of each link two numbers, and of the faulty ones the whole."""

    def __init__(self, site: Site, book: AddressBook, places: Mapping[int, int], listed: set[int]) -> None:
        self._site, self._book, self._places, self._listed = site, book, places, listed
        self._destinations: dict[str, Destination] = {}
        self._sources: list[Any] = []
        self._targets: list[Any] = []
        self.faults: list[LinkFault] = []
        self.counts: dict[str, int] = {"links": 0, "broken": 0, "moved": 0, "not_judged": 0}

    def read(self) -> None:
        """Read all links."""
        for rows in _links(self._site):
            sources, targets = [], []
            for _id, source_id, address, anchor, origin in rows:
                source = self._places.get(source_id)
                if source is None or source_id not in self._listed:
                    continue
                destination = self._destination(address)
                self.counts["links"] += 1
                if destination.verdict == LinkStatus.LIVE and self._book.pages[source].live:
                    sources.append(source)
                    targets.append(destination.page)
                judged = self._with_origin(destination, origin)
                if judged.verdict != LinkStatus.LIVE:
                    self._note(source, address, anchor, judged)
            self._sources.append(np.array(sources, dtype=np.int64))
            self._targets.append(np.array(targets, dtype=np.int64))

    def _destination(self, address: str) -> Destination:
        leads_to = self._destinations.get(address)
        if leads_to is None:
            leads_to = self._destinations[address] = self._book.destination(address)
        return leads_to

    def _with_origin(self, destination: Destination, origin: str) -> Destination:
        """The destination of a link that names the site so: visitors of a live page may be redirected still."""
        if destination.verdict != LinkStatus.LIVE or not is_other_origin(
            origin, self._book.pages[destination.page].origin
        ):
            return destination
        return destination._replace(verdict=LinkStatus.OTHER_ORIGIN)

    def _note(self, source: int, address: str, anchor: str, destination: Destination) -> None:
        verdict = destination.verdict
        kind = "broken" if verdict in BROKEN else "moved" if verdict in REDIRECTED else "not_judged"
        self.counts[kind] += 1
        if kind != "not_judged" and self.counts[kind] <= MOST_FAULTS:
            self.faults.append(LinkFault(source, address, anchor, verdict, destination.page))

    def graph(self) -> LinkGraph:
        """The graph of the links between live pages."""
        none = [np.zeros(0, dtype=np.int64)]
        size = len(self._book.pages)
        return LinkGraph.of(size, np.concatenate(self._sources or none), np.concatenate(self._targets or none))


def _links(site: Site) -> Iterator[list[Any]]:
    columns = (PageLink.id, PageLink.source_id, PageLink.address, PageLink.anchor, PageLink.origin)
    stmt = select(*columns).where(_of(site, PageLink))
    after = 0
    while rows := db.session.execute(stmt.where(PageLink.id > after).order_by(PageLink.id).limit(AT_ONCE)).all():
        after = rows[-1].id
        yield list(rows)


def _with_old_slugs(
    site: Site, book: AddressBook, places: Mapping[int, int], faults: list[LinkFault]
) -> list[LinkFault]:
    """Links to a page that is nowhere lead on, where an earlier version of one live page had the slug."""
    slugs = {_slug(fault.address) for fault in faults if fault.verdict == LinkStatus.NO_PAGE} - {""}
    slugs = {slug for slug in slugs if "\0" not in slug}
    if not slugs:
        return faults
    slug = ContentRevision.fields["slug"].astext
    stmt = select(slug, func.min(Content.id), func.count(Content.id.distinct()))
    stmt = stmt.join(Content, Content.id == ContentRevision.content_id).where(_of(site, Content), IS_LIVE)
    stmt = stmt.where(slug.in_(sorted(slugs)[:SLUG_REVISIONS])).group_by(slug)
    had = {row[0]: places[row[1]] for row in db.session.execute(stmt) if row[2] == 1 and row[1] in places}
    return [_moved(book, fault, had.get(_slug(fault.address), -1)) for fault in faults]


def _slug(address: str) -> str:
    return page_key(address).partition("?")[0].rsplit("/", 1)[-1]


def _moved(book: AddressBook, fault: LinkFault, place: int) -> LinkFault:
    is_moved = fault.verdict == LinkStatus.NO_PAGE and place >= 0 and book.pages[place].live
    if not is_moved:
        return fault
    return LinkFault(fault.source, fault.address, fault.anchor, LinkStatus.MOVED, place, fault.count)


def _counts(reader: _LinkReader, faults: list[LinkFault]) -> dict[str, int]:
    """The counts of the reader; what proved to have moved counts as moved."""
    counts = dict(reader.counts)
    kept = sum(fault.count for fault in faults if fault.verdict in BROKEN)
    proved = min(counts["broken"], MOST_FAULTS) - kept
    return counts | {"broken": counts["broken"] - proved, "moved": counts["moved"] + proved}


def common_anchors(site: Site, places: Mapping[int, int]) -> list[tuple[int, str, int]]:
    """Pages with the words that very many others link to them with: place, words, how many pages."""
    many = func.count(PageLink.source_id.distinct())
    stmt = select(PageLink.target_id, func.min(PageLink.anchor), many).where(
        _of(site, PageLink), PageLink.target_id.is_not(None), PageLink.anchor != ""
    )
    rows = db.session.execute(stmt.group_by(PageLink.target_id, PageLink.phrase).having(many >= SAME_ANCHOR))
    return [(places[row[0]], row[1], row[2]) for row in rows if row[0] is not None and row[0] in places]
