"""The figures of rules that the database keeps day by day are those of their executions, whatever is done to these."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import case, delete, func, select, update

from app.automation import actions, floods, occurrences, outcomes
from app.automation.figure_models import RuleDay, RuleDayChange
from app.automation.figures import RuleFigures, overview_of
from app.automation.models import AutomationRule, RuleExecution
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import act_for
from app.sites.models import Site
from tests.factories.rules import ADA, make_rule
from tests.factories.things import make_keyword


@pytest.fixture(autouse=True)
def _in_the_account(site: Site) -> None:
    act_for(site.account_id)


def occur(rule: AutomationRule, name: str, **fields: Any) -> RuleExecution:
    """An execution of the rule."""
    execution = occurrences.add_occurrence(rule, occurrences.Occurrence(name, "event", [1, 2], **fields))
    assert execution is not None
    db.session.commit()
    return execution


def end(execution: RuleExecution, state: str, credits: int = 0) -> None:
    """End it."""
    outcomes.end_execution(execution, state)
    execution.credits = credits
    db.session.commit()


def check(site: Site) -> dict[int, tuple[int, ...]]:
    """What is kept of each rule; it is what counting the executions gives."""
    db.session.commit()
    day = RuleDay
    kept_columns = (day.rule_id, day.day, day.executions, day.succeeded, day.failed, day.credits)
    stmt = select(*kept_columns).where(day.site_id == site.id, day.executions != 0)
    kept = sorted(tuple(row) for row in db.session.execute(stmt))
    x = RuleExecution
    of = (func.coalesce(x.rule_id, 0), func.date(func.timezone("UTC", x.created_at)))
    ended = [func.sum(case((x.state == state, 1), else_=0)) for state in ("succeeded", "failed")]
    counted = select(*of, func.count(), *ended, func.sum(x.credits)).where(x.site_id == site.id).group_by(*of)
    assert kept == sorted(tuple(row) for row in db.session.execute(counted))
    assert db.session.scalar(select(func.count()).select_from(RuleDayChange)) == 0
    return {row[0]: row[2:] for row in kept}


def test_they_follow_each_execution_to_its_end_and_back(site: Site) -> None:
    rule, other = make_rule(site), make_rule(site)
    done, failed = occur(rule, "event:1"), occur(rule, "event:2")
    occur(other, "event:1", state="skipped", reason="nothing")
    assert check(site) == {rule.id: (2, 0, 0, 0), other.id: (1, 0, 0, 0)}
    end(done, "succeeded", 7)
    outcomes.fail_execution(failed, {"code": "X", "message": "It broke."})
    assert check(site) == {rule.id: (2, 1, 1, 7), other.id: (1, 0, 0, 0)}
    failed.state, failed.ended_at = "waiting", None
    assert check(site)[rule.id] == (2, 1, 0, 7)
    figures = overview_of(site.id)
    assert (figures.rules, figures.active, figures.total) == (2, 2, RuleFigures(3, 1, 0, 7))
    assert figures.by_rule[rule.id].success_rate == 100
    assert figures.by_rule[other.id].success_rate is None


def test_they_follow_what_is_held_deleted_and_moved_to_another_day(site: Site) -> None:
    rule = make_rule(site)
    held = [occur(rule, f"event:{n}", state="held") for n in range(3)]
    assert check(site) == {rule.id: (3, 0, 0, 0)}
    floods.run_held_as_one(rule, ADA)
    assert check(site) == {rule.id: (4, 0, 0, 0)}
    db.session.execute(update(RuleExecution).values(created_at=utcnow() - timedelta(days=40), credits=1))
    assert check(site) == {rule.id: (4, 0, 0, 4)}
    assert overview_of(site.id).total == RuleFigures()
    db.session.execute(delete(RuleExecution).where(RuleExecution.id == held[0].id))
    assert check(site) == {rule.id: (3, 0, 0, 3)}
    actions.delete_rule(
        site.account_id, ADA, rule.id
    )  # its history stays; the one that waited is cancelled, and cost nothing
    assert check(site) == {0: (3, 0, 0, 2)}


def test_what_is_rolled_back_is_not_counted(site: Site) -> None:
    rule = make_rule(site)
    occurrences.add_occurrence(rule, occurrences.Occurrence("event:1", "event", [1]))
    db.session.rollback()
    with db.session.begin_nested() as nested:
        occurrences.add_occurrence(rule, occurrences.Occurrence("event:2", "event", [1]))
        nested.rollback()
    assert check(site) == {}


def test_they_go_with_the_site(site: Site) -> None:
    rule = make_rule(site)
    make_keyword(site)
    occur(rule, "event:1")
    db.session.delete(site)
    db.session.commit()
    for model in (RuleExecution, RuleDay, RuleDayChange):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0
