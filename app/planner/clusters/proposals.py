"""What clustering proposes, stored many clusters at a time: a statement for each step, whatever their number."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, String, cast, delete, func, select, update

from app.core import events
from app.core.bulk_insert import insert_new
from app.core.clock import utcnow
from app.core.extensions import db
from app.planner.clusters import descriptions
from app.planner.clusters.services import MAX_DESCRIPTION, clean_cluster_name
from app.planner.events import ClustersCreated
from app.planner.models import Cluster, Keyword


@dataclass(frozen=True, slots=True)
class ProposedKeywords:
    """A cluster by its name, and the keywords that it is to have."""

    name: str
    description: str
    keyword_ids: Sequence[int]
    sector_id: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of a proposal: whether its cluster was made, and how many keywords it took."""

    is_made: bool = False
    taken: int = 0


def store_proposals(account_id: int, site_id: int, proposals: Sequence[ProposedKeywords]) -> list[Stored]:
    """Put keywords that are still unclustered into the clusters of these names, made where missing. Flushes.

    A new cluster that would stay empty, because others took its keywords meanwhile, is not kept. Safe to repeat.
    """
    names = [clean_cluster_name(proposal.name) for proposal in proposals]
    new_ids = set(_insert_missing(account_id, site_id, names, proposals))
    cluster_ids = _held_clusters(site_id, names)
    wanted = {
        keyword_id: cluster_ids[place]
        for place, proposal in enumerate(proposals)
        if place in cluster_ids  # else it was deleted between the two statements: its keywords can be clustered again
        for keyword_id in proposal.keyword_ids
    }
    taken = _put_in_clusters(site_id, wanted)
    if empty := new_ids - set(taken):
        db.session.execute(delete(Cluster).where(Cluster.id.in_(empty)))
    if renewed := set(taken) - new_ids:
        descriptions.renew(renewed)
    made = new_ids - empty
    events.publish(ClustersCreated(account_id, site_id, tuple(sorted(made))))
    return [_stored(cluster_ids.get(place), made, taken) for place in range(len(proposals))]


def _stored(cluster_id: int | None, made: set[int], taken: Counter[int]) -> Stored:
    return Stored(cluster_id in made, taken[cluster_id]) if cluster_id is not None else Stored()


def _insert_missing(
    account_id: int, site_id: int, names: Sequence[str], proposals: Sequence[ProposedKeywords]
) -> Sequence[int]:
    """Insert the clusters that are missing, in order of name so that two transactions cannot deadlock."""
    now = utcnow()
    rows = [
        {
            "account_id": account_id,
            "site_id": site_id,
            "name": name,
            "description": proposal.description[:MAX_DESCRIPTION],
            "sector_id": proposal.sector_id,
            "created_at": now,
            "updated_at": now,
        }
        for name, proposal in sorted(zip(names, proposals, strict=True), key=lambda pair: pair[0].casefold())
    ]
    return insert_new(Cluster.__table__, rows)


def _held_clusters(site_id: int, names: Sequence[str]) -> dict[int, int]:
    """The id of the cluster of each of these names, by place, locked as `cluster_locks.hold_clusters` does."""
    wanted = func.unnest(cast(names, ARRAY(String))).table_valued("name", with_ordinality="place").render_derived()
    stmt = (
        select(wanted.c.place, Cluster.id)
        .join(wanted, func.lower(Cluster.name) == func.lower(wanted.c.name))
        .where(Cluster.site_id == site_id)
        .order_by(Cluster.id)
        .with_for_update(key_share=True, of=Cluster)
    )
    return {row.place - 1: row.id for row in db.session.execute(stmt)}


def _put_in_clusters(site_id: int, wanted: dict[int, int]) -> Counter[int]:
    """Put keywords that are in no cluster into these clusters. Returns how many went into each."""
    free = (Keyword.site_id == site_id, Keyword.cluster_id.is_(None))
    mine = select(Keyword.id).where(Keyword.id == func.any(cast(list(wanted), ARRAY(BigInteger))), *free)
    locked = list(db.session.scalars(mine.order_by(Keyword.id).with_for_update(key_share=True)))
    keyword_ids, cluster_ids = (
        func.unnest(cast(ids, ARRAY(BigInteger))) for ids in (locked, [wanted[keyword_id] for keyword_id in locked])
    )
    chosen = select(keyword_ids.label("keyword_id"), cluster_ids.label("cluster_id")).subquery()
    db.session.execute(
        update(Keyword)
        .where(Keyword.id == chosen.c.keyword_id)
        .values(cluster_id=chosen.c.cluster_id)
        .execution_options(synchronize_session=False)
    )
    return Counter(wanted[keyword_id] for keyword_id in locked)
