"""The clusters of a site: listing, editing, merging, and storing what clustering proposes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, String, cast, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.core import events, hooks
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.listing.pages import Page, fetch
from app.core.listing.spec import ListSpec
from app.core.request_ids import id_of
from app.core.tenancy import owned, owned_many
from app.planner import descriptions
from app.planner.lists import CLUSTER_LIST, IDEAS_OF, KEYWORDS_OF, VOLUME_OF
from app.planner.models import Cluster, Idea, Keyword
from app.planner.topics import move_choices

MAX_NAME = 200
MAX_DESCRIPTION = 5000
NONE, NEW = "none", "new"


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """A cluster with its figures. `volume` is searches a month of all its keywords."""

    cluster: Cluster
    keywords: int
    volume: int
    ideas: int


def list_clusters(account_id: int, site_id: int, values: Mapping[str, str]) -> Page[ClusterRow]:
    """One page of the site's clusters, as the parameters of an address say; the most searched first unless they do."""
    return _page(CLUSTER_LIST, account_id, site_id, values)


def largest(account_id: int, site_id: int, count: int) -> list[ClusterRow]:
    """The most searched clusters of the site."""
    return _page(replace(CLUSTER_LIST, per_page=count), account_id, site_id, {}).items


def _page(spec: ListSpec, account_id: int, site_id: int, values: Mapping[str, str]) -> Page[ClusterRow]:
    query = spec.read(values)
    stmt: Select[Any] = select(Cluster, KEYWORDS_OF, VOLUME_OF, IDEAS_OF)
    found = fetch(spec, query, stmt.where(*spec.where(account_id, site_id, query)))
    return replace(found, items=[ClusterRow(*row) for row in found.items])


def names(account_id: int, site_id: int, limit: int = 2000) -> Sequence[tuple[int, str]]:
    """(id, name) of the site's clusters by name, for choosing one."""
    stmt = (
        select(Cluster.id, Cluster.name)
        .where(Cluster.account_id == account_id, Cluster.site_id == site_id)
        .order_by(func.lower(Cluster.name))
        .limit(limit)
    )
    return [(row.id, row.name) for row in db.session.execute(stmt)]


def without_content(account_id: int, site_id: int) -> int:
    """How many of the site's clusters have no content at all."""
    where = CLUSTER_LIST.where(account_id, site_id, CLUSTER_LIST.read({"uncovered": "1"}))
    return db.session.scalar(select(func.count()).select_from(Cluster).where(*where)) or 0


def cluster_of(account_id: int, cluster_id: int) -> Cluster:
    """The cluster with this id in this account; raises NotFound otherwise."""
    return owned(Cluster, cluster_id, account_id)


def clusters_of(account_id: int, ids: list[int]) -> list[Cluster]:
    """The clusters with these ids in this account; raises NotFound when one is missing."""
    return owned_many(Cluster, ids, account_id)


def clean_name(name: str) -> str:
    """The name with single spaces; raises DomainError when it is empty or too long."""
    name = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    if not name or len(name) > MAX_NAME:
        raise DomainError(
            "A cluster's name has 1 to 200 characters.", code="CLUSTER_NAME", cure="Give it a short name.", field="name"
        )
    return name


def create_cluster(account_id: int, site_id: int, name: str) -> Cluster:
    """Make an empty cluster. Flushes; raises Conflict when the site has one of this name."""
    cluster = Cluster(account_id=account_id, site_id=site_id, name=clean_name(name))
    try:
        with db.session.begin_nested():
            db.session.add(cluster)
    except IntegrityError as error:
        raise _name_taken() from error
    events.publish(events.ClustersCreated(account_id, site_id, (cluster.id,)))
    return cluster


def _name_taken() -> Conflict:
    return Conflict(
        "The site already has a cluster of this name.",
        code="CLUSTER_EXISTS",
        cure="Choose another name, or merge the two clusters.",
        field="name",
    )


def update_cluster(cluster: Cluster, *, name: str, description: str) -> None:
    """Change name and description. Flushes; raises Conflict when the name is taken."""
    name = clean_name(name)
    description = description.replace("\0", "").strip()
    if len(description) > MAX_DESCRIPTION:
        raise DomainError(
            "The description has more than 5,000 characters.",
            code="DESCRIPTION_TOO_LONG",
            cure="Shorten it.",
            field="description",
        )
    try:
        with db.session.begin_nested():
            cluster.name, cluster.description = name, description
    except IntegrityError as error:
        raise _name_taken() from error


def target_of(account_id: int, site_id: int, choice: str, new_name: str = "") -> Cluster | None:
    """The cluster that a form names: an id, ``new`` with a name, or ``none``; raises DomainError otherwise."""
    if choice == NONE:
        return None
    if choice == NEW or (not choice and new_name.strip()):
        return create_cluster(account_id, site_id, new_name)
    cluster_id = id_of(choice)
    if cluster_id is None:
        raise DomainError("No cluster is chosen.", code="NO_CLUSTER", cure="Choose where to move them.", field="target")
    cluster = owned(Cluster, cluster_id, account_id)
    if cluster.site_id != site_id:
        raise DomainError(
            "This cluster belongs to another site.",
            code="OTHER_SITE",
            cure="Choose one of the same site.",
            field="target",
        )
    return cluster


def _locked(account_id: int, ids: list[int]) -> list[Cluster]:
    """These clusters, held against everybody who would put something in them; raises NotFound when one is missing.

    In id order, so that two who take the same ones wait for each other instead of failing.
    """
    stmt = select(Cluster).where(Cluster.id.in_(ids), Cluster.account_id == account_id).order_by(Cluster.id)
    found = list(db.session.scalars(stmt.with_for_update().execution_options(populate_existing=True)))
    if len(found) != len(set(ids)):
        raise NotFound("Some of the selected clusters no longer exist. Reload the page and select again.")
    return found


def merge_clusters(account_id: int, ids: list[int], target_id: int) -> tuple[Cluster, int]:
    """Move everything of the clusters `ids` into `target_id` and delete them. Flushes.

    Ideas whose title the target has already are dropped unless a task was made of them; returns how many with it.
    """
    chosen = _locked(account_id, [*ids, target_id])
    target = next(cluster for cluster in chosen if cluster.id == target_id)
    sources = [cluster for cluster in chosen if cluster.id != target_id]
    if not sources:
        raise DomainError(
            "Merging needs at least two clusters.",
            code="NOTHING_TO_MERGE",
            field="target",
            cure="Select two or more clusters.",
        )
    if any(cluster.site_id != target.site_id for cluster in sources):
        raise DomainError(
            "Clusters of different sites cannot be merged.",
            code="OTHER_SITE",
            field="target",
            cure="Select one site's.",
        )
    dropped = sum(_absorb(target.id, source.id) for source in sources)
    db.session.execute(delete(Cluster).where(Cluster.id.in_([cluster.id for cluster in sources])))
    db.session.expire_all()
    descriptions.renew([target.id])
    return target, dropped


def _absorb(target_id: int, source_id: int) -> int:
    """Move everything of one cluster into another; how many ideas were dropped. Flushes."""
    other = Idea.__table__.alias("other")
    same = exists().where(other.c.cluster_id == target_id, other.c.normalised_title == Idea.normalised_title)
    doubled = [Idea.cluster_id == source_id, same]
    quiet = {"synchronize_session": False}
    gone = db.session.scalars(
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
    mine = update(Keyword).where(Keyword.cluster_id == source_id).values(cluster_id=target_id)
    db.session.execute(mine.execution_options(**quiet))
    move_choices(source_id, target_id)
    hooks.cluster_merging(source_id, target_id)
    return len(gone)


def delete_clusters(account_id: int, ids: list[int]) -> int:
    """Delete clusters: their keywords become unclustered, their ideas go. Flushes.

    Raises Conflict when a cluster has Writer tasks: those keep their cluster.
    """
    clusters = _locked(account_id, ids)
    hooks.clusters_deleting(ids)
    db.session.execute(delete(Cluster).where(Cluster.id.in_([cluster.id for cluster in clusters])))
    db.session.expire_all()
    return len(clusters)


def store_proposal(
    account_id: int, site_id: int, name: str, description: str, keyword_ids: list[int], sector_id: int | None
) -> tuple[bool, int]:
    """Put keywords that are still unclustered into the cluster of this name, made when missing. Flushes.

    Gives whether a cluster was made and how many keywords it took. A new cluster that would stay empty,
    because others took its keywords meanwhile, is not kept. Safe to repeat.
    """
    now = utcnow()
    name = clean_name(name)
    made = db.session.scalar(
        insert(Cluster)
        .values(
            account_id=account_id,
            site_id=site_id,
            name=name,
            description=description[:MAX_DESCRIPTION],
            sector_id=sector_id,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Cluster.id)
    )
    same_name = select(Cluster.id).where(Cluster.site_id == site_id, func.lower(Cluster.name) == func.lower(name))
    cluster_id = made or db.session.scalar(same_name.with_for_update(key_share=True))
    if cluster_id is None:
        return False, 0  # deleted between the two statements: these keywords can be clustered again
    taken = db.session.execute(
        update(Keyword)
        .where(Keyword.id.in_(keyword_ids), Keyword.site_id == site_id, Keyword.cluster_id.is_(None))
        .values(cluster_id=cluster_id)
        .execution_options(synchronize_session=False)
    ).rowcount  # type: ignore[attr-defined]
    if made and not taken:
        db.session.execute(delete(Cluster).where(Cluster.id == made))
    elif taken and not made:
        descriptions.renew([cluster_id])
    elif made:
        events.publish(events.ClustersCreated(account_id, site_id, (made,)))
    return bool(made and taken), int(taken)
