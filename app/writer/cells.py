"""Cells of the task list that are changed in their row. They flush; callers commit."""

from dataclasses import replace

from sqlalchemy import select

from app.accounts import members
from app.core.actor import Actor
from app.core.extensions import db
from app.core.languages import gettext, local_date
from app.core.listing.cells import Cell, CellEditor, CellSaved, Values
from app.core.listing.filters import NONE
from app.core.listing.selection import Selection
from app.core.tenancy import owned
from app.planner.cells import CHOICE, cluster_editor, cluster_said, keep_chosen_cluster
from app.writer import actions, assignments, task_edits
from app.writer import services as plain
from app.writer.models import Task


def _task(account_id: int, task_id: int, hold: bool) -> Task:
    task = owned(Task, task_id, account_id)
    if hold:
        db.session.execute(select(Task.id).where(Task.id == task_id).with_for_update())
        db.session.refresh(task)
    return task


def _cluster(account_id: int, task_id: int, hold: bool) -> CellEditor:
    task = _task(account_id, task_id, hold)
    return cluster_editor(task.title, task.site_id, task.cluster, "planner.cluster_choices", may_be_none=False)


def _move(account_id: int, _actor: Actor, task_id: int, values: Values) -> CellSaved:
    task = owned(Task, task_id, account_id)
    former = str(task.cluster_id)
    task_edits.update_task(account_id, task_id, {**task_edits.stored_task(task), "cluster": values.get("value", "")})
    db.session.refresh(task)
    return CellSaved(cluster_said(task.title, task.cluster), former if str(task.cluster_id) != former else "")


def _undo_move(account_id: int, actor: Actor, task_id: int, key: str) -> str:
    return _move(account_id, actor, task_id, {"value": key}).message


def _assignee(account_id: int, task_id: int, hold: bool) -> CellEditor:
    task = _task(account_id, task_id, hold)
    people = dict(members.editors_of_site(account_id, task.site_id))
    if task.assignee:
        people.setdefault(task.assignee.id, gettext("%(name)s (no access any more)", name=task.assignee.name))
    return CellEditor(
        title=task.title,
        stored={"assignee": task.assignee_id},
        words=_whose(task),
        context={
            "options": [(NONE, gettext("Nobody")), *people.items()],
            "chosen": task.assignee_id or NONE,
            "rest": "",
        },
    )


def _whose(task: Task) -> str:
    if task.assignee is None:
        return gettext("assigned to nobody")
    return gettext("assigned to %(name)s", name=task.assignee.name)


def _assigned_words(task: Task) -> str:
    if task.assignee is None:
        return gettext("“%(title)s” is assigned to nobody.", title=task.title)
    return gettext("“%(title)s” is assigned to %(name)s.", title=task.title, name=task.assignee.name)


def _assign(account_id: int, actor: Actor, task_id: int, values: Values) -> CellSaved:
    task = owned(Task, task_id, account_id)
    former = str(task.assignee_id or NONE)
    actions.assign_tasks(account_id, actor, task.site_id, Selection([task_id]), values.get("value", ""))
    db.session.refresh(task)
    return CellSaved(_assigned_words(task), former if str(task.assignee_id or NONE) != former else "")


def _undo_assign(account_id: int, actor: Actor, task_id: int, key: str) -> str:
    return _assign(account_id, actor, task_id, {"value": key}).message


def _due_cell(account_id: int, task_id: int, hold: bool) -> CellEditor:
    task = _task(account_id, task_id, hold)
    day = task.due_on.isoformat() if task.due_on else ""
    return CellEditor(title=task.title, stored={"due_on": day}, words=_day(task), context={"value": day})


def _day(task: Task) -> str:
    return gettext("due on %(day)s", day=local_date(task.due_on)) if task.due_on else gettext("due on no day")


def _due_words(task: Task) -> str:
    if task.due_on is None:
        return gettext("“%(title)s” is due on no day.", title=task.title)
    return gettext("“%(title)s” is due on %(day)s.", title=task.title, day=local_date(task.due_on))


def _set_due(account_id: int, actor: Actor, task_id: int, values: Values) -> CellSaved:
    task = owned(Task, task_id, account_id)
    former = task.due_on
    day = assignments.chosen_day({"due_on": values.get("value", "")})
    actions.set_due_date(account_id, actor, task.site_id, Selection([task_id]), day)
    db.session.refresh(task)
    undo = (former.isoformat() if former else NONE) if task.due_on != former else ""
    return CellSaved(_due_words(task), undo)


def _undo_due(account_id: int, actor: Actor, task_id: int, key: str) -> str:
    return _set_due(account_id, actor, task_id, {"value": "" if key == NONE else key}).message


CELLS = {
    "cluster": Cell(CHOICE, _cluster, _move, _undo_move, keep_chosen_cluster, keep_chosen_cluster),
    "assignee": Cell(CHOICE, _assignee, _assign, _undo_assign),
    "due": Cell("writer/_cell_due.html", _due_cell, _set_due, _undo_due),
}
LISTS = tuple(replace(kind, cells=CELLS) for kind in plain.LISTS)
