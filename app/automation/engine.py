"""Working on an execution: one stage of its actions after the other, each in a transaction of its own.

Whatever began is a run of an existing kind, and is written down with it in one transaction: a worker that dies has
begun a stage and noted it, or neither. The execution waits for its runs without holding a worker.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.automation import outcomes
from app.automation.action_kinds import ActionCall, ActionKind, Started, action_kind, most_of
from app.automation.models import (
    FAILED,
    HELD,
    RUNNING,
    SKIPPED,
    SUCCEEDED,
    WAITING,
    AutomationRule,
    RuleExecution,
)
from app.automation.remainders import hand_on_rest, words_of_left, words_of_unaffordable
from app.automation.spending import affordable, count_execution
from app.automation.subjects import follow
from app.core.actor import Actor
from app.core.causation import caused_by
from app.core.clock import utcnow
from app.core.errors import DomainError, Refused
from app.core.extensions import db
from app.core.roles import permissions_of
from app.core.runs import Cancelled, Outcome, Run, RunContext
from app.core.runs.context import TryAgain
from app.core.runs.states import OPEN
from app.core.wording import sentences
from app.sites.models import Site

POLL = timedelta(seconds=30)  # the end of a run wakes the execution; this is for what no worker tells of
NOTHING = "nothing"


class Move(Enum):
    """What comes after a step of the engine."""

    ON = "on"
    WAIT = "wait"
    END = "end"


def run_execution(context: RunContext) -> Outcome:
    """Work on the execution that the run names, until it ends or has to wait for others. Commits.

    Safe to start again wherever it was. Raises what makes the run end as the execution did.
    """
    execution_id = int(context.run.params["execution_id"])
    try:
        while True:
            context.check()
            move = advance(execution_id)
            db.session.commit()
            if move is Move.END:
                return outcomes.ending_of(execution_id)
            if move is Move.WAIT:
                raise TryAgain(POLL, "Waiting for what it began", counts=False)
    except Cancelled:
        db.session.rollback()
        outcomes.cancel_execution(execution_id, "Cancelled.")
        db.session.commit()
        raise


def advance(execution_id: int) -> Move:
    """Take the execution one step on. Flushes; the caller commits."""
    execution = outcomes.lock_execution(execution_id)
    if execution is None or execution.state == HELD or not execution.is_open:
        return Move.END
    if execution.state == WAITING:
        return _begin(execution)
    if execution.steps and execution.steps[-1]["state"] == RUNNING:
        return _look_after(execution)
    return _next_stage(execution)


def _begin(execution: RuleExecution) -> Move:
    rule = db.session.get(AutomationRule, execution.rule_id or 0, populate_existing=True)
    if rule is None:
        return _end(execution, SKIPPED, "deleted", "The rule was deleted before this began.")
    if not rule.is_active and execution.cause != "manual":
        return _end(execution, SKIPPED, "off", "The rule was switched off before this began.")
    if not db.session.scalar(select(Site.is_active).where(Site.id == execution.site_id)):
        return _end(execution, SKIPPED, "site_off", "The site was switched off before this began.")
    others = _running_of(rule.id)
    if others and rule.overlap == "queue":
        return Move.WAIT
    if others and rule.overlap == "skip":
        return _end(execution, SKIPPED, "overlap", "An earlier execution of the rule was still running.")
    for other_id in others:
        outcomes.cancel_execution(other_id, "A newer execution of the rule took its place.")
    try:
        with db.session.begin_nested():
            if not count_execution(rule):
                return _end(
                    execution, SKIPPED, "daily_limit", f"The rule ran {rule.most_a_day} times that day already."
                )
            execution.state = RUNNING
            execution.started_at = execution.started_at or utcnow()  # tried again, what it made before counts too
            db.session.flush()
    except IntegrityError as error:
        if "uq_rule_executions_running" not in str(error.orig):
            raise
        return Move.WAIT  # another execution of the rule began at this moment
    return Move.ON


def _running_of(rule_id: int) -> Sequence[int]:
    mine = (RuleExecution.rule_id == rule_id, RuleExecution.state == RUNNING)
    return db.session.scalars(select(RuleExecution.id).where(*mine)).all()


def _end(execution: RuleExecution, state: str, reason: str, message: str) -> Move:
    outcomes.end_execution(execution, state, reason=reason, message=message)
    return Move.END


def _next_stage(execution: RuleExecution) -> Move:
    """Begin the next stage of its actions, or end when there is none left."""
    try:
        stage = _stage_after(execution)
        if stage is None:
            return _end(execution, SUCCEEDED, "", hand_on_rest(execution))
        return _start_stage(execution, *stage)
    except Refused as refusal:
        return _end(execution, SKIPPED, "refused", f"{refusal.message} {refusal.cure}".strip())
    except DomainError as error:
        outcomes.fail_execution(execution, error.as_dict())
        return Move.END


def _stage_after(execution: RuleExecution) -> tuple[int, int, ActionKind] | None:
    """Number of the action and of its stage, and its kind; None after the last."""
    number, stage = 0, 0
    last = outcomes.last_step(execution)
    if last is not None:
        number, stage = last["action"], last["stage"] + 1
        stages = len(action_kind(execution.account_id, execution.actions[number]["kind"]).starts)
        if stage >= stages or last["state"] == NOTHING:
            number, stage = number + 1, 0
    if number >= len(execution.actions):
        return None
    return number, stage, action_kind(execution.account_id, execution.actions[number]["kind"])


def _start_stage(execution: RuleExecution, number: int, stage: int, kind: ActionKind) -> Move:
    """Begin a stage and note it. Raises DomainError when it cannot begin: nothing of it has happened then."""
    taken = kind.takes_of(execution.subject_kind) or execution.subject_kind
    call = ActionCall(
        execution.account_id,
        bot_of(execution),
        execution.site_id,
        taken,
        tuple(_input_of(execution, number, stage, taken)),
        execution.actions[number].get("parameters") or {},
        are_picked=bool(execution.actions[number].get("picked")),
    )
    had_rows, left, unpaid = bool(call.subjects), 0, 0
    if stage == 0:
        waiting = kind.waiting_ids(call)
        left = max(0, len(waiting) - most_of(kind, call.parameters))
        waiting = waiting[: len(waiting) - left]
        allowed = affordable(execution, kind, waiting)
        if waiting and not allowed:
            return _stop_at_limit(execution)
        call, unpaid = replace(call, subjects=tuple(allowed)), len(waiting) - len(allowed)
    if not call.subjects:
        says = kind.done_says if had_rows and stage == 0 else ""
        _note(execution, number, stage, kind, call, Started(0, (), says), NOTHING)
        return Move.ON
    with caused_by([*execution.causes, execution.id]), db.session.begin_nested():
        started = kind.starts[stage](call)
    if unpaid or (left and (number or taken != execution.subject_kind)):  # else it is said at the end
        words = words_of_unaffordable(unpaid + left) if unpaid else words_of_left(left)
        started = replace(started, note=sentences(f"{started.note}.", words).rstrip("."))
    waits = started.waits and bool(started.run_ids)
    _note(execution, number, stage, kind, call, started, RUNNING if waits else SUCCEEDED)
    return Move.ON


def _input_of(execution: RuleExecution, number: int, stage: int, taken: str) -> Sequence[int]:
    """The rows of a stage: of a later one those of the stage before, else what came of the execution's rows."""
    if stage:
        before = outcomes.last_step(execution)
        return list(before["subjects"]) if before else []
    since = execution.started_at if number else None
    return follow(execution.subject_kind, taken, execution.subjects, execution.account_id, since=since)


def _stop_at_limit(execution: RuleExecution) -> Move:
    message = "What it may spend does not suffice for the next step."
    did_something = any(step["state"] != NOTHING for step in execution.steps)
    return _end(execution, SUCCEEDED if did_something else SKIPPED, "credit_limit", message)


def bot_of(execution: RuleExecution) -> Actor:
    """Who does the work of a rule: SystemBot, with what its role may do."""
    return Actor(None, f"SystemBot, by the rule “{execution.rule_name}”"[:260], permissions=permissions_of("systembot"))


def _note(
    execution: RuleExecution, number: int, stage: int, kind: ActionKind, call: ActionCall, started: Started, state: str
) -> None:
    step = {
        "action": number,
        "stage": stage,
        "kind": kind.name,
        "subject_kind": call.subject_kind,
        "subjects": list(call.subjects),
        "count": started.count,
        "run_ids": [str(run_id) for run_id in started.run_ids],
        "note": started.note,
        "memo": dict(started.memo),
        "state": state,
    }
    execution.steps = [*execution.steps, step]
    db.session.flush()


def _look_after(execution: RuleExecution) -> Move:
    """See whether the runs of the stage at work have ended, and how."""
    step = execution.steps[-1]
    runs = db.session.scalars(
        select(Run).where(Run.account_id == execution.account_id, Run.id.in_(step["run_ids"]))
    ).all()
    if any(run.state in OPEN for run in runs):
        return Move.WAIT
    bad = [run for run in runs if run.state != SUCCEEDED]
    if bad and len(bad) == len(runs):
        _set_state(execution, FAILED)
        return _fail_with(execution, bad)
    _set_state(execution, SUCCEEDED, len(bad))
    return Move.ON


def _fail_with(execution: RuleExecution, runs: Sequence[Run]) -> Move:
    failed = [run for run in runs if run.state == FAILED]
    if not failed:
        message = f"What it began was cancelled: {runs[0].message or runs[0].title}"
        outcomes.end_execution(execution, "cancelled", reason="cancelled", message=message)
        return Move.END
    error: dict[str, Any] = failed[0].error or {"code": "UNKNOWN", "message": "It did not finish.", "cure": ""}
    outcomes.fail_execution(execution, error)
    return Move.END


def _set_state(execution: RuleExecution, state: str, failed: int = 0) -> None:
    step = {**execution.steps[-1], "state": state, "failed": failed}
    execution.steps = [*execution.steps[:-1], step]
    db.session.flush()
