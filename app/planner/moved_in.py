"""Clusters, keywords and ideas that come from elsewhere as they are, many at once. Services flush; callers commit.

No event is published: what was moved in is not new, and must not set off rules that spend credits.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, any_, cast, delete, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.bulk_insert import insert_new
from app.core.extensions import db
from app.planner import hooks
from app.planner.clusters import locks as cluster_locks
from app.planner.models import Cluster, Idea, Keyword

QUIET = {"synchronize_session": False}
Row = Mapping[str, Any]
Added = list[tuple[int, bool]]


def add_clusters(site_id: int, rows: Sequence[Row]) -> Added:
    """The id of the cluster of each row, by name, and whether this row made it."""
    made = insert_new(Cluster.__table__, sorted(rows, key=lambda row: str(row["name"]).casefold()))
    names = func.unnest(cast([row["name"] for row in rows], ARRAY(Text))).table_valued("name", with_ordinality="place")
    names = names.render_derived()
    stmt = select(names.c.place, Cluster.id).join(names, func.lower(Cluster.name) == func.lower(names.c.name))
    ids = {row.place - 1: row.id for row in db.session.execute(stmt.where(Cluster.site_id == site_id))}
    return _first_made([ids[place] for place in range(len(rows))], made)


def add_keywords(site_id: int, rows: Sequence[Row]) -> Added:
    """The id of the keyword of each row, by its normalised form, and whether this row made it."""
    made = insert_new(Keyword.__table__, sorted(rows, key=lambda row: str(row["normalised"])))
    return _first_made(_ids_by(Keyword.normalised, Keyword.site_id == site_id, rows, "normalised"), made)


def add_ideas(site_id: int, rows: Sequence[Row]) -> Added:
    """The id of the idea of each row, by cluster and title, and whether this row made it."""
    made = insert_new(Idea.__table__, sorted(rows, key=lambda row: (row["cluster_id"], row["normalised_title"])))
    clusters = sorted({row["cluster_id"] for row in rows})
    titles = cast([row["normalised_title"] for row in rows], ARRAY(Text))
    stmt = select(Idea.cluster_id, Idea.normalised_title, Idea.id).where(
        Idea.site_id == site_id, Idea.cluster_id.in_(clusters), Idea.normalised_title == any_(titles)
    )
    ids = {(row.cluster_id, row.normalised_title): row.id for row in db.session.execute(stmt)}
    return _first_made([ids[row["cluster_id"], row["normalised_title"]] for row in rows], made)


def _ids_by(
    column: InstrumentedAttribute[str], of_site: ColumnElement[bool], rows: Sequence[Row], name: str
) -> list[int]:
    values = cast([row[name] for row in rows], ARRAY(Text))
    stmt = select(column, column.class_.id).where(of_site, column == any_(values))
    ids = {row[0]: row[1] for row in db.session.execute(stmt)}
    return [ids[row[name]] for row in rows]


def _first_made(ids: Sequence[int], made: Sequence[int]) -> Added:
    """Each id with whether it is new: of several rows that became one, the first made it."""
    open_ids = set(made)
    added = []
    for row_id in ids:
        added.append((row_id, row_id in open_ids))
        open_ids.discard(row_id)
    return added


def remove_ideas(site_id: int, ids: Collection[int]) -> set[int]:
    """Delete those of these ideas that no task was made of. Returns them."""
    stmt = delete(Idea).where(Idea.site_id == site_id, Idea.id.in_(ids), Idea.task_id.is_(None))
    return set(db.session.scalars(stmt.returning(Idea.id).execution_options(**QUIET)))


def remove_keywords(site_id: int, ids: Collection[int]) -> set[int]:
    """Delete those of these keywords that nobody moved and no task or content uses. Returns them."""
    in_use = (Keyword.id.in_(used) for used in hooks.keywords_in_use(site_id))
    where = (Keyword.site_id == site_id, Keyword.id.in_(ids), Keyword.edited_at.is_(None), ~or_(*in_use))
    return set(db.session.scalars(delete(Keyword).where(*where).returning(Keyword.id).execution_options(**QUIET)))


def remove_clusters(site_id: int, ids: Collection[int]) -> set[int]:
    """Delete those of these clusters that nobody edited and nothing is in any more. Returns them."""
    locked = cluster_locks.lock_clusters_to_delete(ids)
    filled: list[ColumnElement[bool]] = [exists().where(model.cluster_id == Cluster.id) for model in (Keyword, Idea)]
    filled += [Cluster.id.in_(used) for used in hooks.clusters_in_use(site_id)]
    where = (Cluster.site_id == site_id, Cluster.id.in_(locked), Cluster.edited_at.is_(None), ~or_(*filled))
    return set(db.session.scalars(delete(Cluster).where(*where).returning(Cluster.id).execution_options(**QUIET)))
