"""The figures of a site's rules, added up from those that the database keeps day by day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, literal, select, union_all

from app.automation.figure_models import RuleDay
from app.automation.models import HELD, AutomationRule, RuleExecution
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.hooks import switched_off

DAYS = 30


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """What executions of the last DAYS days, today among them, came to; days are those of UTC."""

    executions: int = 0
    succeeded: int = 0
    failed: int = 0
    credits: int = 0

    @property
    def success_rate(self) -> int | None:
        """Per cent of what succeeded or failed; None without any."""
        ended = self.succeeded + self.failed
        return round(100 * self.succeeded / ended) if ended else None


@dataclass(frozen=True, slots=True)
class SiteOverview:
    """Figures of a site: of its rules now, of all of their executions, and of those of each rule by its id."""

    rules: int
    active: int
    total: RuleFigures
    by_rule: Mapping[int, RuleFigures]


def overview_of(site_id: int) -> SiteOverview:
    """The figures of a site, as of the last commit."""
    rules = select(func.count(), func.count().filter(AutomationRule.is_active)).where(AutomationRule.site_id == site_id)
    total, active = db.session.execute(rules).one()
    day = RuleDay
    recent = (day.site_id == site_id, day.day > utcnow().date() - timedelta(days=DAYS))
    sums: list[Any] = [func.sum(column) for column in (day.executions, day.succeeded, day.failed, day.credits)]
    rows = db.session.execute(select(day.rule_id, *sums).where(*recent).group_by(day.rule_id))
    by_rule = {row[0]: RuleFigures(*map(int, row[1:])) for row in rows}
    return SiteOverview(total, active, _added_up(by_rule), by_rule)


def _added_up(by_rule: Mapping[int, RuleFigures]) -> RuleFigures:
    rules = by_rule.values()
    return RuleFigures(
        sum(rule.executions for rule in rules),
        sum(rule.succeeded for rule in rules),
        sum(rule.failed for rule in rules),
        sum(rule.credits for rule in rules),
    )


def rules_to_look_at(account_id: int) -> dict[str, dict[int, int]]:
    """What of Automation needs a person, by site: executions that are `held`, rules that `gave_up` and are off still.

    In one question; empty while Automation is off.
    """
    if switched_off(account_id, {"automation"}):
        return {}
    executions, rules = RuleExecution, AutomationRule
    held = select(literal("held"), executions.site_id, func.count())
    held = held.where(executions.account_id == account_id, executions.state == HELD).group_by(executions.site_id)
    gave_up = select(literal("gave_up"), rules.site_id, func.count())
    gave_up = gave_up.where(rules.account_id == account_id, rules.is_active.is_(False), rules.off_reason != "")
    counts: dict[str, dict[int, int]] = {}
    for what, site_id, count in db.session.execute(union_all(held, gave_up.group_by(rules.site_id))):
        counts.setdefault(what, {})[site_id] = count
    return counts


def held_counts(site_id: int) -> dict[int, int]:
    """How many executions of each rule of a site are held, for rules that have any."""
    executions = RuleExecution
    held = (executions.site_id == site_id, executions.state == HELD, executions.rule_id.is_not(None))
    rows = db.session.execute(select(executions.rule_id, func.count()).where(*held).group_by(executions.rule_id))
    return {row[0]: row[1] for row in rows if row[0] is not None}
