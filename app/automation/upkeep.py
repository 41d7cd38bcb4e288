"""Ending executions that nobody works on any more, and forgetting events that nobody asks about.

Where a process may die, and what then goes on; `tests/automation/test_deaths.py` has it die at each:

- Telling of an event, or handing out a time: nothing was committed, and it is told or handed out again.
- The occurrence is written: its run is committed with it, and the sweep of runs enqueues what Redis does not have.
- Beginning, a stage that starts its runs, noting them, and the end with its credits: each is one transaction, so it
  happened with all that belongs to it or is done again by the run, which the sweep hands to another worker.
- What it began ends and nobody tells the execution, or its run is not put back to wait: it looks itself after a while.
- It ended and its run did not: the run asks again and ends as the execution did.
- Its run is given up after five dead workers, is cancelled while it waits, or is gone: `settle_lost_executions`.
"""

from typing import Any

from sqlalchemy import delete, or_, select

from app.automation import outcomes
from app.automation.dry_runs import KEPT
from app.automation.models import RUNNING, WAITING, RuleExecution, TriggerEvent
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.row_security import every_account, within
from app.core.runs import Run
from app.core.runs.states import ENDED

AT_ONCE, LOST_AT_ONCE = 5_000, 500
GONE: dict[str, Any] = {
    "code": "WORK_GONE",
    "message": "Its work is gone, so nobody knows how far it came.",
    "cure": "See what came of it, then run the rule again.",
}
UNKNOWN: dict[str, Any] = {"code": "UNKNOWN", "message": "It did not finish.", "cure": ""}
log = get_logger(__name__)


def settle_lost_executions() -> int:
    """End executions whose run has ended without them: cancelled while it waited, given up, or gone. Returns how many.

    Commits after each. One that cannot be ended does not stand in the way of the others.
    """
    with every_account("workers die whatever the account"):
        lost = (
            select(RuleExecution.account_id, RuleExecution.id)
            .outerjoin(Run, Run.id == RuleExecution.run_id)
            .where(RuleExecution.state.in_((WAITING, RUNNING)), or_(Run.id.is_(None), Run.state.in_(ENDED)))
            .order_by(RuleExecution.id)
            .limit(LOST_AT_ONCE)
        )
        rows = db.session.execute(lost).all()
    db.session.rollback()
    return sum(_settle_alone(account_id, execution_id) for account_id, execution_id in rows)


def _settle_alone(account_id: int, execution_id: int) -> bool:
    with within(account_id):
        try:
            is_settled = _settle(execution_id)
            db.session.commit()
        except Exception:  # whatever is wrong with this one
            db.session.rollback()
            log.exception("execution_not_settled", execution_id=execution_id)
            return False
    return is_settled


def _settle(execution_id: int) -> bool:
    """End the execution as its run ended; False when somebody ended or restarted it meanwhile."""
    execution = outcomes.lock_execution(execution_id)
    if execution is None or execution.state not in (WAITING, RUNNING):
        return False
    run = db.session.get(Run, execution.run_id, populate_existing=True) if execution.run_id else None
    if run is None:
        outcomes.fail_execution(execution, GONE)
    elif run.state == "failed":
        outcomes.fail_execution(execution, run.error or UNKNOWN)
    elif run.state in ENDED:
        outcomes.cancel_execution(execution_id, run.message or "Cancelled.")
    else:
        return False
    return True


@every_account("30 days are 30 days in every account")
def forget_trigger_events() -> int:
    """Delete events older than 30 days, some thousands at a time. Returns how many. Commits."""
    total = 0
    while True:
        old = select(TriggerEvent.id).where(TriggerEvent.created_at < utcnow() - KEPT).limit(AT_ONCE)
        gone = db.session.scalars(delete(TriggerEvent).where(TriggerEvent.id.in_(old)).returning(TriggerEvent.id)).all()
        db.session.commit()
        total += len(gone)
        if len(gone) < AT_ONCE:
            return total
