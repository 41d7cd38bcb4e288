"""What rules can do in the writer: drafts, of ideas by way of tasks, and images."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from app.ai import charging
from app.automation.action_kinds import ActionCall, ActionKind, Started
from app.automation.created import created_ids, intact_drafts, intact_tasks
from app.automation.drawn_images import undo_images
from app.automation.models import RuleExecution
from app.automation.subjects import follow
from app.content import actions as contents
from app.content.models import Content, ContentImage
from app.core.actor import Actor
from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.wording import many
from app.planner.models import Idea
from app.writer import actions as writer
from app.writer.models import Task
from app.writer.pictures import runs as pictures
from app.writer.pictures.models import PlannedImage

PICTURES_OF_A_TEXT = 3  # an estimate; what is drawn is charged


def _start_drafts(call: ActionCall) -> Started:
    ids = list(call.subjects)
    if call.subject_kind == "idea":
        writer.create_tasks(call.account_id, call.site_id, Selection(ids))
        ids = follow("idea", "task", ids, call.account_id, since=None)
    start = writer.start_drafts(call.account_id, call.actor, call.site_id, Selection(ids))
    return Started(start.count, (start.run.id,) if start.run else (), f"Writing {many(start.count, 'draft')}")


def _unwritten(kind: str) -> Sequence[ColumnElement[bool]]:
    if kind == "task":
        return [Task.status == "queued"]
    written = select(Task.id).where(Task.id == Idea.task_id, Task.status != "queued").exists()
    return [or_(Idea.task_id.is_(None), ~written)]


def _undo_drafts(actor: Actor, execution: RuleExecution, _step: Mapping[str, Any]) -> str:
    """Move drafts as they were written to the trash, and delete tasks that were made and not written."""
    account_id, site_id = execution.account_id, execution.site_id
    drafts = intact_drafts(account_id, created_ids(execution.id, "content_generated"))
    if drafts:
        contents.move_to_trash(account_id, actor, site_id, drafts)
    tasks = intact_tasks(account_id, created_ids(execution.id, "task_created"))
    deleted = writer.delete_tasks(account_id, actor, site_id, Selection(tasks)) if tasks else 0
    return f"{many(len(drafts), 'draft')} in the trash, {many(deleted, 'task')} deleted"


def _plan_pictures(call: ActionCall) -> Started:
    stmt = select(PlannedImage.content_id).where(PlannedImage.content_id.in_(call.subjects)).distinct()
    planned = set(db.session.scalars(stmt))
    ids = [row_id for row_id in call.subjects if row_id not in planned]
    runs = [pictures.start_plan(call.account_id, call.actor, row_id).id for row_id in ids]
    return Started(len(call.subjects), tuple(runs), f"Planning pictures for {many(len(ids), 'content')}")


def _draw_pictures(call: ActionCall) -> Started:
    role = str(call.parameters.get("role", "featured"))
    runs: list[uuid.UUID] = []
    for content_id in _with_undrawn(call.subjects):
        runs.append(pictures.start_drawings(call.account_id, call.actor, content_id, role).id)
    return Started(len(runs), tuple(runs), f"Drawing for {many(len(runs), 'content')}")


def _with_undrawn(content_ids: Sequence[int]) -> list[int]:
    undrawn = (PlannedImage.content_id.in_(content_ids), PlannedImage.image_id.is_(None))
    stmt = select(PlannedImage.content_id).where(*undrawn).distinct().order_by(PlannedImage.content_id)
    return list(db.session.scalars(stmt))


def _without_images(_kind: str) -> Sequence[ColumnElement[bool]]:
    has_images = select(ContentImage.id).where(ContentImage.content_id == Content.id).exists()
    return [~has_images, func.length(Content.content_html) > 0, Content.is_outline.is_(False)]


def _image_credits(account_id: int, count: int) -> int:
    plans = charging.price_quote(account_id, "image_briefs", count).credits
    return plans + charging.price_quote(account_id, "image", count * PICTURES_OF_A_TEXT).credits


GENERATE_CONTENT = ActionKind(
    "generate_content",
    N_("Write drafts"),
    ("task", "idea"),
    Permission.WRITER_WRITE,
    "writer",
    (_start_drafts,),
    _unwritten,
    lambda account_id, count: charging.price_quote(account_id, "content", count).credits,
    at_once=50,
    usual=5,
    undo=_undo_drafts,
    undo_says=N_("Drafts that nobody has changed go to the trash."),
)
GENERATE_IMAGES = ActionKind(
    "generate_images",
    N_("Plan and draw images"),
    ("content",),
    Permission.CONTENT_WRITE,
    "writer",
    (_plan_pictures, _draw_pictures),
    _without_images,
    _image_credits,
    at_once=50,
    usual=5,
    undo=undo_images,
    undo_says=N_("Images are taken away, unless they are in a text, live, or somebody has described them."),
)


def writer_actions(_account_id: int) -> Sequence[ActionKind]:
    """The writer's actions."""
    return (GENERATE_CONTENT, GENERATE_IMAGES)
