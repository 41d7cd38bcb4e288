"""The state of each task in a list, from the newest writing run of its site."""

from dataclasses import dataclass

from sqlalchemy import select

from app.ai.calls.spending import concurrency_of
from app.content.models import Content
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.states import OPEN
from app.writer.models import Task
from app.writer.run_kinds import GENERATE_DRAFTS
from app.writer.services import contents_by_task


@dataclass(frozen=True, slots=True)
class TaskState:
    """`name` is ``queued``, ``waiting``, ``writing``, ``failed`` or ``completed``."""

    name: str
    content: Content | None = None
    problem: str = ""


def newest_run(account_id: int, site_id: int) -> Run | None:
    """The writing run of the site that was started last."""
    stmt = select(Run).where(Run.account_id == account_id, Run.site_id == site_id, Run.kind == GENERATE_DRAFTS.name)
    return db.session.scalar(stmt.order_by(Run.created_at.desc()).limit(1))


def under_way(account_id: int, site_id: int) -> set[int]:
    """Ids of the tasks that active and paused runs of the site write or will write."""
    stmt = select(Run.params["task_ids"]).where(
        Run.account_id == account_id, Run.site_id == site_id, Run.kind == GENERATE_DRAFTS.name, Run.state.in_(OPEN)
    )
    return {task_id for ids in db.session.scalars(stmt) for task_id in ids or []}


def _failures(run: Run | None) -> dict[int, str]:
    """What the run says about tasks that could not be written, even when none could."""
    if run is None:
        return {}
    errors = run.data.get("failed") or (run.error or {}).get("details", {}).get("failed") or {}
    return {int(key): text for key, text in errors.items()}


def task_states(account_id: int, tasks: list[Task], run: Run | None) -> dict[int, TaskState]:
    """The state of each task by id."""
    contents = contents_by_task(account_id, [task.id for task in tasks])
    ordered: list[int] = list(run.params.get("task_ids", [])) if run else []
    places = {task_id: place for place, task_id in enumerate(ordered)}
    failed = _failures(run)
    at_once = concurrency_of(account_id) if run is not None and run.is_active else 0

    def state(task: Task) -> TaskState:
        if task.status == "completed":
            return TaskState("completed", contents.get(task.id))
        if run is not None and task.id in places and (run.is_active or run.is_paused):
            writing = run.state == "running" and places[task.id] < run.done + at_once
            return TaskState("writing" if writing else "waiting")
        return TaskState("failed", problem=failed[task.id]) if task.id in failed else TaskState("queued")

    return {task.id: state(task) for task in tasks}
