"""The keywords that represent each cluster of a site in comparisons, and the clusters that were near each keyword."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import utcnow
from app.core.extensions import db
from app.planner.models import Cluster, Keyword, NearestCluster

KEYWORDS_OF_ONE = 50
MOST_KEYWORDS = 30_000
PART = 2000


@dataclass(frozen=True, slots=True)
class ClusterTopic:
    """An existing cluster, with keywords that represent it."""

    id: int
    name: str
    keywords: Sequence[str]


@dataclass(frozen=True, slots=True)
class Nearest:
    """A topic near to a keyword that fits nowhere. `nearness` is 0 to 100."""

    name: str
    nearness: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A cluster that a keyword may join."""

    cluster_id: int
    name: str
    nearness: int


def cluster_topics(account_id: int, site_id: int) -> list[ClusterTopic]:
    """The site's clusters with their most searched keywords, in the order they were made."""
    of_site = (Cluster.account_id == account_id, Cluster.site_id == site_id)
    names = {row.id: row.name for row in db.session.execute(select(Cluster.id, Cluster.name).where(*of_site))}
    order = (Keyword.volume.desc().nulls_last(), Keyword.id)
    place = func.row_number().over(partition_by=Keyword.cluster_id, order_by=order)
    ranked = (
        select(Keyword.cluster_id, Keyword.keyword, place.label("place"))
        .where(Keyword.account_id == account_id, Keyword.site_id == site_id, Keyword.cluster_id.is_not(None))
        .subquery()
    )
    best = select(ranked.c.cluster_id, ranked.c.keyword).where(ranked.c.place <= KEYWORDS_OF_ONE)
    words: dict[int, list[str]] = {}
    for cluster_id, keyword in db.session.execute(
        best.order_by(ranked.c.place, ranked.c.cluster_id).limit(MOST_KEYWORDS)
    ):
        words.setdefault(cluster_id, []).append(keyword)
    return [ClusterTopic(cluster_id, name, words.get(cluster_id, [])) for cluster_id, name in sorted(names.items())]


def keep_nearest(account_id: int, site_id: int, nearest: Mapping[int, Sequence[Nearest]]) -> None:
    """Store what is near to these keywords (by id) in place of what was. Flushes."""
    ids, now = list(nearest), utcnow()
    names = {near.name.lower() for choices in nearest.values() for near in choices}
    stmt = select(func.lower(Cluster.name), Cluster.id).where(
        Cluster.account_id == account_id, Cluster.site_id == site_id, func.lower(Cluster.name).in_(names)
    )
    clusters = {row[0]: row[1] for row in db.session.execute(stmt)}
    of_account = NearestCluster.account_id == account_id
    for start in range(0, len(ids), PART):
        part = ids[start : start + PART]
        db.session.execute(delete(NearestCluster).where(of_account, NearestCluster.keyword_id.in_(part)))
        still = set(db.session.scalars(select(Keyword.id).where(Keyword.id.in_(part), Keyword.cluster_id.is_(None))))
        rows = [
            {
                "account_id": account_id,
                "keyword_id": keyword_id,
                "cluster_id": clusters[near.name.lower()],
                "nearness": near.nearness,
                "created_at": now,
                "updated_at": now,
            }
            for keyword_id in part
            if keyword_id in still
            for near in nearest[keyword_id]
            if near.name.lower() in clusters
        ]
        if rows:
            db.session.execute(insert(NearestCluster).values(rows).on_conflict_do_nothing())


def near_clusters(account_id: int, keyword_ids: Sequence[int]) -> dict[int, list[Choice]]:
    """The clusters near to each of these keywords, the nearest first."""
    stmt = (
        select(NearestCluster.keyword_id, Cluster.id, Cluster.name, NearestCluster.nearness)
        .join(Cluster, Cluster.id == NearestCluster.cluster_id)
        .where(NearestCluster.account_id == account_id, NearestCluster.keyword_id.in_(keyword_ids))
        .order_by(NearestCluster.nearness.desc(), Cluster.id)
    )
    choices: dict[int, list[Choice]] = {}
    for row in db.session.execute(stmt):
        choices.setdefault(row[0], []).append(Choice(row[1], row[2], row[3]))
    return choices


def forget_choices(account_id: int, keyword_ids: Sequence[int]) -> None:
    """Stop offering what was near these keywords: their text has changed. Flushes."""
    near = (NearestCluster.account_id == account_id, NearestCluster.keyword_id.in_(keyword_ids))
    db.session.execute(delete(NearestCluster).where(*near).execution_options(synchronize_session=False))


def move_choices(source_id: int, target_id: int) -> None:
    """Make what was near a cluster that is merged into another near that one, once for each keyword."""
    keyword_ids = select(NearestCluster.keyword_id).where(NearestCluster.cluster_id == target_id)
    twice = delete(NearestCluster).where(
        NearestCluster.cluster_id == source_id, NearestCluster.keyword_id.in_(keyword_ids)
    )
    rest = update(NearestCluster).where(NearestCluster.cluster_id == source_id).values(cluster_id=target_id)
    for statement in (twice, rest):
        db.session.execute(statement.execution_options(synchronize_session=False))
