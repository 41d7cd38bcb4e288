"""Rows that an execution does not come to are never lost in silence: they are handed on, or it is said."""

import pytest
from sqlalchemy import func, select, update

from app.automation import actions, engine, explanations, floods, occurrences, outcomes
from app.automation.models import AutomationRule, Autopilot, RuleExecution
from app.automation.planner_actions import CLUSTER_KEYWORDS
from app.automation.spending import this_month
from app.core import events
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import act_for
from app.core.runs import Run
from app.optimizer.rewrite.task_models import OptimizationTask
from app.planner.events import KeywordsAdded
from app.planner.models import Keyword
from app.sites.models import Site
from tests.factories.rules import ADA, executions, make_rule, tell, work_everything
from tests.factories.things import make_content, make_keyword


@pytest.fixture(autouse=True)
def _in_the_account(site: Site) -> None:
    act_for(site.account_id)


def add_five(site: Site, what: str = "french press") -> list[int]:
    """Five keywords that are told of at once."""
    ids = [make_keyword(site, f"{what} {n}").id for n in range(5)]
    events.publish(KeywordsAdded(site.account_id, site.id, tuple(ids)))
    return ids


def clusters(most: int) -> list[dict[str, object]]:
    return [{"kind": "cluster_keywords", "parameters": {"most": str(most)}}]


def test_what_is_too_much_at_once_is_handed_on_until_all_is_done(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    object.__setattr__(CLUSTER_KEYWORDS, "at_once", 2)
    try:
        rule = make_rule(site, actions=clusters(2))
        ids = add_five(site)
        work_everything(site)
    finally:
        object.__setattr__(CLUSTER_KEYWORDS, "at_once", 2_000)
    made = executions(rule)
    assert [(one.state, one.occurrence.partition(":")[0], len(one.subjects)) for one in made] == [
        ("succeeded", "event", 5),
        ("succeeded", "rest", 3),
        ("succeeded", "rest", 1),
    ]
    assert made[0].message == "Clustering 2 keywords. 3 more follow in another execution."
    assert sorted(row for one in made for row in one.steps[0]["subjects"]) == ids
    assert db.session.scalar(select(func.count()).where(Keyword.cluster_id.is_(None))) == 0


def test_a_bound_that_a_person_chose_is_kept_and_said(site: Site) -> None:
    rule = make_rule(site, actions=clusters(2))
    ids = add_five(site)
    work_everything(site)
    [execution] = executions(rule)
    assert execution.message == "Clustering 2 keywords. 3 more were left, as no more are taken at once."
    assert "left it out" in explanations.explain_row(rule, ids[4]).reasons[0]
    assert "It did fire" in explanations.explain_row(rule, ids[0]).reasons[0]


def test_every_content_that_a_person_picked_is_processed(site: Site) -> None:
    ids = [make_content(site, f"Text {n}", content_html=f"<p>A text  of {n} words.</p>").id for n in range(12)]
    first = actions.process_synced_content(site.account_id, ADA, site.id, ids)
    db.session.commit()
    work_everything(site)
    db.session.refresh(first)
    assert first.state == "succeeded", first.message
    assert len(first.steps[0]["subjects"]) == 12  # of which 10 would be the usual
    assert set(db.session.scalars(select(OptimizationTask.content_id))) == set(ids)


def test_an_event_of_more_rows_than_one_execution_has_is_several(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occurrences, "MOST_SUBJECTS", 2)
    rule = make_rule(site)
    ids = add_five(site)
    tell(site)
    assert [one.subjects for one in executions(rule)] == [ids[:2], ids[2:4], ids[4:]]


def test_what_was_held_is_run_also_when_the_rule_is_off(site: Site) -> None:
    rule = make_rule(site, most_a_day="1000")
    db.session.execute(update(AutomationRule).values(minute_at=utcnow(), minute_count=500))
    ids = add_five(site)
    tell(site)
    actions.switch_rule(site.account_id, ADA, rule.id, False)
    actions.run_held_executions(site.account_id, ADA, rule.id)
    work_everything(site)
    held, run = executions(rule)
    assert (held.reason, run.state, sorted(run.subjects)) == ("merged", "succeeded", ids)


def test_what_of_the_held_is_too_much_for_one_stays_held(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floods, "MOST_SUBJECTS", 5)
    rule = make_rule(site, most_a_day="1000")
    db.session.execute(update(AutomationRule).values(minute_at=utcnow(), minute_count=500))
    for what in ("press", "filter"):
        add_five(site, what)
        tell(site)
    actions.run_held_executions(site.account_id, ADA, rule.id)
    db.session.commit()
    assert [(one.state, len(one.subjects)) for one in executions(rule)] == [("skipped", 5), ("held", 5), ("waiting", 5)]


def fail_first(site: Site, execution: RuleExecution) -> None:
    """Let the first run of an execution fail, for which 80 credits were estimated and none were charged."""
    engine.advance(execution.id)
    engine.advance(execution.id)
    db.session.refresh(execution)
    execution.credits_planned = 80
    child = db.session.scalars(select(Run).where(Run.kind == "cluster_keywords")).one()
    child.state, child.ended_at, child.error = "failed", utcnow(), {"code": "AI_DOWN", "message": "Down.", "cure": ""}
    db.session.commit()
    work_everything(site)


def test_trying_again_forgets_neither_what_was_done_nor_what_it_may_spend(site: Site) -> None:
    rule = make_rule(site, most_credits="100")
    db.session.execute(update(AutomationRule).values(flow="autopilot-keywords"))
    db.session.add(
        Autopilot(
            account_id=site.account_id,
            site_id=site.id,
            days=[0],
            month_credits=100,
            spent=80,
            spent_in=this_month(),
            is_on=True,
            drafts_a_week=1,
            has_review=True,
            version=1,
        )
    )
    add_five(site)
    tell(site)
    [execution] = executions(rule)
    fail_first(site, execution)
    pilot = db.session.scalars(select(Autopilot)).one()
    db.session.refresh(pilot)
    assert (execution.state, pilot.spent) == ("failed", 0)
    actions.retry_execution(site.account_id, ADA, execution.id)
    db.session.commit()
    assert execution.credits_planned == 0  # what the first try did not use is free again
    work_everything(site)
    [execution] = executions(rule)
    assert [step["state"] for step in execution.steps] == ["retried", "succeeded"]
    assert len(outcomes.run_ids_of(execution)) == 2  # both are undone, and both are counted
    assert execution.message == "Clustering 5 keywords."
    assert (execution.state, pilot.spent) == ("succeeded", 0)
