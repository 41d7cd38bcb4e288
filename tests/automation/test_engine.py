"""The engine of rules: an occurrence is worked on once, whatever happens, and what it begins is the existing work."""

from collections.abc import Sequence

import pytest
from sqlalchemy import func, select, text, update

from app.automation import actions, engine, occurrences, outcomes, upkeep
from app.automation.models import AutomationRule, ExecutionSubject, TriggerEvent
from app.core import events
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.events import delivery
from app.core.extensions import db
from app.core.row_security import act_for
from app.core.runs import Run
from app.monitoring.attention import list_problems
from app.planner.events import KeywordsAdded
from app.planner.models import Cluster, Idea, Keyword
from app.sites.models import Site
from app.writer.models import Task
from tests.factories.rules import ADA, CLUSTER, condition, executions, make_rule, tell, work_everything
from tests.factories.things import make_cluster, make_content, make_keyword, make_task
from tests.factories.work import put_back, work


@pytest.fixture(autouse=True)
def _in_the_account(site: Site) -> None:
    act_for(site.account_id)


def add_keywords(site: Site, *texts: str, **fields: object) -> list[int]:
    """Keywords, with the event that tells of them."""
    ids = [make_keyword(site, text, **fields).id for text in texts]
    events.publish(KeywordsAdded(site.account_id, site.id, tuple(ids)))
    db.session.commit()
    return ids


def test_keywords_that_are_added_are_clustered(site: Site) -> None:
    rule = make_rule(site)
    ids = add_keywords(site, "french press", "french press coffee", "best french press")
    work_everything(site)
    [execution] = executions(rule)
    assert (execution.state, execution.cause, sorted(execution.subjects)) == ("succeeded", "event", ids)
    assert execution.message == "Clustering 3 keywords."
    assert db.session.scalar(select(func.count()).where(Keyword.cluster_id.is_not(None))) == 3
    runs = {run.kind: run for run in db.session.scalars(select(Run))}
    assert (runs["run_rule"].state, runs["cluster_keywords"].state) == ("succeeded", "succeeded")
    assert runs["cluster_keywords"].causes == [execution.id]


def test_two_thousand_keywords_are_one_occurrence(site: Site) -> None:
    rule = make_rule(site, conditions=condition("volume", "gte", "10"))
    now = utcnow()
    rows = [
        {
            "account_id": site.account_id,
            "site_id": site.id,
            "keyword": f"k{n}",
            "normalised": f"k{n}",
            "volume": n % 20,
            "created_at": now,
            "updated_at": now,
        }
        for n in range(2_000)
    ]
    ids = db.session.scalars(db.insert(Keyword).returning(Keyword.id), rows).all()
    events.publish(KeywordsAdded(site.account_id, site.id, tuple(ids)))
    tell(site)
    [execution] = executions(rule)
    assert len(execution.subjects) == 1_000
    assert db.session.scalar(select(func.count()).select_from(TriggerEvent)) == 1


def test_a_rule_that_is_off_or_of_another_site_is_not_set_off(site: Site) -> None:
    rule = make_rule(site, on=False)
    add_keywords(site, "cold brew")
    tell(site)
    assert executions(rule) == []


def test_what_does_not_fit_sets_nothing_off(site: Site) -> None:
    rule = make_rule(site, conditions=condition("volume", "gt", "100"))
    add_keywords(site, "cold brew", volume=100)
    tell(site)
    assert executions(rule) == []


def test_actions_follow_each_other_on_what_came_of_the_first(site: Site) -> None:
    rule = make_rule(
        site,
        actions=[
            CLUSTER,
            {"kind": "generate_ideas", "parameters": {}},
            {"kind": "generate_content", "parameters": {"most": "2"}},
        ],
    )
    add_keywords(site, "french press", "french press coffee", "best french press")
    work_everything(site)
    [execution] = executions(rule)
    assert (execution.state, [step["kind"] for step in execution.steps]) == (
        "succeeded",
        ["cluster_keywords", "generate_ideas", "generate_content"],
    )
    assert len(db.session.scalars(select(Idea.id)).all()) > 2
    assert db.session.scalar(select(func.count()).where(Task.status == "completed")) == 2


def test_a_delivery_that_dies_before_its_commit_is_made_once(site: Site) -> None:
    rule = make_rule(site)
    add_keywords(site, "cold brew")
    delivery._call_subscriber(delivery._lock_due_rows(site.account_id))
    assert len(executions(rule)) == 1
    db.session.rollback()
    assert executions(rule) == []
    tell(site)
    tell(site)
    assert len(executions(rule)) == 1


def test_a_worker_that_dies_after_each_step_doubles_nothing(site: Site) -> None:
    rule = make_rule(site, actions=[CLUSTER, {"kind": "generate_ideas", "parameters": {}}])
    add_keywords(site, "french press", "french press coffee")
    tell(site)
    [execution] = executions(rule)
    for _ in range(3):  # each step begun, the last time the worker dies before its commit
        engine.advance(execution.id)
        db.session.rollback()
        engine.advance(execution.id)
        db.session.commit()
    run = db.session.get_one(Run, execution.run_id)
    put_back(run)
    work_everything(site)
    [execution] = executions(rule)
    assert execution.state == "succeeded"
    kinds = [run.kind for run in db.session.scalars(select(Run)) if run.kind in ("cluster_keywords", "generate_ideas")]
    assert sorted(kinds) == ["cluster_keywords", "generate_ideas"]


def test_a_rule_that_causes_itself_is_not_set_off_again(site: Site) -> None:
    first = make_rule(
        site, name="Ideas", trigger="cluster_created", actions=[{"kind": "generate_ideas", "parameters": {}}]
    )
    loop = make_rule(
        site, name="Loop", trigger="idea_created", actions=[{"kind": "generate_content", "parameters": {"most": "1"}}]
    )
    again = make_rule(
        site, name="Again", trigger="content_generated", actions=[{"kind": "publish", "parameters": {}}], on=False
    )
    assert executions(loop) == []
    cluster = make_cluster(site, "Coffee")
    occurrences.add_occurrence(first, occurrences.Occurrence("event:1", "event", [cluster.id], causes=[]))
    db.session.commit()
    work_everything(site)
    made = executions(loop)
    assert [one.state for one in made] == ["succeeded"]
    assert made[0].causes == [executions(first)[0].id]
    assert not occurrences.is_loop(again, made[0].causes)
    assert occurrences.is_loop(first, made[0].causes)
    assert occurrences.is_loop(again, list(range(1, 13)))


def test_a_flood_is_held_and_run_as_one(site: Site) -> None:
    rule = make_rule(site, most_a_day="1000")
    told = [make_keyword(site).id for _ in range(3)]
    db.session.execute(update(AutomationRule).values(minute_at=utcnow(), minute_count=99))
    for row_id in told:
        events.publish(KeywordsAdded(site.account_id, site.id, (row_id,)))
        tell(site)
    assert [one.state for one in executions(rule)] == ["waiting", "held", "held"]
    [problem] = list_problems(site.account_id, {})
    assert (problem.kind, problem.count) == ("held", 2)
    execution = actions.run_held_executions(site.account_id, ADA, rule.id)
    db.session.commit()
    assert execution is not None
    assert (execution.state, execution.subjects) == ("waiting", told[1:])
    assert [one.reason for one in executions(rule)] == ["", "merged", "merged", ""]
    with pytest.raises(DomainError, match="held any more"):
        actions.drop_held_executions(site.account_id, ADA, rule.id)


def test_no_more_executions_a_day_than_the_rule_says(site: Site) -> None:
    rule = make_rule(site, most_a_day="2")
    for n in range(3):
        add_keywords(site, f"press {n}", f"press {n} coffee")
        work_everything(site)
    assert [one.state for one in executions(rule)] == ["succeeded", "succeeded", "skipped"]
    assert executions(rule)[2].reason == "daily_limit"
    db.session.execute(update(AutomationRule).values(counted_on=utcnow().date().replace(day=1, month=1)))
    add_keywords(site, "press anew", "press anew coffee")
    work_everything(site)
    assert executions(rule)[3].state == "succeeded"


@pytest.mark.parametrize(
    ("overlap", "states"),
    [
        ("skip", ["running", "skipped"]),
        ("queue", ["running", "waiting"]),
        ("cancel", ["cancelled", "running"]),
    ],
)
def test_executions_that_overlap(site: Site, overlap: str, states: list[str]) -> None:
    rule = make_rule(site, overlap=overlap)
    for n in range(2):
        add_keywords(site, f"press {n}", f"press {n} coffee")
        tell(site)
        engine.advance(executions(rule)[-1].id)
        db.session.commit()
    assert [one.state for one in executions(rule)] == states


def test_five_failures_in_a_row_switch_a_rule_off_and_say_so(site: Site) -> None:
    rule = make_rule(site, most_a_day="100")
    for n in range(6):
        add_keywords(site, f"press {n}", f"press {n} coffee")
        tell(site)
        execution = executions(rule)[-1]
        engine.advance(execution.id)
        if execution.state == "running":
            locked = outcomes.lock_execution(execution.id)
            assert locked is not None
            outcomes.fail_execution(locked, {"code": "BROKEN", "message": "It broke.", "cure": ""})
        db.session.commit()
    assert [one.state for one in executions(rule)] == ["failed"] * 5
    assert (rule.is_active, rule.off_reason) == (False, "It broke.")
    assert (executions(rule)[-1].error or {})["message"].endswith("switched off: it failed 5 times in a row.")


def test_pictures_are_planned_and_without_a_model_that_draws_it_fails_and_says_why(site: Site) -> None:
    content = make_content(site, content_html="<h2>Grind</h2><p>Grind it coarse.</p>")
    rule = make_rule(site, trigger="content_generated", actions=[{"kind": "generate_images", "parameters": {}}])
    occurrences.add_occurrence(rule, occurrences.Occurrence("event:7", "event", [content.id]))
    db.session.commit()
    work_everything(site)
    [execution] = executions(rule)
    assert [(step["stage"], step["state"]) for step in execution.steps] == [(0, "succeeded")]
    assert execution.state == "failed"
    assert "image" in (execution.error or {})["message"].lower()


def test_a_manual_run_takes_what_waits_and_a_second_finds_nothing(site: Site) -> None:
    rule = make_rule(site, on=False)
    ids = [make_keyword(site, "press").id, make_keyword(site, "press coffee").id]
    execution = actions.run_rule_now(site.account_id, ADA, rule.id)
    db.session.commit()
    assert execution.subjects == ids
    work_everything(site)
    assert executions(rule)[0].state == "succeeded"
    with pytest.raises(DomainError, match="nothing to do"):
        actions.run_rule_now(site.account_id, ADA, rule.id)


def test_what_an_execution_made_is_undone_but_for_what_people_changed(site: Site) -> None:
    rule = make_rule(site, actions=[CLUSTER, {"kind": "generate_ideas", "parameters": {}}])
    add_keywords(site, "french press", "french press coffee", "best french press")
    work_everything(site)
    [execution] = executions(rule)
    kept, *others = db.session.scalars(select(Idea).order_by(Idea.id)).all()
    kept.title = "Mine"
    db.session.commit()
    words = actions.undo_execution(site.account_id, ADA, execution.id)
    db.session.commit()
    assert words == f"{len(others)} ideas deleted; 3 keywords out of their clusters, 0 clusters deleted"
    assert [row.title for row in db.session.scalars(select(Idea))] == ["Mine"]
    assert db.session.scalar(select(func.count()).select_from(Cluster)) == 1
    with pytest.raises(DomainError, match="nothing to undo"):
        actions.undo_execution(site.account_id, ADA, execution.id)


def test_a_failed_execution_goes_on_where_it_stopped(site: Site) -> None:
    rule = make_rule(site, trigger="task_created", actions=[{"kind": "generate_content", "parameters": {}}])
    task = make_task(make_cluster(site))
    occurrences.add_occurrence(rule, occurrences.Occurrence("event:9", "event", [task.id]))
    db.session.commit()
    [execution] = executions(rule)
    engine.advance(execution.id)
    engine.advance(execution.id)
    db.session.commit()
    child = db.session.scalars(select(Run).where(Run.kind == "generate_drafts")).one()
    child.state, child.ended_at = "failed", utcnow()
    child.error = {"code": "AI_DOWN", "message": "The model does not answer.", "cure": "Try later."}
    db.session.commit()
    work_everything(site)
    assert (executions(rule)[0].state, executions(rule)[0].reason) == ("failed", "AI_DOWN")
    actions.retry_execution(site.account_id, ADA, execution.id)
    db.session.commit()
    work_everything(site)
    assert executions(rule)[0].state == "succeeded"
    assert db.session.scalar(select(func.count()).where(Task.status == "completed")) == 1


def test_one_that_is_tried_again_goes_on_with_what_it_made_before(site: Site) -> None:
    write = {"kind": "generate_content", "parameters": {"most": "2"}}
    ideas = {"kind": "generate_ideas", "parameters": {}}
    rule = make_rule(site, trigger="cluster_created", actions=[ideas, write])
    cluster = make_cluster(site, "French press")
    occurrences.add_occurrence(rule, occurrences.Occurrence("event:9", "event", [cluster.id]))
    db.session.commit()
    [execution] = executions(rule)
    for kind in ("generate_ideas", "generate_drafts"):
        while not (runs := db.session.scalars(select(Run).where(Run.kind == kind)).all()):
            engine.advance(execution.id)
            db.session.commit()
        if kind == "generate_ideas":
            work(runs[0])
    runs[0].state, runs[0].ended_at, runs[0].error = "failed", utcnow(), {"code": "AI_DOWN", "message": "No answer."}
    db.session.commit()
    work_everything(site)
    assert executions(rule)[0].state == "failed"
    actions.retry_execution(site.account_id, ADA, execution.id)
    db.session.commit()
    work_everything(site)
    assert executions(rule)[0].state == "succeeded"
    assert db.session.scalar(select(func.count()).where(Task.status == "completed")) == 2


def test_cancelling_stops_what_it_began(site: Site) -> None:
    rule = make_rule(site)
    add_keywords(site, "press", "press coffee")
    tell(site)
    [execution] = executions(rule)
    engine.advance(execution.id)
    engine.advance(execution.id)
    db.session.commit()
    actions.stop_execution(site.account_id, ADA, execution.id)
    db.session.commit()
    assert executions(rule)[0].state == "cancelled"
    assert {run.state for run in db.session.scalars(select(Run))} == {"cancelled"}
    work_everything(site)
    assert executions(rule)[0].state == "cancelled"


def test_an_execution_whose_run_was_given_up_is_ended(site: Site) -> None:
    rule = make_rule(site)
    add_keywords(site, "press", "press coffee")
    tell(site)
    db.session.execute(
        update(Run).values(state="failed", ended_at=utcnow(), error={"code": "WORKER_DIED", "message": "x"})
    )
    db.session.commit()
    assert upkeep.settle_lost_executions() == 1
    assert executions(rule)[0].state == "failed"


def test_what_waits_of_a_rule_is_run_as_one(site: Site) -> None:
    rule = make_rule(site)
    first = add_keywords(site, "french press")
    tell(site)
    [running] = executions(rule)
    engine.advance(running.id)
    db.session.commit()
    later = []
    for number in range(3):
        later += add_keywords(site, f"cold brew {number}")
        tell(site)
    states = [(one.state, one.reason, sorted(one.subjects)) for one in executions(rule)]
    assert states == [
        ("running", "", first),
        ("waiting", "", later),
        ("skipped", "merged", [later[1]]),
        ("skipped", "merged", [later[2]]),
    ]
    noted = select(ExecutionSubject.subject_id).where(ExecutionSubject.execution_id == executions(rule)[1].id)
    assert sorted(db.session.scalars(noted)) == later
    assert db.session.scalar(select(func.count()).where(Run.kind == "run_rule")) == 2
    work_everything(site)
    assert [one.state for one in executions(rule)] == ["succeeded", "succeeded", "skipped", "skipped"]
    tell(site)
    assert len(executions(rule)) == 4


def test_what_waits_is_not_joined_by_what_a_changed_rule_would_do(site: Site) -> None:
    rule = make_rule(site)
    add_keywords(site, "french press")
    tell(site)
    rule.actions = [CLUSTER, {"kind": "generate_ideas", "parameters": {}}]
    add_keywords(site, "cold brew")
    tell(site)
    assert [one.state for one in executions(rule)] == ["waiting", "waiting"]


def test_a_rule_that_cannot_be_told_fails_and_the_others_are_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = make_rule(site), make_rule(site, place="1")
    right = occurrences.subjects_of

    def looked_at(rule: AutomationRule, named: Sequence[int]) -> list[int]:
        if rule.id == bad.id:
            db.session.execute(text("select 1/0"))
        return right(rule, named)

    monkeypatch.setattr(occurrences, "subjects_of", looked_at)
    add_keywords(site, "cold brew")
    tell(site)
    assert [one.state for one in executions(good)] == ["waiting"]
    [failed] = executions(bad)
    assert (failed.state, failed.cause, failed.reason) == ("failed", "event", "UNEXPECTED")
    assert bad.failures_in_row == 1
