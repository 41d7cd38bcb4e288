"""The clusters of a site: listing, editing, merging, and storing what clustering proposes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import String, cast, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from app.core import events
from app.core.blank import visible_line
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.languages import N_, gettext
from app.core.listing.pages import Page, fetch_page
from app.core.listing.spec import ListSpec
from app.core.request_ids import parse_id
from app.core.tenancy import owned, owned_many
from app.planner import hooks
from app.planner.clustering.topics import move_choices
from app.planner.clusters import descriptions
from app.planner.events import ClustersCreated
from app.planner.lists import CLUSTER_LIST
from app.planner.models import Cluster, ClusterFigures, Idea, Keyword

MAX_NAME = 200
MAX_DESCRIPTION = 5000
NONE, NEW = "none", "new"
AT_ONCE, MOST = 50, 10_000


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """A cluster with its figures. `volume` is searches a month of all its keywords."""

    cluster: Cluster
    keywords: int
    volume: int
    ideas: int
    contents: int


def list_clusters(account_id: int, site_id: int, values: Mapping[str, str]) -> Page[ClusterRow]:
    """One page of the site's clusters, by the parameters of an address.

    The most searched first unless they say otherwise.
    """
    return _page(CLUSTER_LIST, account_id, site_id, values)


def largest(account_id: int, site_id: int, count: int) -> Page[ClusterRow]:
    """The most searched clusters of the site; if no volumes are known, those with most keywords."""
    spec = replace(CLUSTER_LIST, per_page=count)
    page = _page(spec, account_id, site_id, {})
    return page if any(row.volume for row in page.items) else _page(spec, account_id, site_id, {"sort": "-keywords"})


def _page(spec: ListSpec, account_id: int, site_id: int, values: Mapping[str, str]) -> Page[ClusterRow]:
    query = spec.read(values)
    columns: list[Any] = [Cluster, ClusterFigures.keywords, ClusterFigures.volume, ClusterFigures.ideas]
    stmt = select(*columns, ClusterFigures.contents).options(selectinload(Cluster.sector))
    page = fetch_page(spec, query, stmt.where(*spec.where(account_id, site_id, query)))
    return replace(page, items=[ClusterRow(*row) for row in page.items])


def list_cluster_names(account_id: int, site_id: int, limit: int = 2000) -> Sequence[tuple[int, str]]:
    """(id, name) of the site's clusters by name, for choosing one."""
    stmt = (
        select(Cluster.id, Cluster.name)
        .where(Cluster.account_id == account_id, Cluster.site_id == site_id)
        .order_by(func.lower(Cluster.name))
        .limit(limit)
    )
    return [(row.id, row.name) for row in db.session.execute(stmt)]


def cluster_choices(account_id: int, site_id: int, chosen: str = "") -> list[tuple[int, str]]:
    """(id, name) of the site's clusters for a field: of many only some, the one `chosen` (an id) among them.

    The field fetches the others when it is opened (`rest` of `options_html`).
    """
    choices = list(list_cluster_names(account_id, site_id, AT_ONCE + 1))
    chosen_id = parse_id(chosen)
    if len(choices) > AT_ONCE and chosen_id and chosen_id not in dict(choices):
        row = find_cluster(account_id, site_id, chosen_id)
        choices += [(row.id, row.name)] if row else []
    return choices


def cluster_of(account_id: int, cluster_id: int) -> Cluster:
    """The cluster with this id in this account; raises NotFound otherwise."""
    return owned(Cluster, cluster_id, account_id)


def find_cluster(account_id: int, site_id: int, cluster_id: int) -> Cluster | None:
    """The cluster with this id on this site, None when there is none."""
    stmt = select(Cluster).where(Cluster.id == cluster_id, Cluster.account_id == account_id, Cluster.site_id == site_id)
    cluster: Cluster | None = db.session.scalar(stmt)
    return cluster


def get_clusters(account_id: int, ids: list[int]) -> list[Cluster]:
    """The clusters with these ids in this account; raises NotFound when one is missing."""
    return owned_many(Cluster, ids, account_id)


def clean_cluster_name(name: str) -> str:
    """The name with single spaces; raises DomainError when it is empty or too long."""
    name = visible_line("".join(char if char.isprintable() else " " for char in name))
    if not name or len(name) > MAX_NAME:
        raise DomainError(
            gettext("A cluster's name has 1 to 200 characters."),
            code="CLUSTER_NAME",
            cure=gettext("Give it a short name."),
            field="name",
        )
    return name


def create_cluster(account_id: int, site_id: int, name: str, description: str = "") -> Cluster:
    """Make an empty cluster. Flushes; raises Conflict when the name is taken, DomainError with the wrong field."""
    values = {"name": clean_cluster_name(name), "description": clean_description(description)}
    cluster = Cluster(account_id=account_id, site_id=site_id, edited_at=utcnow(), **values)
    try:
        with db.session.begin_nested():
            db.session.add(cluster)
    except IntegrityError as error:
        raise _name_taken() from error
    events.publish(ClustersCreated(account_id, site_id, (cluster.id,)))
    return cluster


def clean_description(text: str) -> str:
    """The description as it is stored; raises DomainError when it is too long."""
    description = text.replace("\0", "").strip()
    if len(description) > MAX_DESCRIPTION:
        raise DomainError(
            gettext("The description has more than 5,000 characters."),
            code="DESCRIPTION_TOO_LONG",
            cure=gettext("Shorten it."),
            field="description",
        )
    return description


def _name_taken() -> Conflict:
    return Conflict(
        gettext("The site already has a cluster of this name."),
        code="CLUSTER_EXISTS",
        cure=gettext("Choose another name, or merge the two clusters."),
        field="name",
    )


WORD_LABELS = {"name": N_("Name"), "description": N_("Description")}


def stored_words(cluster: Cluster) -> dict[str, str]:
    """What is stored of what the form of a cluster shows."""
    return {"name": cluster.name, "description": cluster.description or ""}


def update_cluster(cluster: Cluster, *, name: str, description: str) -> None:
    """Change name and description. Flushes; raises Conflict when the name is taken."""
    name, description = clean_cluster_name(name), clean_description(description)
    try:
        with db.session.begin_nested():
            cluster.name, cluster.description, cluster.edited_at = name, description, utcnow()
    except IntegrityError as error:
        raise _name_taken() from error


def resolve_cluster_choice(account_id: int, site_id: int, choice: str, new_name: str = "") -> Cluster | None:
    """The cluster that a form names: an id, ``new`` with a name, or ``none``; raises DomainError otherwise."""
    if choice == NONE:
        return None
    if choice == NEW or (not choice and new_name.strip()):
        return create_cluster(account_id, site_id, new_name)
    cluster_id = parse_id(choice)
    if cluster_id is None:
        raise DomainError(
            gettext("No cluster is chosen."),
            code="NO_CLUSTER",
            cure=gettext("Choose where to move them."),
            field="target",
        )
    cluster = owned(Cluster, cluster_id, account_id)
    if cluster.site_id != site_id:
        raise DomainError(
            gettext("This cluster belongs to another site."),
            code="OTHER_SITE",
            cure=gettext("Choose one of the same site."),
            field="target",
        )
    return cluster


def lock_clusters(account_id: int, ids: list[int]) -> list[Cluster]:
    """Lock these clusters against everybody who would put something into them; raises NotFound when one is missing.

    In id order, so that two requests for the same ones wait instead of deadlocking.
    """
    stmt = select(Cluster).where(Cluster.id.in_(ids), Cluster.account_id == account_id).order_by(Cluster.id)
    rows = list(db.session.scalars(stmt.with_for_update(of=Cluster).execution_options(populate_existing=True)))
    if len(rows) != len(set(ids)):
        raise NotFound(gettext("Some of the selected clusters no longer exist. Reload the page and select again."))
    return rows


def merge_clusters(account_id: int, ids: list[int], target_id: int) -> tuple[Cluster, int]:
    """Move everything of the clusters `ids` into `target_id` and delete them. Flushes.

    Ideas whose title the target has already are dropped unless a task was made of them. Returns how many are dropped.
    """
    chosen = lock_clusters(account_id, [*ids, target_id])
    target = next(cluster for cluster in chosen if cluster.id == target_id)
    sources = [cluster for cluster in chosen if cluster.id != target_id]
    if not sources:
        raise DomainError(
            gettext("Merging needs at least two clusters."),
            code="NOTHING_TO_MERGE",
            field="target",
            cure=gettext("Select two or more clusters."),
        )
    if any(cluster.site_id != target.site_id for cluster in sources):
        raise DomainError(
            gettext("Clusters of different sites cannot be merged."),
            code="OTHER_SITE",
            field="target",
            cure=gettext("Select one site's."),
        )
    target.edited_at = utcnow()
    dropped = sum(_absorb(target.id, source.id) for source in sources)
    db.session.execute(delete(Cluster).where(Cluster.id.in_([cluster.id for cluster in sources])))
    db.session.expire_all()
    descriptions.renew([target.id])
    return target, dropped


def _absorb(target_id: int, source_id: int) -> int:
    """Move everything of one cluster into another. Returns how many ideas were dropped. Flushes."""
    other = Idea.__table__.alias("other")
    same = exists().where(other.c.cluster_id == target_id, other.c.normalised_title == Idea.normalised_title)
    doubled = [Idea.cluster_id == source_id, same]
    quiet = {"synchronize_session": False}
    dropped_ids = db.session.scalars(
        delete(Idea).where(*doubled, Idea.task_id.is_(None)).returning(Idea.id).execution_options(**quiet)
    ).all()
    db.session.execute(
        update(Idea)
        .where(*doubled)
        .values(normalised_title=func.left(Idea.normalised_title, 280) + " #" + cast(Idea.id, String))
        .execution_options(**quiet)
    )
    db.session.execute(
        update(Idea).where(Idea.cluster_id == source_id).values(cluster_id=target_id).execution_options(**quiet)
    )
    stmt = update(Keyword).where(Keyword.cluster_id == source_id).values(cluster_id=target_id)
    db.session.execute(stmt.execution_options(**quiet))
    move_choices(source_id, target_id)
    hooks.cluster_merging(source_id, target_id)
    return len(dropped_ids)


def delete_clusters(account_id: int, ids: list[int]) -> int:
    """Delete clusters: their keywords become unclustered, their ideas go. Flushes.

    Raises Conflict when a cluster has Writer tasks: those keep their cluster.
    """
    clusters = lock_clusters(account_id, ids)
    hooks.clusters_deleting(ids)
    db.session.execute(delete(Cluster).where(Cluster.id.in_([cluster.id for cluster in clusters])))
    db.session.expire_all()
    return len(clusters)
