"""How executions end: what they cost, what failed, and what that means for their rule. Flushes; callers commit."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import case, func, select, update

from app.automation import alerts, spending
from app.automation.models import (
    CANCELLED,
    FAILED,
    RUNNING,
    SKIPPED,
    SUCCEEDED,
    WAITING,
    AutomationRule,
    RuleExecution,
)
from app.automation.run_kinds import RUN_RULE
from app.billing.models import CreditUsage
from app.core import audit
from app.core.actor import THE_APP
from app.core.clock import server_now, utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.runs import Cancelled, Outcome, Run
from app.core.runs import services as runs
from app.core.runs.states import OPEN

MOST_FAILURES = 5
RETRIED = "retried"  # a step that failed or was stopped, and is done again by a later one


def lock_execution(execution_id: int) -> RuleExecution | None:
    """The execution as it is now, held until the transaction ends."""
    stmt = select(RuleExecution).where(RuleExecution.id == execution_id).with_for_update()
    return db.session.scalar(stmt.execution_options(populate_existing=True))


def run_ids_of(execution: RuleExecution) -> list[uuid.UUID]:
    """The runs that the execution began."""
    return [uuid.UUID(run_id) for step in execution.steps for run_id in step["run_ids"]]


def last_step(execution: RuleExecution) -> Mapping[str, Any] | None:
    """The last of its steps that is not done again by a later one; None before the first."""
    return next((step for step in reversed(execution.steps) if step["state"] != RETRIED), None)


def end_execution(execution: RuleExecution, state: str, *, reason: str = "", message: str = "") -> None:
    """End an open execution in this state, count what it cost, and let the next one of its rule begin."""
    execution.state, execution.reason, execution.ended_at = state, reason, utcnow()
    execution.message = " ".join(part for part in (work_in_words(execution), message) if part)
    execution.credits = _credits_of(execution)
    db.session.flush()
    spending.settle_month(execution)
    if state == SUCCEEDED:
        _reset_failures(execution)
    wake_next(execution)


def work_in_words(execution: RuleExecution) -> str:
    """What was begun, in English."""
    notes = [step["note"] for step in execution.steps if step["note"] and step["state"] != RETRIED]
    if not notes:
        return "Nothing was left to do." if execution.steps else ""
    return "; ".join(notes) + "."


def _credits_of(execution: RuleExecution) -> int:
    stmt = select(func.coalesce(func.sum(CreditUsage.credits), 0)).where(
        CreditUsage.account_id == execution.account_id, CreditUsage.run_id.in_(run_ids_of(execution))
    )
    return int(db.session.scalar(stmt) or 0)


def _reset_failures(execution: RuleExecution) -> None:
    rules = AutomationRule
    stmt = update(rules).where(rules.id == execution.rule_id, rules.failures_in_row > 0).values(failures_in_row=0)
    db.session.execute(stmt.execution_options(synchronize_session=False))


def fail_execution(execution: RuleExecution, error: dict[str, Any]) -> None:
    """End an execution as failed. The rule's fifth failure in a row switches it off, which the error says then."""
    rules = AutomationRule
    count = rules.failures_in_row + 1
    row = db.session.execute(
        update(rules)
        .where(rules.id == execution.rule_id)
        .values(
            failures_in_row=count,
            is_active=case((count >= MOST_FAILURES, False), else_=rules.is_active),
            off_reason=case((count >= MOST_FAILURES, str(error.get("message", ""))[:500]), else_=rules.off_reason),
            switched_at=case((count == MOST_FAILURES, utcnow()), else_=rules.switched_at),
            next_at=case((count >= MOST_FAILURES, None), else_=rules.next_at),
        )
        .returning(rules.failures_in_row)
        .execution_options(synchronize_session=False)
    ).first()
    if row is not None and row[0] == MOST_FAILURES:
        _tell_of_rule_off(execution, str(error.get("message", "")))
        off = f"The rule was switched off: it failed {MOST_FAILURES} times in a row."
        error = {**error, "message": f"{error.get('message', '')} {off}".strip()}
    execution.error = error
    end_execution(execution, FAILED, reason=str(error.get("code", ""))[:20], message=str(error.get("message", "")))


def _tell_of_rule_off(execution: RuleExecution, why: str) -> None:
    audit.record(execution.account_id, "automation.rule_gave_up", subject=execution.rule_name, by=THE_APP)
    rule = db.session.get(AutomationRule, execution.rule_id or 0, populate_existing=True)
    if rule is not None:
        alerts.mail_rule_off(rule, execution, why)


def cancel_execution(execution_id: int, message: str) -> bool:
    """Cancel an open execution with what it began and its own run. False when it has ended."""
    execution = lock_execution(execution_id)
    if execution is None or not execution.is_open:
        return False
    end_execution(execution, CANCELLED, reason="cancelled", message=message)
    for run in _open_runs([*run_ids_of(execution), *([execution.run_id] if execution.run_id else [])]):
        try:
            runs.cancel(run)
        except Conflict:
            continue  # it is being finished
    return True


def _open_runs(run_ids: Sequence[uuid.UUID]) -> Sequence[Run]:
    return db.session.scalars(select(Run).where(Run.id.in_(run_ids), Run.state.in_(OPEN)).order_by(Run.id)).all()


def ending_of(execution_id: int) -> Outcome:
    """What the run of an ended execution ends with. Raises DomainError where it failed, Cancelled where it was."""
    execution = db.session.get_one(RuleExecution, execution_id)
    if execution.state == FAILED:
        error = execution.error or {}
        raise DomainError(
            str(error.get("message", "")), code=str(error.get("code", "UNKNOWN")), cure=str(error.get("cure", ""))
        )
    if execution.state == CANCELLED:
        raise Cancelled(execution.message)
    link = f"/automation/history/{execution_id}/"
    return Outcome(f"Not run: {execution.message}" if execution.state == SKIPPED else execution.message, link=link)


def wake_next(execution: RuleExecution) -> None:
    """Have the execution of the same rule that waits longest look again."""
    mine = (RuleExecution.rule_id == execution.rule_id, RuleExecution.state == WAITING)
    stmt = select(RuleExecution.run_id).where(*mine).order_by(RuleExecution.id).limit(1)
    run_id = db.session.scalar(stmt) if execution.rule_id else None
    if run_id is not None:
        _wake(run_id)


def wake_after(run_id: uuid.UUID) -> None:
    """Have the execution that waits for a run look again: hook `run_ended`."""
    causes = db.session.scalar(select(Run.causes).where(Run.id == run_id))
    if causes:
        waiting = select(RuleExecution.run_id).where(RuleExecution.id == causes[-1], RuleExecution.state == RUNNING)
        own_run = db.session.scalar(waiting)
        if own_run is not None:
            _wake(own_run)


def _wake(run_id: uuid.UUID) -> None:
    asleep = (Run.id == run_id, Run.state == "queued", Run.due_at > utcnow())
    run = db.session.scalar(select(Run).where(*asleep).with_for_update(skip_locked=True))
    if run is not None:
        run.due_at = server_now()
        db.session.flush()
        runs.enqueue_or_feed(run)


def restart_execution(run: Run) -> None:
    """Let the execution of a run that is started again go on where it failed: hook `run_restarted`.

    Raises Conflict when there is nothing to go on with.
    """
    if run.kind != RUN_RULE.name:
        return
    execution = lock_execution(int(run.params.get("execution_id", 0)))
    if execution is None or execution.state not in (FAILED, CANCELLED) or execution.undone_at is not None:
        raise Conflict("This execution cannot be tried again.", code="EXECUTION_ENDED")
    if execution.steps and _is_to_be_done_again(execution):
        # It is kept: what its runs did is undone with the rest, and what they cost counts.
        execution.steps = [*execution.steps[:-1], {**execution.steps[-1], "state": RETRIED}]
    execution.state, execution.error, execution.reason, execution.ended_at = WAITING, None, "", None
    execution.message, execution.credits_planned = "", execution.credits  # what was not charged was given back
    db.session.flush()


def _is_to_be_done_again(execution: RuleExecution) -> bool:
    """Whether the last step failed or was stopped; one whose work goes on, or is done, is looked after instead."""
    step = execution.steps[-1]
    if step["state"] == RETRIED:
        return False
    if step["state"] != RUNNING:
        return bool(step["state"] == FAILED)
    mine = (Run.account_id == execution.account_id, Run.id.in_(step["run_ids"]))
    states = db.session.scalars(select(Run.state).where(*mine)).all()
    return not states or any(state in (FAILED, CANCELLED) for state in states)
