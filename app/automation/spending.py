"""What a rule may still do: executions of a day, credits of an execution, money of a day, the cap of an autopilot.

Each is kept by a conditional UPDATE, so that two workers cannot both have the last of it.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import CursorResult, Update, case, or_, select, update

from app.ai.calls.spending import spender_cap, spender_caps
from app.automation.action_kinds import ActionKind
from app.automation.models import AutomationRule, Autopilot, RuleExecution
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.publishing.schedule.zones import get_zone

AUTOPILOT = "autopilot"
QUIET = {"synchronize_session": False}


def spender_name(rule_id: int) -> str:
    """What a rule is called where money is counted."""
    return f"rule:{rule_id}"


def rule_of_run(account_id: int, run_id: UUID) -> str:
    """The `spender_name` of the rule whose execution began this run; empty for what a person did. Reads only."""
    causes = db.session.scalar(select(Run.causes).where(Run.id == run_id, Run.account_id == account_id))
    if not causes:
        return ""
    mine = (RuleExecution.account_id == account_id, RuleExecution.id == causes[-1])
    rule_id = db.session.scalar(select(RuleExecution.rule_id).where(*mine))
    return spender_name(rule_id) if rule_id else ""


def cap_of_rule(rule: AutomationRule) -> int | None:
    """What models may cost for a rule on each UTC day, in millionths of a US dollar; None where there is no cap."""
    return spender_cap(db.session(), rule.account_id, spender_name(rule.id))


def caps_of_rules(account_id: int, rules: Sequence[AutomationRule]) -> dict[int, int]:
    """`cap_of_rule` by the rules' ids, for those that have a cap."""
    names = {rule.id: spender_name(rule.id) for rule in rules}
    caps = spender_caps(account_id, names.values())
    return {rule_id: caps[name] for rule_id, name in names.items() if name in caps}


def count_execution(rule: AutomationRule) -> bool:
    """Count an execution of today, in the rule's zone. False when there were as many as may be. Flushes."""
    today, rules = utcnow().astimezone(get_zone(rule.zone)).date(), AutomationRule
    is_same_day = rules.counted_on == today
    return _changes(
        update(rules)
        .where(rules.id == rule.id, or_(rules.counted_on.is_distinct_from(today), rules.counted < rules.most_a_day))
        .values(counted_on=today, counted=case((is_same_day, rules.counted + 1), else_=1), last_executed_at=utcnow())
    )


def affordable(execution: RuleExecution, kind: ActionKind, ids: Sequence[int]) -> Sequence[int]:
    """As many of these rows, from the first, as the limits allow; their estimate is taken from the limits. Flushes."""
    left = _left_of(execution)
    count = len(ids) if left is None else _most_for(left, kind, execution.account_id, len(ids))
    estimate = kind.credits(execution.account_id, count) if count else 0
    return ids[:count] if _take(execution, estimate) else ids[:0]


def _left_of(execution: RuleExecution) -> int | None:
    lefts = []
    if execution.most_credits is not None:
        lefts.append(execution.most_credits - execution.credits_planned)
    pilot = autopilot_of(execution)
    if pilot is not None and pilot.month_credits is not None:
        lefts.append(pilot.month_credits - (pilot.spent if pilot.spent_in == this_month() else 0))
    return min(lefts) if lefts else None


def _most_for(left: int, kind: ActionKind, account_id: int, count: int) -> int:
    """The largest number of rows, up to `count`, whose estimate is within `left`."""
    low, high = 0, count
    while low < high:
        middle = (low + high + 1) // 2
        if kind.credits(account_id, middle) <= left:
            low = middle
        else:
            high = middle - 1
    return low


def _take(execution: RuleExecution, estimate: int) -> bool:
    executions = RuleExecution
    total = executions.credits_planned + estimate
    taken = _changes(
        update(executions)
        .where(executions.id == execution.id, or_(executions.most_credits.is_(None), total <= executions.most_credits))
        .values(credits_planned=total)
    )
    db.session.refresh(execution, ["credits_planned"])
    pilot = autopilot_of(execution)
    return taken and (pilot is None or _take_from_month(pilot, estimate))


def _take_from_month(pilot: Autopilot, estimate: int) -> bool:
    pilots, month = Autopilot, this_month()
    total = case((pilots.spent_in == month, pilots.spent), else_=0) + estimate
    return _changes(
        update(pilots)
        .where(pilots.id == pilot.id, or_(pilots.month_credits.is_(None), total <= pilots.month_credits))
        .values(spent_in=month, spent=total)
    )


def settle_month(execution: RuleExecution) -> None:
    """Put what was charged in place of what was estimated, in the month of the site's autopilot. Flushes.

    What began in an earlier month was taken from that one.
    """
    pilot, began = autopilot_of(execution), execution.started_at
    is_of_month = began is not None and began.date().replace(day=1) == this_month()
    if pilot is not None and is_of_month and execution.credits_planned != execution.credits:
        pilots, unused = Autopilot, execution.credits_planned - execution.credits
        _changes(
            update(pilots)
            .where(pilots.id == pilot.id, pilots.spent_in == this_month())
            .values(spent=case((pilots.spent > unused, pilots.spent - unused), else_=0))
        )


def autopilot_of(execution: RuleExecution) -> Autopilot | None:
    """The autopilot whose rule this is an execution of; None for other rules."""
    rule = db.session.get(AutomationRule, execution.rule_id or 0)
    if rule is None or not rule.flow.startswith(AUTOPILOT):
        return None
    return db.session.query(Autopilot).filter_by(site_id=rule.site_id).one_or_none()


def this_month() -> date:
    """The first day of the present month, in UTC."""
    return utcnow().date().replace(day=1)


def _changes(statement: Update) -> bool:
    result = db.session.execute(statement.execution_options(**QUIET))
    assert isinstance(result, CursorResult)
    return result.rowcount == 1
