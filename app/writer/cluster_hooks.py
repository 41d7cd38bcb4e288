"""What the writer does when clusters are merged or deleted: tasks keep a cluster. In the planner's transaction."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, select, update

from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import gettext
from app.planner import hooks
from app.planner.models import Cluster
from app.writer.models import Task, task_keywords


def move_tasks(source_id: int, target_id: int) -> None:
    """Move the tasks of the cluster that is merged away to the other."""
    stmt = update(Task).where(Task.cluster_id == source_id).values(cluster_id=target_id)
    db.session.execute(stmt.execution_options(synchronize_session=False))


def refuse_clusters_with_tasks(cluster_ids: Collection[int]) -> None:
    """Raise Conflict when one of these clusters has tasks."""
    named = select(Cluster.name).join(Task, Task.cluster_id == Cluster.id).where(Cluster.id.in_(cluster_ids))
    name = db.session.scalar(named.order_by(Cluster.id).limit(1))
    if name is not None:
        raise Conflict(
            gettext("“%(name)s” has Writer tasks and cannot be deleted.", name=name),
            code="CLUSTER_IN_USE",
            cure=gettext("Merge it into another cluster, or delete its tasks first."),
        )


def add_task_ids(cluster_id: int, ids: dict[str, list[int]]) -> None:
    """Add the ids of the cluster's tasks to `ids`."""
    stmt = select(Task.id).where(Task.cluster_id == cluster_id).order_by(Task.id)
    ids["tasks"] = list(db.session.scalars(stmt))


def restore_tasks(target_id: int, source_id: int, ids: Mapping[str, list[int]]) -> None:
    """Give tasks back to the cluster when a merge is undone."""
    moved_tasks = (Task.id.in_(ids.get("tasks", [])), Task.cluster_id == target_id)
    stmt = update(Task).where(*moved_tasks).values(cluster_id=source_id)
    db.session.execute(stmt.execution_options(synchronize_session=False))


def clusters_with_tasks(site_id: int) -> Select[Any]:
    """Ids of the clusters of the site that have tasks."""
    return select(Task.cluster_id).where(Task.site_id == site_id, Task.cluster_id.is_not(None))


def keywords_of_tasks(site_id: int) -> Select[Any]:
    """Ids of the keywords of the site's tasks."""
    stmt = select(task_keywords.c.keyword_id).join(Task, Task.id == task_keywords.c.task_id)
    return stmt.where(Task.site_id == site_id)


def connect() -> None:
    """Register these functions with the planner's hooks."""
    hooks.cluster_merging.add(move_tasks)
    hooks.clusters_deleting.add(refuse_clusters_with_tasks)
    hooks.cluster_listing.add(add_task_ids)
    hooks.cluster_restored.add(restore_tasks)
    hooks.clusters_in_use.add(clusters_with_tasks)
    hooks.keywords_in_use.add(keywords_of_tasks)
