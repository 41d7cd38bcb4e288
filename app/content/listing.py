"""The Content Manager's table: filters, order, pages, and what runs on its rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import defer, selectinload

from app.content.models import Content, content_terms
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.listing.selection import filters_of
from app.core.paging import Page, paginate
from app.core.runs import Run
from app.core.tenancy import owned
from app.planner.models import CONTENT_TYPES, Cluster
from app.taxonomy.models import TAXONOMY_TYPES, ContentTaxonomy
from app.taxonomy.services import LABELS as TAXONOMY_LABELS

LIVE = Content.remote_status == "publish"
STATUSES: dict[str, tuple[str, ColumnElement[bool]]] = {
    "draft": ("Draft", and_(Content.status == "draft", ~LIVE)),
    "live": ("Live, not from here", and_(Content.status == "draft", LIVE)),
    "published": ("Published", Content.status == "published"),
}
SOURCES = (("igny8", "IGNY8"), ("wordpress", "WordPress"))
SYNC_STATES = (
    ("in_step", "In step"),
    ("ours", "Changed here"),
    ("theirs", "Changed in WordPress"),
    ("both", "Conflict"),
    ("gone", "Gone from WordPress"),
)
TYPE_TABS = (("Article", "Articles"), ("Page", "Pages"), ("Product", "Products"), ("Taxonomy", "Taxonomy pages"))
NO_CLUSTER = "none"
EVERY_SITE = "all"
DEFAULT_SORT = "-updated"
SORTS: dict[str, ColumnElement[Any]] = {
    "title": func.lower(Content.title),
    "type": Content.content_type.expression,
    "structure": Content.content_structure.expression,
    "status": Content.status.expression,
    "source": Content.source.expression,
    "updated": Content.updated_at.expression,
}
PER_PAGE = 50
MAX_CHOICES = 500
NEWS_OF_SUCCESS = timedelta(minutes=2)
NEWS_OF_FAILURE = timedelta(days=1)
DOUBTS = ("published_with_issues", "not_seen_from_outside")


@dataclass(frozen=True)
class Filters:
    """What the address says about the list. Empty strings filter nothing; `sites` may be EVERY_SITE."""

    q: str = ""
    type: str = ""
    status: str = ""
    cluster: str = ""
    taxonomy: str = ""
    term: str = ""
    source: str = ""
    sync: str = ""
    sites: str = ""
    sort: str = DEFAULT_SORT
    page: int = 1

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Filters":
        """From a query; what makes no sense is left out."""
        known = {field.name: str(values.get(field.name) or "").strip() for field in fields(cls)}
        page = known.pop("page")
        known["sort"] = known["sort"] if known["sort"].lstrip("-") in SORTS else DEFAULT_SORT
        return cls(**known, page=int(page) if page.isdecimal() and len(page) < 7 else 1)

    @classmethod
    def read_query(cls, query: str) -> "Filters":
        """From the query string that a batch form sends along."""
        return cls.read(filters_of(query))

    @property
    def every_site(self) -> bool:
        """True for the content of all sites of the account."""
        return self.sites == EVERY_SITE

    @property
    def any(self) -> bool:
        """True when the list is narrowed down."""
        return any((self.q, self.type, self.status, self.cluster, self.taxonomy, self.term, self.source, self.sync))


def matching_ids(account_id: int, site_id: int, filters: Filters) -> Select[int]:
    """A SELECT of the ids that the filters leave."""
    return select(Content.id).where(*_conditions(account_id, site_id, filters))


def count_content(account_id: int, site_id: int, filters: Filters) -> int:
    """How many rows the list has under these filters: what every figure about content is taken from."""
    where = _conditions(account_id, site_id, filters)
    return db.session.scalar(select(func.count()).select_from(Content).where(*where)) or 0


def count_published_clusters(account_id: int, site_id: int) -> int:
    """How many clusters of the site have something published."""
    mine = (Content.account_id == account_id, Content.site_id == site_id, Content.status == "published")
    return db.session.scalar(select(func.count(Content.cluster_id.distinct())).where(*mine)) or 0


def list_content(account_id: int, site_id: int, filters: Filters) -> Page[Content]:
    """One page of the table with terms and clusters loaded."""
    order = SORTS[filters.sort.lstrip("-")]
    descending = filters.sort.startswith("-")
    stmt = (
        select(Content)
        .where(*_conditions(account_id, site_id, filters))
        .options(selectinload(Content.terms), selectinload(Content.cluster), defer(Content.content_html))
        .options(*([selectinload(Content.site)] if filters.every_site else []))
        .order_by(order.desc() if descending else order.asc(), Content.id.desc() if descending else Content.id)
    )
    return paginate(stmt, page=filters.page, per_page=PER_PAGE)


def where_they_are(account_id: int, ids: Sequence[int]) -> Sequence[Row[int, int | None, str]]:
    """Id, `external_id` and `remote_status` of these contents of the account."""
    where = (Content.account_id == account_id, Content.id.in_(ids))
    return db.session.execute(select(Content.id, Content.external_id, Content.remote_status).where(*where)).all()


def content_by_cluster(account_id: int, cluster_id: int, content_type: str, page: int = 1) -> Page[Content]:
    """One page of a cluster's content of one type, newest first; raises NotFound for another account's cluster."""
    owned(Cluster, cluster_id, account_id)
    stmt = (
        select(Content)
        .where(Content.account_id == account_id, Content.cluster_id == cluster_id, Content.content_type == content_type)
        .order_by(Content.updated_at.desc(), Content.id.desc())
    )
    return paginate(stmt, page=page, per_page=25)


def _conditions(account_id: int, site_id: int, filters: Filters) -> list[ColumnElement[bool]]:
    conditions = [Content.account_id == account_id]
    if not filters.every_site:
        conditions.append(Content.site_id == site_id)
    for column, value, allowed in (
        (Content.content_type, filters.type, CONTENT_TYPES),
        (Content.source, filters.source, tuple(key for key, _ in SOURCES)),
        (Content.sync_state, filters.sync, tuple(key for key, _ in SYNC_STATES)),
    ):
        if value in allowed:
            conditions.append(column == value)
    if filters.status in STATUSES:
        conditions.append(STATUSES[filters.status][1])
    if filters.cluster == NO_CLUSTER:
        conditions.append(Content.cluster_id.is_(None))
    elif filters.cluster.isdecimal():
        conditions.append(Content.cluster_id == int(filters.cluster[:18]))
    if filters.term.isdecimal():
        conditions.append(_has_term(content_terms.c.term_id == int(filters.term[:18])))
    if filters.taxonomy in TAXONOMY_TYPES:
        conditions.append(_has_term(ContentTaxonomy.taxonomy_type == filters.taxonomy))
    if (search := _search(filters.q)) is not None:
        conditions.append(search)
    return conditions


def _has_term(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    joined = and_(content_terms.c.content_id == Content.id, ContentTaxonomy.id == content_terms.c.term_id)
    return exists().where(joined, condition)


def _search(text: str) -> ColumnElement[bool] | None:
    """Every word must begin a word of the title; text without words is looked for as it stands."""
    text = text.replace("\x00", "")[:200]
    words = ["".join(char for char in word if char.isalnum()) for word in text.split()]
    if words and all(word == raw for word, raw in zip(words, text.split(), strict=True)):
        query = " & ".join(f"'{word}':*" for word in words)
        return Content.search.op("@@")(func.to_tsquery("simple", query))
    return Content.title.icontains(text.strip(), autoescape=True) if text.strip() else None


def chips(account_id: int, site_id: int) -> dict[str, list[tuple[str, str]]]:
    """Choices of the filters, as far as the template does not know them."""
    return {
        "statuses": [(key, label) for key, (label, _) in STATUSES.items()],
        "clusters": [(NO_CLUSTER, "None"), *((str(c.id), c.name) for c in clusters_of_site(account_id, site_id))],
        "taxonomies": [(kind, TAXONOMY_LABELS[kind]) for kind in _used_taxonomies(account_id, site_id)],
    }


def clusters_of_site(account_id: int, site_id: int) -> Sequence[Cluster]:
    """The site's clusters by name."""
    stmt = (
        select(Cluster)
        .where(Cluster.account_id == account_id, Cluster.site_id == site_id)
        .order_by(func.lower(Cluster.name), Cluster.id)
        .limit(MAX_CHOICES)
    )
    return db.session.scalars(stmt).all()


def _used_taxonomies(account_id: int, site_id: int) -> list[str]:
    stmt = select(ContentTaxonomy.taxonomy_type).where(
        ContentTaxonomy.account_id == account_id, ContentTaxonomy.site_id == site_id
    )
    found = set(db.session.scalars(stmt.distinct()))
    return [kind for kind in TAXONOMY_TYPES if kind in found]


def runs_to_show(account_id: int, content_ids: Iterable[int]) -> dict[int, Run]:
    """The newest run about each piece of content, while it is worth showing: active, just ended, or failed today."""
    stmt = (
        select(Run)
        .ext(distinct_on(Run.subject_id))
        .where(Run.account_id == account_id, Run.subject_type == "content", Run.subject_id.in_(list(content_ids)))
        .order_by(Run.subject_id, Run.created_at.desc())
    )
    return {run.subject_id: run for run in db.session.scalars(stmt) if run.subject_id is not None and _is_news(run)}


def doubtful(account_id: int, content_ids: Iterable[int]) -> dict[int, Run]:
    """The last publish of each piece of content that a visitor did not get as it was sent, or that none could see."""
    stmt = (
        select(Run)
        .ext(distinct_on(Run.subject_id))
        .where(
            Run.account_id == account_id,
            Run.subject_type == "content",
            Run.subject_id.in_(list(content_ids)),
            Run.kind.in_(("publish", "verify")),
            Run.state == "succeeded",
        )
        .order_by(Run.subject_id, Run.created_at.desc())
    )
    return {
        run.subject_id: run
        for run in db.session.scalars(stmt)
        if run.subject_id is not None and run.data.get("verdict") in DOUBTS
    }


def _is_news(run: Run) -> bool:
    if run.is_active or run.ended_at is None:
        return True
    return utcnow() - run.ended_at < (NEWS_OF_FAILURE if run.state == "failed" else NEWS_OF_SUCCESS)
