"""The Content Manager's table: filters, order, pages, and what runs on its rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Row,
    Select,
    and_,
    any_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import defer, selectinload

from app.content import state
from app.content.models import Content, content_terms
from app.content.trash.services import LISTED
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.languages import N_, gettext
from app.core.listing.address import PLACE
from app.core.listing.filters import Filter, cases, choice, reference
from app.core.listing.kinds import ListKind
from app.core.listing.pages import Page, fetch_page
from app.core.listing.search import Search
from app.core.listing.spec import Column, ListQuery, ListSpec, Sort
from app.core.permissions import Permission
from app.core.request_ids import parse_id
from app.core.runs import Run
from app.core.runs.kinds import all_kinds
from app.core.runs.states import ACTIVE
from app.core.tenancy import owned
from app.planner.models import CONTENT_TYPES, Cluster
from app.taxonomy.models import TAXONOMY_TYPES, ContentTaxonomy
from app.taxonomy.services import LABELS as TAXONOMY_LABELS
from app.taxonomy.services import term_names

IS_LIVE = or_(
    Content.state.in_((state.LIVE, state.LIVE_CHANGED)),
    and_(Content.state == state.CONFLICT, or_(Content.status == "published", Content.remote_status == "publish")),
)
ANY_LIVE = "any_live"  # whatever visitors see now, also where the text differs or is in conflict
STATES: dict[str, tuple[str, ColumnElement[bool]]] = {
    **{name: (label, Content.state == name) for name, label in state.LABELS.items()},
    ANY_LIVE: (N_("Any live"), IS_LIVE),
}
TO_PUBLISH = "to_publish"  # what waits for its first publish, with a time or without
STATUSES = {"draft": N_("Draft"), "published": N_("Published")}
SOURCES = (("igny8", "IGNY8"), ("wordpress", "WordPress"))
SYNC_STATES = (
    ("in_step", N_("Up to date")),
    ("ours", N_("Changed here")),
    ("theirs", N_("Changed in WordPress")),
    ("both", N_("Changed in both")),
    ("gone", N_("Gone")),
)
TYPE_TABS = (
    ("Article", N_("Articles")),
    ("Page", N_("Pages")),
    ("Product", N_("Products")),
    ("Taxonomy", N_("Taxonomy pages")),
)
MAX_CHOICES = 500
NEWS_OF_SUCCESS = timedelta(minutes=2)
NEWS_OF_FAILURE = timedelta(days=7)
UNSHOWN = (  # what no column of the table shows
    Content.excerpt,
    Content.seo_title,
    Content.seo_description,
    Content.seo_canonical,
    Content.focus_keywords,
    Content.outline_notes,
    Content.drift,
    Content.internal_links,
)
DOUBTS = ("published_with_issues", "not_seen_from_outside")


def _with_term(term_id: int) -> list[ColumnElement[bool]]:
    return [exists().where(content_terms.c.content_id == Content.id, content_terms.c.term_id == term_id)]


def _of_kind(kind: str) -> list[ColumnElement[bool]]:
    joined = and_(content_terms.c.content_id == Content.id, ContentTaxonomy.id == content_terms.c.term_id)
    return [exists().where(joined, ContentTaxonomy.taxonomy_type == kind)]


CONTENT_LIST = ListSpec(
    id=Content.id,
    account=Content.account_id,
    site=Content.site_id,
    tables=(Content,),
    every_site=True,
    columns=(
        Column(N_("Title"), "title", value=lambda row: row.title),
        Column(N_("Type"), "type", "type", value=lambda row: row.content_type),
        Column(N_("Structure"), "structure", "structure", value=lambda row: row.content_structure),
        Column(N_("Cluster"), css="named", value=lambda row: row.cluster.name if row.cluster else None),
        Column(N_("Taxonomies"), css="named", value=lambda row: ", ".join(term.name for term in row.terms)),
        Column(N_("State"), "state", "state", value=lambda row: STATES[row.state][0]),
        Column(N_("Source"), "source", "source", value=lambda row: dict(SOURCES)[row.source]),
        Column(N_("URL"), css="url", value=lambda row: row.external_url),
        Column(N_("Updated"), "updated", "date", optional=True, value=lambda row: row.updated_at),
        Column(N_("Created"), "created", "date", optional=True, value=lambda row: row.created_at),
        Column(N_("Published"), "published", "date", optional=True, value=lambda row: row.published_at),
        Column(N_("Slug"), css="named", optional=True, value=lambda row: row.slug),
        Column(N_("Author"), css="named", optional=True, value=lambda row: row.author_email),
        Column(N_("Actions"), css="actions", hidden=True),
    ),
    filters=(
        choice("type", Content.content_type, CONTENT_TYPES),
        cases(
            "state",
            {key: condition for key, (_, condition) in STATES.items()}
            | {TO_PUBLISH: Content.state.in_((state.DRAFT, state.SCHEDULED))},
        ),
        choice("status", Content.status, STATUSES),
        reference("cluster", Content.cluster_id, Cluster.id),
        Filter("taxonomy", lambda text: text if text in TAXONOMY_TYPES else None, _of_kind),
        Filter("term", parse_id, _with_term, ContentTaxonomy.id),
        choice("source", Content.source, dict(SOURCES)),
        choice("sync", Content.sync_state, dict(SYNC_STATES)),
    ),
    sorts=(
        Sort("title", Content.title_key),
        Sort("type", Content.content_type),
        Sort("structure", Content.content_structure),
        Sort("state", Content.state),
        Sort("source", Content.source),
        Sort("updated", Content.updated_at),
        Sort("created", Content.created_at),
        Sort("published", Content.published_at, nullable=True),
    ),
    default_sort="-updated",
    search=Search(Content.search, Content.title),
    only=(LISTED,),
)


def _content_rows() -> Select[Any]:
    parts = [selectinload(Content.terms), selectinload(Content.cluster), selectinload(Content.site)]
    return select(Content).options(*parts, defer(Content.content_html))


LISTS = (
    ListKind(
        "content",
        "Content",
        "content.index",
        CONTENT_LIST,
        _content_rows,
        Permission.CONTENT_READ,
        Permission.CONTENT_WRITE,
    ),
)
MOST_TARGETS = 8
CLUSTER_PAGE = replace(CONTENT_LIST, per_page=25)


def matching_ids(account_id: int, site_id: int, query: ListQuery) -> Select[int]:
    """A SELECT of the ids of the rows that a query leaves."""
    return select(Content.id).where(*CONTENT_LIST.where(account_id, site_id, query))


def count_content(account_id: int, site_id: int, **filters: str) -> int:
    """How many rows the list has under these filters: what every figure about content is taken from."""
    where = CONTENT_LIST.where(account_id, site_id, CONTENT_LIST.read(filters))
    return db.session.scalar(select(func.count()).select_from(Content).where(*where)) or 0


def list_content(account_id: int, site_id: int, query: ListQuery, *, whole: bool = False) -> Page[Content]:
    """One page of the table with terms and clusters loaded; only `whole` rows have more than what the table shows."""
    stmt = select(Content).where(*CONTENT_LIST.where(account_id, site_id, query))
    left_out = [defer(column) for column in (Content.content_html, *(() if whole else UNSHOWN))]
    parts = [selectinload(Content.terms), selectinload(Content.cluster), *left_out]
    return fetch_page(
        CONTENT_LIST, query, stmt, options=[*parts, *([selectinload(Content.site)] if query.every_site else [])]
    )


def live_targets(content: Content, words: str) -> list[Content]:
    """Other live contents of the site whose titles have these words, to be linked to; at most MOST_TARGETS."""
    spec = replace(CONTENT_LIST, per_page=MOST_TARGETS)
    query = spec.read({"q": words})
    stmt = select(Content).where(*spec.where(content.account_id, content.site_id, query))
    stmt = stmt.where(
        Content.id != content.id, Content.state.in_((state.LIVE, state.LIVE_CHANGED)), Content.external_url.is_not(None)
    )
    return fetch_page(spec, query, stmt, options=[defer(Content.content_html)]).items


def content_by_cluster(account_id: int, cluster_id: int, values: Mapping[str, str]) -> Page[Content]:
    """One page of a cluster's content of the `type` and at the place that an address says, newest first.

    Raises NotFound for another account's cluster.
    """
    cluster = owned(Cluster, cluster_id, account_id)
    filters = {name: value for name, value in values.items() if name in ("type", *PLACE)}
    query = CLUSTER_PAGE.read({**filters, "cluster": str(cluster.id)})
    stmt = select(Content).where(*CLUSTER_PAGE.where(account_id, None, query))
    return fetch_page(CLUSTER_PAGE, query, stmt, options=[defer(Content.content_html)])


def where_they_are(account_id: int, ids: Sequence[int]) -> Sequence[Row[int, int | None, str, str]]:
    """Id, `external_id`, `remote_status` and `state` of these contents of the account."""
    where = (Content.account_id == account_id, Content.id.in_(ids))
    return db.session.execute(
        select(Content.id, Content.external_id, Content.remote_status, Content.state).where(*where)
    ).all()


def chips(account_id: int, site_id: int) -> dict[str, list[tuple[str, str]]]:
    """Choices of the filters that the template does not know by itself."""
    return {
        "states": [(key, gettext(label)) for key, (label, _condition) in STATES.items()],
        "taxonomies": [(kind, gettext(TAXONOMY_LABELS[kind])) for kind in _used_taxonomies(account_id, site_id)],
    }


def term_choices(account_id: int, site_id: int, limit: int) -> list[tuple[int, str]]:
    """(id, name with its kind) of the site's terms for a field, at most `limit`."""
    labels = {kind: gettext(label) for kind, label in TAXONOMY_LABELS.items()}
    terms = term_names(account_id, site_id, limit)
    return [(term.id, f"{term.name} · {labels[term.taxonomy_type]}") for term in terms]


def choice_of_term(account_id: int, site_id: int, term_id: int | None) -> list[tuple[int, str]]:
    """(id, name) of this term; empty when the site has none of this id."""
    mine = (ContentTaxonomy.account_id == account_id, ContentTaxonomy.site_id == site_id)
    stmt = select(ContentTaxonomy.id, ContentTaxonomy.name).where(*mine, ContentTaxonomy.id == term_id)
    return [(row.id, row.name) for row in db.session.execute(stmt)]


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
    used = set(db.session.scalars(stmt.distinct()))
    return [kind for kind in TAXONOMY_TYPES if kind in used]


def runs_to_show(account_id: int, content_ids: Iterable[int]) -> dict[int, Run]:
    """The newest run about each piece of content, while it is worth showing: active, just ended, or failed this week.

    A finished check of the live page does not hide a publish that failed before it.
    """
    now = utcnow()
    since = {"success_since": now - NEWS_OF_SUCCESS, "failure_since": now - NEWS_OF_FAILURE}
    return _runs_by_content(
        _news(tuple(kind.name for kind in all_kinds() if kind.is_check)), account_id, content_ids, since
    )


def doubtful(account_id: int, content_ids: Iterable[int]) -> dict[int, Run]:
    """The last publish of each piece of content, where visitors did not get it as it was sent or could not see it."""
    verdicts = tuple(kind.name for kind in all_kinds() if kind.gives_verdict)
    return _runs_by_content(_doubted(verdicts), account_id, content_ids, {})


def _runs_by_content(
    stmt: Select[Run], account_id: int, content_ids: Iterable[int], values: Mapping[str, object]
) -> dict[int, Run]:
    rows = db.session.scalars(stmt, {"account": account_id, "ids": list(content_ids), **values})
    return {run.subject_id: run for run in rows if run.subject_id is not None}


@lru_cache(maxsize=4)
def _news(checks: tuple[str, ...]) -> Select[Run]:
    """Cached, as `_doubted` is, since building it for each page takes as long as reading its runs."""
    instant = DateTime(timezone=True)
    success, failure = bindparam("success_since", type_=instant), bindparam("failure_since", type_=instant)
    is_look = and_(Run.kind.in_(checks), Run.ended_at < success)
    is_news = or_(
        Run.ended_at.is_(None),
        Run.state.in_(ACTIVE),
        Run.ended_at > success,
        and_(Run.state == "failed", Run.ended_at > failure),
    )
    return _newest_runs(is_look.is_not(True), is_news)


@lru_cache(maxsize=4)
def _doubted(verdicts: tuple[str, ...]) -> Select[Run]:
    gave_one = and_(Run.kind.in_(verdicts), Run.state == "succeeded")
    return _newest_runs(gave_one, Run.data["verdict"].astext.in_(DOUBTS))


def _newest_runs(among: ColumnElement[bool], only: ColumnElement[bool]) -> Select[Run]:
    """The newest run `among` those of each content, where it is one of `only`: most are not, and are not read then."""
    is_of_account = Run.account_id == bindparam("account", type_=BigInteger)
    is_about = Run.subject_id == any_(bindparam("ids", type_=ARRAY(BigInteger)))
    newest = (
        select(Run.id)
        .ext(distinct_on(Run.subject_id))
        .where(is_of_account, Run.subject_type == "content", is_about, among)
        .order_by(Run.subject_id, Run.created_at.desc())
    )
    return select(Run).where(is_of_account, Run.id.in_(newest), only)
