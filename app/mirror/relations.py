"""Clusters, sectors and keywords as WordPress has them: terms of our own taxonomies, and ids of ours."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.core.errors import DomainError
from app.core.extensions import db
from app.mirror.models import RemoteRelation
from app.mirror.wire import TermItem
from app.planner.clusters.services import create_cluster
from app.planner.models import Cluster, Keyword
from app.sites.models import Sector, Site
from app.sites.services import add_sector

CLUSTER, SECTOR = "igny8_cluster", "igny8_sector"
RELATIONS: dict[str, type[Cluster] | type[Sector]] = {CLUSTER: Cluster, SECTOR: Sector}


def learn_relations(account_id: int, site_id: int, items: Sequence[TermItem]) -> None:
    """Link terms to the clusters and sectors that they stand for: by our id, else by name, else made. Flushes."""
    rows = []
    for taxonomy, model in RELATIONS.items():
        of_taxonomy = [item for item in items if item.taxonomy == taxonomy]
        if of_taxonomy:
            rows += [
                {"site_id": site_id, "taxonomy": taxonomy, "term_id": term_id, "our_id": our_id}
                for term_id, our_id in _our_ids_of(account_id, site_id, model, of_taxonomy).items()
            ]
    if rows:
        rows.sort(key=lambda row: (str(row["taxonomy"]), row["term_id"]))
        stmt = insert(RemoteRelation).values(rows)
        db.session.execute(
            stmt.on_conflict_do_update(
                index_elements=["site_id", "taxonomy", "term_id"],
                set_={"our_id": stmt.excluded.our_id},
                where=RemoteRelation.our_id != stmt.excluded.our_id,
            )
        )


def _our_ids_of(
    account_id: int, site_id: int, model: type[Cluster] | type[Sector], items: Sequence[TermItem]
) -> dict[int, int]:
    ids = {item.igny8_id for item in items if item.igny8_id}
    names = {_plain(item.name).lower() for item in items}
    stmt = select(model.id, func.lower(model.name)).where(
        model.site_id == site_id, model.id.in_(ids) | func.lower(model.name).in_(names)
    )
    rows = [(row[0], row[1]) for row in db.session.execute(stmt)]
    existing_ids, by_name = {row[0] for row in rows}, {row[1]: row[0] for row in rows}
    our_ids = {}
    for item in items:
        name = _plain(item.name)
        our_id = item.igny8_id if item.igny8_id in existing_ids else by_name.get(name.lower())
        if our_id is None and name:
            our_id = by_name[name.lower()] = _make(account_id, site_id, model, name)
        if our_id is not None:
            our_ids[item.term_id] = our_id
    return our_ids


def _plain(name: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in name).split())


def _make(account_id: int, site_id: int, model: type[Cluster] | type[Sector], name: str) -> int:
    """Make a cluster or sector that somebody made in WordPress; returns the existing one if it was made just now."""
    if model is Sector:
        return add_sector(db.session.get_one(Site, site_id), name[:120])[0].id
    try:
        return create_cluster(account_id, site_id, name[:200]).id
    except DomainError:
        stmt = select(Cluster.id).where(Cluster.site_id == site_id, func.lower(Cluster.name) == func.lower(name[:200]))
        return db.session.scalars(stmt).one()


def related_ids(site_id: int, term_ids: dict[str, set[int]]) -> dict[tuple[str, int], int]:
    """The clusters and sectors that these terms stand for, by taxonomy and term."""
    keys = sorted((taxonomy, term_id) for taxonomy, ids in term_ids.items() for term_id in ids)
    if not keys:
        return {}
    stmt = select(RemoteRelation.taxonomy, RemoteRelation.term_id, RemoteRelation.our_id).where(
        RemoteRelation.site_id == site_id, tuple_(RemoteRelation.taxonomy, RemoteRelation.term_id).in_(keys)
    )
    return {(row[0], row[1]): row[2] for row in db.session.execute(stmt)}


def forget_relations(site_id: int, keys: Iterable[tuple[str, int]]) -> None:
    """Record that these terms no longer stand for anything; the clusters and sectors stay. Flushes."""
    relation_keys = sorted(key for key in keys if key[0] in RELATIONS)
    if relation_keys:
        db.session.execute(
            delete(RemoteRelation)
            .where(RemoteRelation.site_id == site_id)
            .where(tuple_(RemoteRelation.taxonomy, RemoteRelation.term_id).in_(relation_keys))
        )


def ids_of_site(site_id: int, model: type[Cluster] | type[Sector] | type[Keyword], ids: Iterable[int]) -> set[int]:
    """The ids among these that are rows of this site."""
    asked_ids = set(ids)
    if not asked_ids:
        return set()
    return set(db.session.scalars(select(model.id).where(model.site_id == site_id, model.id.in_(asked_ids))))
