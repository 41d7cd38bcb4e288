"""A process that dies at each place where it may: the execution is there once, and comes to its end once."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from app.automation import actions, outcomes, upkeep
from app.automation.models import AutomationRule, RuleExecution
from app.automation.upkeep import settle_lost_executions
from app.core import events
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import act_for
from app.core.runs import Run
from app.core.runs.services import recover_runs
from app.planner.events import ClustersCreated
from app.planner.models import Cluster, Idea
from app.sites.models import Site
from tests.automation.test_killed import IDEAS, start_toiler
from tests.automation.toiler import DIED
from tests.conftest import Engines
from tests.factories.rules import ADA, executions, make_rule, work_everything
from tests.factories.things import make_cluster

ENGINE, OUTCOMES, OCCURRENCES = "app.automation.engine", "app.automation.outcomes", "app.automation.occurrences"
BY_EVENT = {
    "told of an event, and the occurrence not committed": f"{OCCURRENCES}:_set_off:after:1",
    "the row of an occurrence written, and its run not": f"{OCCURRENCES}:_start:before:1",
    "the occurrence committed, and its run never worked on": "jobs:execute:before:1",
    "its run claimed, and nothing done": f"{ENGINE}:advance:before:1",
    "begun, and not committed": f"{ENGINE}:_begin:after:1",
    "begun and committed, and no stage": f"{ENGINE}:advance:before:2",
    "a stage started, and not noted": f"{ENGINE}:_note:before:1",
    "a stage noted, and not committed": f"{ENGINE}:_start_stage:after:1",
    "a stage committed, and its runs not looked after": f"{ENGINE}:_look_after:before:1",
    "waiting for what it began, and its run not put back": "jobs:_requeue:before:1",
    "what it began is worked on": "jobs:_work:before:2",
    "what it began is done, and its end not stored": "jobs:_store:before:2",
    "what it began ended, and nobody was told": f"{OUTCOMES}:wake_next:before:1",
    "what it began was seen to have ended, and not committed": f"{ENGINE}:_set_state:after:1",
    "ended with its credits, and not committed": f"{OUTCOMES}:end_execution:after:1",
    "ended and committed, and its run not": f"{OUTCOMES}:ending_of:before:1",
    "its run about to end": "jobs:_store:before:3",
    "everything stored, and nobody told": "jobs:_announce_end:before:2",
}
BY_TIME = {
    "a time claimed, and its occurrence not written": "app.automation.timing:_add:before:1",
    "a time claimed and its occurrence written, and not committed": "app.automation.timing:hand_out:after:1",
}


@pytest.fixture(autouse=True)
def _in_the_account(site: Site) -> None:
    act_for(site.account_id)


def die(site: Site, engines: Engines, tmp_path: Path, *places: str) -> None:
    """Have a process do what is due, and die at the place."""
    db.session.commit()
    assert start_toiler(site, engines, tmp_path / "begun", *places).wait(60) == DIED


def go_on(site: Site) -> None:
    """What schedulers and workers do after that."""
    recover_runs(all_workers_dead=True)
    settle_lost_executions()
    act_for(site.account_id)
    work_everything(site)


def check_once(rule: AutomationRule) -> None:
    """The rule has one execution, which succeeded, and its work was done once."""
    [execution] = executions(rule)
    assert (execution.state, execution.ended_at is not None, len(execution.steps)) == ("succeeded", True, 1)
    mine = select(Run.kind, Run.state).where(Run.kind.in_(("run_rule", "generate_ideas"))).order_by(Run.kind)
    assert [tuple(run) for run in db.session.execute(mine)] == [
        ("generate_ideas", "succeeded"),
        ("run_rule", "succeeded"),
    ]
    assert db.session.scalar(select(func.count()).select_from(Idea)) == len(set(db.session.scalars(select(Idea.title))))


@pytest.mark.parametrize("place", BY_EVENT.values(), ids=BY_EVENT.keys())
def test_an_event_is_answered_once_wherever_the_process_dies(
    site: Site, engines: Engines, tmp_path: Path, place: str
) -> None:
    rule = make_rule(site, trigger="cluster_created", actions=[IDEAS])
    cluster = make_cluster(site, "Coffee")
    events.publish(ClustersCreated(site.account_id, site.id, (cluster.id,)))
    die(site, engines, tmp_path, place)
    go_on(site)
    check_once(rule)


@pytest.mark.parametrize("place", BY_TIME.values(), ids=BY_TIME.keys())
def test_a_time_is_answered_once_wherever_the_process_dies(
    site: Site, engines: Engines, tmp_path: Path, place: str
) -> None:
    rule = make_rule(site, trigger="schedule", cron="0 * * * *", actions=[IDEAS])
    make_cluster(site, "Coffee")
    due = utcnow().replace(minute=0, second=0, microsecond=0)
    db.session.execute(update(AutomationRule).values(next_at=due))
    die(site, engines, tmp_path, place)
    assert start_toiler(site, engines, tmp_path / "begun").wait(60) == 0
    go_on(site)
    check_once(rule)
    assert rule.next_at == due + timedelta(hours=1)


def test_one_whose_worker_dies_five_times_is_ended_and_goes_on_when_a_person_says_so(
    site: Site, engines: Engines, tmp_path: Path
) -> None:
    rule = make_rule(site, trigger="cluster_created", actions=[IDEAS])
    cluster = make_cluster(site, "Coffee")
    events.publish(ClustersCreated(site.account_id, site.id, (cluster.id,)))
    die(site, engines, tmp_path, f"{ENGINE}:_look_after:before:1")
    db.session.execute(update(Run).where(Run.kind == "run_rule").values(attempt=5))
    db.session.commit()
    recover_runs(all_workers_dead=True)
    assert settle_lost_executions() == 1
    [execution] = executions(rule)
    assert (execution.state, execution.reason) == ("failed", "WORKER_DIED")
    act_for(site.account_id)
    actions.retry_execution(site.account_id, ADA, execution.id)
    assert len(execution.steps) == 1  # its work goes on, and is not begun a second time
    go_on(site)
    check_once(rule)


def one_that_runs(site: Site) -> RuleExecution:
    """An execution that has begun."""
    rule = make_rule(site, trigger="cluster_created", actions=[IDEAS])
    make_cluster(site, f"Coffee {rule.id}")
    execution = actions.run_rule_now(site.account_id, ADA, rule.id)
    execution.state = "running"
    db.session.commit()
    return execution


def test_one_whose_run_is_gone_is_ended(site: Site) -> None:
    execution = one_that_runs(site)
    db.session.execute(delete(Run).where(Run.id == execution.run_id))
    db.session.commit()
    assert settle_lost_executions() == 1
    db.session.refresh(execution)
    assert (execution.state, execution.reason) == ("failed", "WORK_GONE")


def test_one_that_cannot_be_ended_does_not_stand_in_the_way(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, other = one_that_runs(site), one_that_runs(site)
    db.session.execute(update(Run).values(state="failed", ended_at=utcnow()))
    db.session.commit()
    end = outcomes.fail_execution

    def fail(execution: RuleExecution, error: dict[str, object]) -> None:
        assert execution.id != broken.id
        end(execution, error)

    monkeypatch.setattr(upkeep.outcomes, "fail_execution", fail)
    assert settle_lost_executions() == 1
    db.session.refresh(other)
    assert other.state == "failed"


def test_one_that_a_person_restarts_at_that_moment_is_left_alone(site: Site) -> None:
    execution = one_that_runs(site)
    assert not upkeep._settle(execution.id)
    assert db.session.scalar(select(func.count()).select_from(Cluster)) == 1
    assert execution.state == "running"
