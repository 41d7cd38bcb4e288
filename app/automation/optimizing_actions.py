"""What rules can do in the Optimizer: have a text made better, and put in what is proposed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.ai import charging
from app.automation.action_kinds import CHOICE, ActionCall, ActionKind, Parameter, Started
from app.automation.models import RuleExecution
from app.automation.subjects import YES_NO, contents_with_text
from app.content.models import Content
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import N_
from app.core.wording import many
from app.optimizer.permissions import OptimizerPermission
from app.optimizer.rewrite.actions import decide_changes, start_optimizing, undo_changes, use_changes
from app.optimizer.rewrite.changes import ACCEPTED
from app.optimizer.rewrite.improve import OPERATION
from app.optimizer.rewrite.task_models import COMPLETED, OptimizationTask

PIECES_OF_A_TEXT = 8  # of 200 words, as an estimate; what is asked is charged


def _propose(call: ActionCall) -> Started:
    started = start_optimizing(call.account_id, call.actor, call.site_id, call.subjects)
    count = len(call.subjects)
    return Started(count, (started.run.id,), f"Optimizing {many(count, 'content')}")


def _put_in(call: ActionCall) -> Started:
    """Accept what was proposed for the contents, and put it into their texts. What people are editing is left out."""
    if call.parameters.get("apply", "yes") != "yes":
        return Started(0)
    count = sum(_use(call, task_id) for task_id in _proposed_tasks(call))
    return Started(count, (), f"{many(count, 'content')} changed")


def _proposed_tasks(call: ActionCall) -> Sequence[int]:
    """The tasks of these contents that SystemBot began, and that nobody has decided on yet."""
    mine = (OptimizationTask.account_id == call.account_id, OptimizationTask.content_id.in_(call.subjects))
    open_ones = (
        OptimizationTask.status == COMPLETED,
        OptimizationTask.waiting > 0,
        OptimizationTask.actor_id.is_(None),
    )
    return db.session.scalars(select(OptimizationTask.id).where(*mine, *open_ones).order_by(OptimizationTask.id)).all()


def _use(call: ActionCall, task_id: int) -> bool:
    try:
        with db.session.begin_nested():
            decide_changes(call.account_id, call.actor, task_id, None, ACCEPTED)
            made, _words = use_changes(call.account_id, call.actor, task_id)
    except DomainError:
        return False  # somebody edits it, or it is in the trash: it stays proposed
    return made.made > 0


def _never_optimized(_kind: str) -> Sequence[ColumnElement[bool]]:
    """Contents with a text that nothing was proposed for yet."""
    tried = select(OptimizationTask.id).where(OptimizationTask.content_id == Content.id).exists()
    return [~tried, func.length(Content.content_html) > 0]


def _undo_optimizing(actor: Actor, execution: RuleExecution, step: Mapping[str, Any]) -> str:
    """Take the changes out of the texts again, but where people have edited since."""
    mine = (
        OptimizationTask.account_id == execution.account_id,
        OptimizationTask.run_id.in_([UUID(run_id) for run_id in step["run_ids"]]),
        OptimizationTask.used > 0,
    )
    count = 0
    for task_id in db.session.scalars(select(OptimizationTask.id).where(*mine).order_by(OptimizationTask.id)).all():
        try:
            with db.session.begin_nested():
                undo_changes(execution.account_id, actor, task_id)
        except DomainError:
            continue  # somebody edits it, or it is in the trash
        count += 1
    return f"{many(count, 'content')} as before"


OPTIMIZE_CONTENT = ActionKind(
    "optimize_content",
    N_("Optimize texts"),
    ("content",),
    OptimizerPermission.WRITE,
    "optimizer",
    (_propose, _put_in),
    _never_optimized,
    lambda account_id, count: charging.price_quote(account_id, OPERATION, count * PIECES_OF_A_TEXT).credits,
    at_once=100,
    usual=10,
    parameters=(Parameter("apply", N_("Put in what is proposed"), CHOICE, "yes", choices=YES_NO),),
    undo=_undo_optimizing,
    picked=contents_with_text,
    done_says=N_("The Optimizer looked at these texts already, or is looking at them"),
    undo_says=N_("Changes are taken out of the texts, where nobody has edited since."),
)


def optimizing_actions(_account_id: int) -> Sequence[ActionKind]:
    """The Optimizer's actions."""
    return (OPTIMIZE_CONTENT,)
