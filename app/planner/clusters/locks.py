"""Locks on clusters, taken before those on what is in them (`app/core/lock_order.py`), in id order, until the
transaction ends.
"""

from collections.abc import Iterable

from sqlalchemy import select

from app.core.extensions import db
from app.planner.models import Cluster, Keyword

Ids = Iterable[int | None]


def keep_clusters(ids: Ids) -> set[int]:
    """Lock these clusters against deletion and merging, for rows that join them. Returns which of them exist."""
    return _lock(ids, read=True, key_share=True)


def hold_clusters(ids: Ids) -> set[int]:
    """As `keep_clusters`, and against edits too: for changes of their keywords, which renew the descriptions."""
    return _lock(ids, key_share=True)


def lock_clusters_to_delete(ids: Ids) -> set[int]:
    """As `hold_clusters`, and against anything being put into them: take it before checking whether they are empty."""
    return _lock(ids)


def _lock(ids: Ids, *, read: bool = False, key_share: bool = False) -> set[int]:
    wanted = {cluster_id for cluster_id in ids if cluster_id is not None}
    if not wanted:
        return set()
    stmt = select(Cluster.id).where(Cluster.id.in_(wanted)).order_by(Cluster.id)
    return set(db.session.scalars(stmt.with_for_update(read=read, key_share=key_share)))


def lock_planned_of_sector(sector_id: int) -> None:
    """Lock the clusters and keywords of a sector that is about to be deleted. Answers `sector_deleting`."""
    for model in (Cluster, Keyword):
        stmt = select(model.id).where(model.sector_id == sector_id).order_by(model.id)
        db.session.execute(stmt.with_for_update(key_share=True))
