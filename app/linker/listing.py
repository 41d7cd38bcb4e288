"""The Linker's lists: pages of a site with their links, and batches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import defer, joinedload

from app.content.listing import IS_LIVE
from app.content.models import Content
from app.content.state import LABELS
from app.content.trash.services import LISTED
from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.filters import cases
from app.core.listing.kinds import ListKind
from app.core.listing.pages import Page, fetch_page
from app.core.listing.search import Search
from app.core.listing.spec import Column, ListQuery, ListSpec, Sort
from app.core.permissions import Permission
from app.linker import indexing
from app.linker.models import LinkBatch, LinkPage, LinkProposal
from app.linker.targets import HAS_TARGET, HAS_TEXT
from app.sites.models import Site

SHOWN = {
    "waiting": (N_("With proposals"), LinkPage.waiting > 0),
    "orphan": (N_("No text links to it"), (LinkPage.links_in == 0) & IS_LIVE),
    "unlinked": (N_("Links to no page"), LinkPage.links_out == 0),
}
LINK_LIST = ListSpec(
    id=LinkPage.content_id,
    account=LinkPage.account_id,
    site=LinkPage.site_id,
    tables=(LinkPage,),
    columns=(
        Column(N_("Title"), "title", value=lambda row: row.content.title),
        Column(N_("State"), css="state", value=lambda row: LABELS[row.content.state]),
        Column(N_("Words"), css="end", value=lambda row: row.words),
        Column(N_("Links in"), "in", "end", value=lambda row: row.links_in),
        Column(N_("Links out"), "out", "end", value=lambda row: row.links_out),
        Column(N_("Proposed"), "proposed", "end", value=lambda row: row.waiting),
        Column(N_("Address"), css="secondary", optional=True, value=lambda row: row.address),
    ),
    filters=(cases("show", {name: condition for name, (_label, condition) in SHOWN.items()}),),
    sorts=(
        Sort("title", LinkPage.title_key),
        Sort("in", LinkPage.links_in),
        Sort("out", LinkPage.links_out),
        Sort("proposed", LinkPage.waiting),
    ),
    default_sort="-proposed",
    search=Search(Content.search, Content.title),
    joined=(Content.id == LinkPage.content_id,),
    only=(LISTED,),
)
LINK_BATCH_LIST = ListSpec(
    id=LinkBatch.id,
    account=LinkBatch.account_id,
    site=LinkBatch.site_id,
    columns=(
        Column(N_("Batch")),
        Column(N_("By")),
        Column(N_("Texts"), css="end"),
        Column(N_("Proposed"), css="end"),
        Column(N_("Put in"), css="end"),
        Column(N_("Mended"), css="end"),
        Column(N_("Taken out"), css="end"),
        Column(N_("Started")),
    ),
    sorts=(Sort("started", LinkBatch.id),),
    default_sort="-started",
    per_page=25,
)


def _page_rows() -> Select[Any]:
    """The pages with their contents, without texts and what links are found by."""
    parts = (joinedload(LinkPage.content).options(defer(Content.content_html)), defer(LinkPage.terms))
    return select(LinkPage).options(*parts, defer(LinkPage.title_stems), defer(LinkPage.vector))


LISTS = (
    ListKind(
        "link_pages",
        N_("Pages and their links"),
        "linker.index",
        LINK_LIST,
        _page_rows,
        Permission.CONTENT_READ,
        Permission.CONTENT_WRITE,
    ),
)


@dataclass(frozen=True, slots=True)
class LinkFigures:
    """Of a site: pages, those that still have to be read, live ones that none links to, links, proposals that wait."""

    pages: int
    unread: int
    orphans: int
    links: int
    waiting: int


def list_linked_pages(account_id: int, site_id: int, query: ListQuery) -> Page[LinkPage]:
    """One page of the list of pages, with their contents."""
    return fetch_page(LINK_LIST, query, _page_rows().where(*LINK_LIST.where(account_id, site_id, query)))


def matching_pages(account_id: int, site_id: int, filters: Mapping[str, str]) -> list[int]:
    """The ids of the contents that these filters leave. Raises DomainError for a filter that makes no sense."""
    query = LINK_LIST.read_exactly(filters)
    stmt = select(LinkPage.content_id).where(*LINK_LIST.where(account_id, site_id, query))
    return list(db.session.scalars(stmt.order_by(LinkPage.content_id)))


def list_link_batches(account_id: int, site_id: int, values: Mapping[str, str]) -> Page[LinkBatch]:
    """One page of a site's batches, the newest first."""
    query = LINK_BATCH_LIST.read(values)
    where = LINK_BATCH_LIST.where(account_id, site_id, query)
    return fetch_page(LINK_BATCH_LIST, query, select(LinkBatch).where(*where))


def link_figures(site: Site) -> LinkFigures:
    """The figures of a site."""
    of_site = (LinkPage.site_id == site.id, LISTED)
    stmt = select(
        func.count(),
        func.count().filter(LinkPage.links_in == 0, IS_LIVE),
        func.coalesce(func.sum(LinkPage.links_out), 0),
        func.coalesce(func.sum(LinkPage.waiting), 0),
    )
    row = db.session.execute(stmt.join(Content, Content.id == LinkPage.content_id).where(*of_site)).one()
    return LinkFigures(row[0], indexing.count_stale(site.id), row[1], int(row[2]), int(row[3]))


def batch_links(account_id: int, batch: LinkBatch, most: int = 200) -> list[tuple[LinkProposal, bool]]:
    """The links of a batch, by content, each with whether both of its contents still serve; at most `most`."""
    parts = [
        joinedload(path).options(defer(Content.content_html)) for path in (LinkProposal.content, LinkProposal.target)
    ]
    stmt = select(LinkProposal, and_(HAS_TARGET, HAS_TEXT))
    stmt = stmt.where(LinkProposal.account_id == account_id, LinkProposal.batch_id == batch.id)
    rows = db.session.execute(stmt.options(*parts).order_by(LinkProposal.content_id, LinkProposal.id).limit(most))
    return [(row[0], row[1]) for row in rows]
