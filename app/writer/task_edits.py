"""Tasks by hand: a new one, and changes of one. Services flush; callers commit."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from app.core import events
from app.core.edits import check_etag
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.request_ids import parse_id
from app.planner.clusters.locks import keep_clusters
from app.planner.ideas.services import checked_plan, chosen_cluster, stored_plan
from app.writer import assignments, keyword_picks
from app.writer.briefs.services import follow_task
from app.writer.events import TasksCreated
from app.writer.models import Task


def create_task(account_id: int, site_id: int, values: Mapping[str, str]) -> Task:
    """A task from form values. Flushes; raises DomainError with the fields that are wrong."""
    checked = _checked(account_id, site_id, values, None)
    picked = keyword_picks.picked_ids(account_id, site_id, values)
    cluster = chosen_cluster(account_id, site_id, values)
    task = Task(account_id=account_id, site_id=site_id, sector_id=cluster.sector_id, cluster_id=cluster.id, **checked)
    db.session.add(task)
    db.session.flush()
    keyword_picks.pick_keywords(task, picked)
    events.publish(TasksCreated(account_id, site_id, (task.id,)))
    return task


def update_task(account_id: int, task_id: int, values: Mapping[str, str], *, expected: str | None = None) -> Task:
    """Change a task from form values, and its brief where both say the same. Flushes.

    When its cluster or primary keyword changes, it gets the keywords that a new task would get, unless a person has
    picked them. `expected` is the etag of the form. Raises NotFound, EditConflict, and DomainError with the fields that
    are wrong.
    """
    keep_clusters([parse_id(values.get("cluster"))])
    stmt = select(Task).where(Task.id == task_id, Task.account_id == account_id)
    task = db.session.scalar(stmt.with_for_update(of=Task).execution_options(populate_existing=True))
    if task is None:
        raise NotFound()
    check_etag(stored_task(task), expected)
    checked = _checked(account_id, task.site_id, values, task.assignee_id)
    before = [keyword.id for keyword in task.keywords]
    picked = keyword_picks.picked_ids(account_id, task.site_id, values) if "keywords" in values else before
    cluster = chosen_cluster(account_id, task.site_id, values)
    relinked = (task.cluster_id, task.primary_keyword) != (cluster.id, checked["primary_keyword"])
    for name, value in checked.items():
        setattr(task, name, value)
    task.cluster_id, task.sector_id = cluster.id, cluster.sector_id
    db.session.flush()
    follow_task(task)
    if picked != before:
        keyword_picks.pick_keywords(task, picked)
    elif relinked and not task.picks_keywords:
        keyword_picks.pick_keywords(task, [])
    return task


def stored_task(task: Task) -> dict[str, Any]:
    """The fields of a task as its form shows them."""
    return stored_plan(task) | {
        "assignee": str(task.assignee_id or ""),
        "due_on": task.due_on.isoformat() if task.due_on else "",
        "note": task.note,
        "keywords": " ".join(str(keyword.id) for keyword in task.keywords),
    }


def _checked(account_id: int, site_id: int, values: Mapping[str, str], assignee_id: int | None) -> dict[str, Any]:
    """The columns that form values say; raises DomainError that names every field that is wrong."""
    columns: dict[str, Any] = {}
    readers: dict[str, Callable[[], Any]] = {
        "assignee_id": lambda: assignments.chosen_assignee(account_id, site_id, values, assignee_id),
        "due_on": lambda: assignments.chosen_day(values),
        "note": lambda: assignments.chosen_note(values),
    }
    wrong: dict[str, str] = {}
    try:
        columns |= checked_plan(values)
    except DomainError as error:
        wrong |= error.details["fields"]
    for name, read in readers.items():
        try:
            columns[name] = read()
        except DomainError as error:
            wrong[error.field or name] = f"{error.message} {error.cure}".strip()
    if wrong:
        field, message = next(iter(wrong.items()))
        raise DomainError(message, code="FIELD_INVALID", field=field, details={"fields": wrong})
    return columns
