"""Tasks that come from elsewhere as they are, many at once. Services flush; callers commit. No event is published."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, exists, select

from app.content.models import Content
from app.core.bulk_insert import bulk_insert, new_ids
from app.core.extensions import db
from app.planner.ideas import services as idea_services
from app.writer.briefs.services import delete_unused
from app.writer.models import Task
from app.writer.services import link_keywords


def add_moved_tasks(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Tasks of these rows, with the keywords of their clusters. An idea makes one task: a second one gets none.

    Returns their ids, in the same order.
    """
    if not rows:
        return []
    ids = new_ids(Task.__table__, len(rows))
    taken = _taken_ideas([row["idea_id"] for row in rows])
    values = []
    for task_id, row in zip(ids, rows, strict=True):
        idea_id = None if row["idea_id"] in taken else row["idea_id"]
        taken.add(row["idea_id"])
        values.append({**row, "id": task_id, "idea_id": idea_id})
    with bulk_insert() as copy:
        copy(Task.__table__, values)
    link_keywords([(row["id"], row["cluster_id"], row["primary_keyword"]) for row in values])
    idea_services.mark_used({row["idea_id"]: row["id"] for row in values if row["idea_id"]})
    return ids


def _taken_ideas(idea_ids: Sequence[int | None]) -> set[int | None]:
    wanted = sorted({idea_id for idea_id in idea_ids if idea_id})
    stmt = select(Task.idea_id).where(Task.idea_id.in_(wanted))
    return set(db.session.scalars(stmt)) if wanted else set()


def remove_tasks(site_id: int, ids: Collection[int]) -> set[int]:
    """Delete those of these tasks that have no content any more. Returns them."""
    has_content = exists().where(Content.task_id == Task.id)
    unused = select(Task.id).where(Task.site_id == site_id, Task.id.in_(ids), ~has_content)
    going = sorted(db.session.scalars(unused.order_by(Task.id).with_for_update(of=Task)))
    if going:
        chosen = select(Task.id).where(Task.id.in_(going))
        idea_services.mark_unused(chosen)
        account_id = db.session.scalar(select(Task.account_id).where(Task.id == going[0])) or 0
        delete_unused(account_id, chosen)
        db.session.execute(delete(Task).where(Task.id.in_(going)).execution_options(synchronize_session=False))
    return set(going)
