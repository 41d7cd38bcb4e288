"""What a rule may spend and do: credits of an execution, the cap of a month, executions of a day, permissions."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.ai import prices
from app.ai.calls.models import AiSpend, AiSpenderCap
from app.automation import actions, engine, occurrences
from app.automation.forms import values_of_rule
from app.automation.models import AutomationRule, Autopilot, RuleExecution
from app.automation.spending import cap_of_rule, count_execution, this_month
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import DomainError, Forbidden
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.row_security import act_for, within
from app.core.runs import Run
from app.planner.models import Idea
from app.sites.models import Site
from app.writer.actions import start_drafts
from tests.factories.rules import ADA, executions, make_rule
from tests.factories.things import make_cluster, make_idea, make_task
from tests.factories.work import put_back, work
from tests.fakes.openai_server import MODEL, FakeOpenAI

EACH = 15  # credits that a draft is estimated at
WRITE = {"kind": "generate_content", "parameters": {"most": "50"}}


@pytest.fixture(autouse=True)
def _charged(site: Site, openai: FakeOpenAI) -> None:
    """The installation's model writes: drafts cost credits."""
    act_for(site.account_id)


def begun(site: Site, rule: AutomationRule, tasks: int = 4) -> RuleExecution:
    """An execution about some tasks, with its first stage begun if it may."""
    cluster = make_cluster(site)
    ids = [make_task(cluster).id for _ in range(tasks)]
    execution = occurrences.add_occurrence(rule, occurrences.Occurrence(f"event:{ids[0]}", "event", ids))
    db.session.commit()
    assert execution is not None
    for _ in range(2):
        engine.advance(execution.id)
        db.session.commit()
    return execution


@pytest.mark.parametrize(("most", "count"), [("", 4), (str(4 * EACH), 4), (str(3 * EACH - 1), 2), (str(EACH), 1)])
def test_an_execution_takes_as_many_rows_as_its_credits_suffice_for(site: Site, most: str, count: int) -> None:
    rule = make_rule(site, trigger="task_created", actions=[WRITE], most_credits=most)
    execution = begun(site, rule)
    assert [len(step["subjects"]) for step in execution.steps] == [count]
    assert execution.credits_planned == count * EACH
    left = {2: "2 more were left", 1: "3 more were left"}.get(count, "")
    note = execution.steps[0]["note"]
    assert left in note
    assert bool(left) == ("do not suffice" in note)
    assert len(db.session.scalars(select(Run).where(Run.kind == "generate_drafts")).one().params["task_ids"]) == count


def test_where_they_suffice_for_none_it_is_skipped_and_says_so(site: Site) -> None:
    rule = make_rule(site, trigger="task_created", actions=[WRITE], most_credits=str(EACH - 1))
    execution = begun(site, rule)
    assert (execution.state, execution.reason, execution.steps) == ("skipped", "credit_limit", [])
    assert rule.failures_in_row == 0


def autopilot(site: Site, cap: str) -> AutomationRule:
    """The rule that writes drafts of an autopilot with this cap."""
    values = {"is_on": True, "drafts_a_week": "7", "days": list(range(7)), "has_review": True, "month_credits": cap}
    actions.save_autopilot_of(site.account_id, ADA, site.id, values, seen=1)
    db.session.commit()
    return db.session.scalars(select(AutomationRule).where(AutomationRule.flow == "autopilot-drafts-0")).one()


def test_the_autopilot_stops_at_the_cap_of_the_month(site: Site) -> None:
    rule = autopilot(site, str(EACH))
    cluster = make_cluster(site)
    for number in range(2):
        make_idea(cluster, f"Idea {number}")
        ids = list(db.session.scalars(select(Idea.id).where(Idea.task_id.is_(None))))
        execution = occurrences.add_occurrence(rule, occurrences.Occurrence(f"schedule:{number}", "schedule", ids))
        db.session.commit()
        assert execution is not None
        for _ in range(2):
            engine.advance(execution.id)
            db.session.commit()
        if execution.is_open:
            actions.stop_execution(site.account_id, ADA, execution.id)
            db.session.commit()
            pilot = db.session.scalars(select(Autopilot)).one()
            assert pilot.spent == 0  # nothing was charged: it does not count
            pilot.spent = EACH
            db.session.commit()
    assert [(one.state, one.reason) for one in executions(rule)][1] == ("skipped", "credit_limit")


def in_autopilot(site: Site, rule: AutomationRule, number: int) -> RuleExecution:
    """An execution of an autopilot's rule that writes one draft, with its first stage begun."""
    idea = make_idea(make_cluster(site, f"Cluster {number}"), f"Idea {number}")
    execution = occurrences.add_occurrence(rule, occurrences.Occurrence(f"schedule:{number}", "schedule", [idea.id]))
    db.session.commit()
    assert execution is not None
    for _ in range(2):
        engine.advance(execution.id)
        db.session.commit()
    return execution


def spent() -> int:
    """What the autopilot's month has."""
    db.session.expire_all()
    return db.session.scalars(select(Autopilot.spent)).one()


def test_what_is_tried_again_is_estimated_anew_and_given_back_once(site: Site) -> None:
    rule = autopilot(site, str(10 * EACH))
    execution = in_autopilot(site, rule, 1)
    assert spent() == EACH
    child = db.session.scalars(select(Run).where(Run.kind == "generate_drafts")).one()
    child.state, child.ended_at, child.error = "failed", utcnow(), {"code": "AI_DOWN", "message": "No answer."}
    db.session.commit()
    engine.advance(execution.id)
    db.session.commit()
    assert (execution.state, spent()) == ("failed", 0)
    own = db.session.get_one(Run, execution.run_id)
    own.state, own.ended_at = "failed", utcnow()
    db.session.commit()
    actions.retry_execution(site.account_id, ADA, execution.id)
    for _ in range(2):
        engine.advance(execution.id)
        db.session.commit()
    assert (execution.state, execution.credits_planned, spent()) == ("running", EACH, EACH)
    actions.stop_execution(site.account_id, ADA, execution.id)
    db.session.commit()
    assert spent() == 0


def test_what_was_not_used_of_last_month_is_not_taken_from_this_one(site: Site) -> None:
    rule = autopilot(site, str(10 * EACH))
    first = in_autopilot(site, rule, 1)
    first.started_at = this_month_began() - timedelta(days=1)
    db.session.commit()
    assert spent() == EACH
    actions.stop_execution(site.account_id, ADA, first.id)
    db.session.commit()
    assert spent() == EACH


def this_month_began() -> datetime:
    """The instant."""
    return datetime.combine(this_month(), time(), UTC)


def test_of_two_workers_at_once_one_has_the_last_execution_of_the_day(site: Site, app: Flask) -> None:
    rule = make_rule(site, most_a_day="1")
    rule_id, account_id = rule.id, site.account_id
    db.session.commit()

    def count(_: int) -> bool:
        with app.app_context(), within(account_id):
            counted = count_execution(db.session.get_one(AutomationRule, rule_id))
            db.session.commit()
            return counted

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(count, range(4))) == [False, False, False, True]


def test_of_many_workers_at_once_one_begins_an_execution_and_one_its_work(site: Site, app: Flask) -> None:
    rule = make_rule(site, trigger="task_created", actions=[WRITE])
    task = make_task(make_cluster(site))
    execution = occurrences.add_occurrence(rule, occurrences.Occurrence("event:1", "event", [task.id]))
    db.session.commit()
    assert execution is not None
    execution_id, account_id = execution.id, site.account_id

    def advance(_: int) -> Any:
        with app.app_context(), within(account_id):
            move = engine.advance(execution_id)
            db.session.commit()
            return move

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(advance, range(8)))
    db.session.expire_all()
    assert rule.counted == 1
    assert len(db.session.scalars(select(Run).where(Run.kind == "generate_drafts")).all()) == 1


def test_nobody_lets_a_rule_do_what_they_may_not_do(site: Site) -> None:
    publish = {"kind": "publish", "parameters": {}}
    rule = make_rule(site, trigger="content_generated", actions=[publish], on=False)
    weak = Actor(None, "Weak", permissions=frozenset())
    for forbidden in (
        lambda: actions.save_rule(site.account_id, weak, site.id, values_of(rule)),
        lambda: actions.switch_rule(site.account_id, weak, rule.id, True),
        lambda: actions.run_rule_now(site.account_id, weak, rule.id),
        lambda: actions.choose_flow(site.account_id, weak, site.id, "publish"),
    ):
        with pytest.raises(Forbidden):
            forbidden()
        db.session.rollback()
    assert engine.bot_of(RuleExecution(rule_name="x")).permissions is not None


def values_of(rule: AutomationRule) -> Any:
    """What the form of the rule sends."""
    return values_of_rule(rule)


def spent_by(rule: AutomationRule) -> list[tuple[int, int]]:
    """What is put aside and spent for the rule, by day."""
    stmt = select(AiSpend.reserved_micros, AiSpend.spent_micros).where(AiSpend.period.startswith(f"rule:{rule.id}:"))
    return [(row[0], row[1]) for row in db.session.execute(stmt)]


def test_what_models_cost_for_a_rule_ends_at_its_cap_and_what_a_person_does_goes_on(
    site: Site, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(prices.OVERRIDES, MODEL, (1.0, 10.0))  # dollars for a million tokens in and out
    rule = make_rule(site, trigger="task_created", actions=[WRITE], most_dollars="0.01")
    begun(site, rule, tasks=1)
    run = db.session.scalars(select(Run).where(Run.kind == "generate_drafts")).one()
    run = work(run)
    assert run.error is not None
    assert (run.error["code"], len(openai.requests)) == ("AI_SPENDING_CAP", 0)
    assert "raise what the rule may cost a day" in run.error["cure"]
    task = make_task(make_cluster(site))
    mine = start_drafts(site.account_id, ADA, site.id, Selection(ids=[task.id])).run
    assert mine is not None
    db.session.commit()
    assert work(mine).state == "succeeded"
    assert spent_by(rule) == []
    changed = replace(values_of_rule(rule), most_dollars="50")
    actions.save_rule(site.account_id, ADA, site.id, changed, rule.id, seen=rule.version)
    db.session.commit()
    put_back(run)
    assert work(run).state == "succeeded"
    [(reserved, spent)] = spent_by(rule)
    assert (reserved, spent > 0) == (0, True)


def test_a_cap_of_dollars_is_typed_kept_shown_and_gone_with_its_rule(site: Site) -> None:
    rule = make_rule(site, most_dollars="0,50")
    assert values_of_rule(rule).most_dollars == "0.50"
    actions.save_rule(site.account_id, ADA, site.id, replace(values_of_rule(rule), most_dollars=None), rule.id, seen=1)
    assert cap_of_rule(rule) == 500_000  # what does not say leaves it
    with pytest.raises(DomainError) as wrong:
        make_rule(site, most_dollars="much")
    assert wrong.value.field == "most_dollars"
    db.session.rollback()
    actions.save_rule(site.account_id, ADA, site.id, replace(values_of_rule(rule), most_dollars=""), rule.id, seen=1)
    assert cap_of_rule(rule) is None
    actions.save_rule(site.account_id, ADA, site.id, replace(values_of_rule(rule), most_dollars="5"), rule.id, seen=2)
    actions.delete_rule(site.account_id, ADA, rule.id)
    assert db.session.scalars(select(AiSpenderCap.spender)).all() == []
