"""The Content Manager's table: filters, order, pages, and what runs on its rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import defer, selectinload

from app.content.models import Content, content_terms
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.listing.address import PLACE
from app.core.listing.filters import NONE, Filter, cases, choice, reference
from app.core.listing.pages import Page, fetch
from app.core.listing.search import Search
from app.core.listing.spec import Column, ListQuery, ListSpec, Sort
from app.core.request_ids import id_of
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
MAX_CHOICES = 500
NEWS_OF_SUCCESS = timedelta(minutes=2)
NEWS_OF_FAILURE = timedelta(days=1)
DOUBTS = ("published_with_issues", "not_seen_from_outside")


def _has_term(condition: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    joined = and_(content_terms.c.content_id == Content.id, ContentTaxonomy.id == content_terms.c.term_id)
    return [exists().where(joined, condition)]


def _of_kind(kind: str) -> list[ColumnElement[bool]]:
    return _has_term(ContentTaxonomy.taxonomy_type == kind)


CONTENT_LIST = ListSpec(
    id=Content.id,
    account=Content.account_id,
    site=Content.site_id,
    every_site=True,
    columns=(
        Column("Title", "title"),
        Column("Type", "type", "type"),
        Column("Structure", "structure", "structure"),
        Column("Cluster", css="named"),
        Column("Taxonomies", css="named"),
        Column("Status", "status", "state"),
        Column("Source", "source", "source"),
        Column("URL", css="url"),
        Column("Actions", css="actions", hidden=True),
    ),
    filters=(
        choice("type", Content.content_type, CONTENT_TYPES),
        cases("status", {key: condition for key, (_, condition) in STATUSES.items()}),
        reference("cluster", Content.cluster_id),
        Filter("taxonomy", lambda text: text if text in TAXONOMY_TYPES else None, _of_kind),
        Filter("term", id_of, lambda term: _has_term(content_terms.c.term_id == term)),
        choice("source", Content.source, dict(SOURCES)),
        choice("sync", Content.sync_state, dict(SYNC_STATES)),
    ),
    sorts=(
        Sort("title", Content.title_key),
        Sort("type", Content.content_type),
        Sort("structure", Content.content_structure),
        Sort("status", Content.status),
        Sort("source", Content.source),
        Sort("updated", Content.updated_at),
    ),
    default_sort="-updated",
    search=Search(Content.search, Content.title),
)
CLUSTER_PAGE = replace(CONTENT_LIST, per_page=25)


def matching_ids(account_id: int, site_id: int, query: ListQuery) -> Select[int]:
    """A SELECT of the ids of the rows that a query leaves."""
    return select(Content.id).where(*CONTENT_LIST.where(account_id, site_id, query))


def count_content(account_id: int, site_id: int, **filters: str) -> int:
    """How many rows the list has under these filters: what every figure about content is taken from."""
    where = CONTENT_LIST.where(account_id, site_id, CONTENT_LIST.read(filters))
    return db.session.scalar(select(func.count()).select_from(Content).where(*where)) or 0


def count_published_clusters(account_id: int, site_id: int) -> int:
    """How many clusters of the site have something published."""
    mine = (Content.account_id == account_id, Content.site_id == site_id, Content.status == "published")
    return db.session.scalar(select(func.count(Content.cluster_id.distinct())).where(*mine)) or 0


def list_content(account_id: int, site_id: int, query: ListQuery) -> Page[Content]:
    """One page of the table with terms and clusters loaded."""
    stmt = select(Content).where(*CONTENT_LIST.where(account_id, site_id, query))
    parts = [selectinload(Content.terms), selectinload(Content.cluster), defer(Content.content_html)]
    return fetch(
        CONTENT_LIST, query, stmt, options=[*parts, *([selectinload(Content.site)] if query.every_site else [])]
    )


def content_by_cluster(account_id: int, cluster_id: int, values: Mapping[str, str]) -> Page[Content]:
    """One page of a cluster's content of the `type` and at the place that an address says, newest first.

    Raises NotFound for another account's cluster.
    """
    cluster = owned(Cluster, cluster_id, account_id)
    wanted = {name: value for name, value in values.items() if name in ("type", *PLACE)}
    query = CLUSTER_PAGE.read({**wanted, "cluster": str(cluster.id)})
    stmt = select(Content).where(*CLUSTER_PAGE.where(account_id, None, query))
    return fetch(CLUSTER_PAGE, query, stmt, options=[defer(Content.content_html)])


def where_they_are(account_id: int, ids: Sequence[int]) -> Sequence[Row[int, int | None, str]]:
    """Id, `external_id` and `remote_status` of these contents of the account."""
    where = (Content.account_id == account_id, Content.id.in_(ids))
    return db.session.execute(select(Content.id, Content.external_id, Content.remote_status).where(*where)).all()


def chips(account_id: int, site_id: int) -> dict[str, list[tuple[str, str]]]:
    """Choices of the filters, as far as the template does not know them."""
    return {
        "statuses": [(key, label) for key, (label, _) in STATUSES.items()],
        "clusters": [(NONE, "None"), *((str(c.id), c.name) for c in clusters_of_site(account_id, site_id))],
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
