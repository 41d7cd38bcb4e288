"""Executions that were held because their rule was set off too often: run as one, or dropped. Flushes."""

from collections.abc import Sequence

from sqlalchemy import select

from app.automation.models import CANCELLED, HELD, SKIPPED, AutomationRule, RuleExecution
from app.automation.occurrences import BY_HAND, MERGED, MOST_SUBJECTS, Occurrence, add_occurrence
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import gettext

AT_ONCE = 10_000


def _lock_held(rule: AutomationRule) -> Sequence[RuleExecution]:
    mine = (RuleExecution.rule_id == rule.id, RuleExecution.state == HELD)
    stmt = select(RuleExecution).where(*mine).order_by(RuleExecution.id).limit(AT_ONCE).with_for_update()
    held = db.session.scalars(stmt.execution_options(populate_existing=True)).all()
    if not held:
        raise Conflict(
            gettext("Nothing of this rule is held any more."),
            code="NOTHING_HELD",
            cure=gettext("Reload to see what became of it."),
        )
    return held


def run_held_as_one(rule: AutomationRule, actor: Actor) -> RuleExecution | None:
    """Run what is held as one execution, with the rows of all: by hand, so that it runs also where the rule is off.

    What is too much for one stays held. Raises Conflict when nothing is held any more.
    """
    held, subjects = _as_many_as_fit(_lock_held(rule))
    for execution in held:
        execution.state, execution.reason, execution.ended_at = SKIPPED, MERGED, utcnow()
        execution.message = "Run as one with the others that were held."
    db.session.flush()
    return add_occurrence(rule, Occurrence(f"held:{held[-1].id}", BY_HAND, subjects, causes=held[-1].causes), actor)


def _as_many_as_fit(held: Sequence[RuleExecution]) -> tuple[Sequence[RuleExecution], list[int]]:
    """The first of these executions, whose rows are as many as one may have, and these rows."""
    rows: dict[int, None] = {}
    for number, execution in enumerate(held):
        more = dict.fromkeys(execution.subjects)
        if number and len(rows | more) > MOST_SUBJECTS:
            return held[:number], list(rows)
        rows |= more
    return held, list(rows)


def drop_all_held(rule: AutomationRule) -> int:
    """Drop what is held. Returns how many executions. Raises Conflict when nothing is held any more."""
    held = _lock_held(rule)
    for execution in held:
        execution.state, execution.ended_at, execution.message = CANCELLED, utcnow(), "Dropped by a person."
    db.session.flush()
    return len(held)
