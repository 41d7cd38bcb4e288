"""Undoing what one execution made, as far as nobody has gone on with it. Flushes; callers commit."""

from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, update

from app.automation.action_kinds import ActionKind, action_kinds
from app.automation.dry_runs import KEPT
from app.automation.engine import NOTHING
from app.automation.models import RuleExecution
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import gettext

UNTIL: timedelta = KEPT


def can_be_undone(execution: RuleExecution) -> bool:
    """Whether something of it can be undone: it has ended in the last 30 days, and was not undone yet."""
    is_recent = execution.ended_at is not None and execution.ended_at > utcnow() - UNTIL
    return is_recent and execution.undone_at is None and bool(undoable_steps(execution))


def _steps_done(execution: RuleExecution) -> list[tuple[ActionKind | None, dict[str, Any]]]:
    """The steps that did something, each with its kind of action; None where that is switched off or there no more."""
    kinds = action_kinds(execution.account_id)
    steps = [step for step in execution.steps if step["stage"] == 0 and step["state"] != NOTHING]
    return [(kinds.get(step["kind"]), step) for step in steps]


def undoable_steps(execution: RuleExecution) -> list[tuple[ActionKind, dict[str, Any]]]:
    """The steps that can be undone, the last first, each with its kind of action."""
    return [(kind, step) for kind, step in reversed(_steps_done(execution)) if kind and kind.can_undo(step)]


def _kinds_that_stay(execution: RuleExecution) -> list[ActionKind]:
    """The kinds of action of which something was done that cannot be undone."""
    return list(dict.fromkeys(kind for kind, step in _steps_done(execution) if kind and not kind.can_undo(step)))


def undo_question(execution: RuleExecution) -> list[str]:
    """What undoing it would do, the last action first, in the current language."""
    return list(dict.fromkeys(gettext(kind.undo_says) for kind, _step in undoable_steps(execution) if kind.undo_says))


def why_it_stays(execution: RuleExecution) -> list[str]:
    """Why what it did cannot be undone, or not all of it, in the current language; empty where it all can."""
    if execution.ended_at is None or execution.undone_at is not None or not execution.steps:
        return []
    if execution.ended_at <= utcnow() - UNTIL:
        return [gettext("It is older than 30 days, and cannot be undone any more.")]
    is_off = any(kind is None for kind, _step in _steps_done(execution))
    off = [gettext("A module that it worked with is switched off.")] if is_off else []
    return [*off, *dict.fromkeys(gettext(kind.stays) for kind in _kinds_that_stay(execution) if kind.stays)]


def undo_steps(actor: Actor, execution: RuleExecution) -> str:
    """Undo what can be undone. Returns what that was, in English. Raises Conflict when there is nothing to undo."""
    steps = undoable_steps(execution)
    if not can_be_undone(execution) or not _claim(execution):
        raise Conflict(
            gettext("There is nothing to undo: it was undone already, is not done yet, or is too old."),
            code="NOTHING_TO_UNDO",
        )
    words = []
    for kind, step in steps:
        actor.require(kind.permission)
        assert kind.undo is not None
        words.append(kind.undo(actor, execution, step))
    stays = [f"not undone: “{kind.label}”" for kind in _kinds_that_stay(execution)]
    return "; ".join([*words, *stays])


def _claim(execution: RuleExecution) -> bool:
    executions = RuleExecution
    result = db.session.execute(
        update(executions)
        .where(executions.id == execution.id, executions.undone_at.is_(None), executions.ended_at.is_not(None))
        .values(undone_at=utcnow())
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1
