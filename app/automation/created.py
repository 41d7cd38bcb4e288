"""What came of an execution, as the events tell that its runs caused, and what of it nobody has touched since."""

from collections.abc import Sequence

from sqlalchemy import select

from app.automation.models import TriggerEvent
from app.content.models import Content
from app.content.trash.services import LISTED
from app.core.extensions import db
from app.planner.models import Cluster, Idea, Keyword
from app.writer.models import Task


def created_ids(execution_id: int, trigger: str) -> list[int]:
    """The rows that events of this trigger name as come of the execution, in order."""
    stmt = select(TriggerEvent.subjects).where(
        TriggerEvent.execution_id == execution_id, TriggerEvent.trigger == trigger
    )
    return sorted({row_id for subjects in db.session.scalars(stmt) for row_id in subjects})


def intact_clusters(account_id: int, ids: Sequence[int]) -> list[int]:
    """Those of these clusters that nobody has edited and that have no keywords, ideas, tasks or contents."""
    used = [select(model.id).where(model.cluster_id == Cluster.id).exists() for model in (Keyword, Idea, Task, Content)]
    mine = (Cluster.account_id == account_id, Cluster.id.in_(ids))
    return list(db.session.scalars(select(Cluster.id).where(*mine, *(~one for one in used)).order_by(Cluster.id)))


def intact_ideas(account_id: int, ids: Sequence[int]) -> list[int]:
    """Those of these ideas that nobody has changed or made a task of."""
    mine = (Idea.account_id == account_id, Idea.id.in_(ids), Idea.task_id.is_(None), Idea.updated_at == Idea.created_at)
    return list(db.session.scalars(select(Idea.id).where(*mine).order_by(Idea.id)))


def intact_tasks(account_id: int, ids: Sequence[int]) -> list[int]:
    """Those of these tasks that are not written."""
    mine = (Task.account_id == account_id, Task.id.in_(ids), Task.status == "queued")
    return list(db.session.scalars(select(Task.id).where(*mine).order_by(Task.id)))


def intact_drafts(account_id: int, ids: Sequence[int]) -> list[int]:
    """Those of these contents that are drafts as they were written."""
    mine = (
        Content.account_id == account_id,
        Content.id.in_(ids),
        Content.state == "draft",
        Content.version == 1,
        LISTED,
    )
    return list(db.session.scalars(select(Content.id).where(*mine).order_by(Content.id)))
