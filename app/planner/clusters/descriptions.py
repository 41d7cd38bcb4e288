"""Descriptions of clusters that were made from their keywords, kept true when keywords come and go.

What a person or a model wrote is theirs: only a description in the words of `searches_such_as` is renewed.
"""

import re
from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, func, select

from app.ai.wording import searches_such_as
from app.core.extensions import db
from app.planner.models import Cluster, Keyword

_MADE = re.compile(r"Searches such as “.*”(?: and \d+ more)?\.", re.DOTALL)


def is_made(description: str) -> bool:
    """Whether a description was made from keywords and not changed since."""
    return _MADE.fullmatch(description) is not None


def cluster_ids_of(where: Iterable[ColumnElement[bool]]) -> list[int]:
    """Ids of the clusters that these keywords are in: a change of the keywords affects them."""
    cluster_ids = select(Keyword.cluster_id).where(*where, Keyword.cluster_id.is_not(None)).distinct()
    return [cluster_id for cluster_id in db.session.scalars(cluster_ids) if cluster_id is not None]


def renew(cluster_ids: Collection[int], *, new: int | None = None) -> None:
    """Renew the descriptions of these clusters that were made from keywords, and make that of the `new` one. Flushes.

    Call it with the clusters locked (`cluster_locks.hold_clusters`), from before their keywords were.
    """
    db.session.flush()
    ids = {*cluster_ids} | ({new} if new is not None else set())
    stmt = select(Cluster).where(Cluster.id.in_(ids)).order_by(Cluster.id)
    rows = db.session.scalars(stmt.execution_options(populate_existing=True))  # as they are now that they are locked
    clusters = {row.id: row for row in rows if row.id == new or is_made(row.description)}
    descriptions = _descriptions(clusters)
    for cluster_id, cluster in clusters.items():
        cluster.description = descriptions.get(cluster_id, "")
    db.session.flush()


def _descriptions(cluster_ids: Collection[int]) -> dict[int, str]:
    """A description for each of these clusters that has keywords."""
    order = (func.coalesce(Keyword.volume, 0).desc(), Keyword.keyword)
    place = func.row_number().over(partition_by=Keyword.cluster_id, order_by=order).label("place")
    total = func.count().over(partition_by=Keyword.cluster_id).label("total")
    ranked = select(Keyword.cluster_id, Keyword.keyword, place, total).where(Keyword.cluster_id.in_(cluster_ids))
    rows = ranked.subquery()
    top: dict[int, tuple[list[str], int]] = {}
    for cluster_id, keyword, _, count in db.session.execute(
        select(rows).where(rows.c.place <= 3).order_by(rows.c.cluster_id, rows.c.place)
    ):
        top.setdefault(cluster_id, ([], count))[0].append(keyword)
    return {cluster_id: searches_such_as(words, count) for cluster_id, (words, count) in top.items()}
