"""Schedulers and workers killed at any moment, again and again: each occurrence is there once and is done once."""

import os
import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from app.automation import actions
from app.automation.models import AutomationRule, RuleExecution, TriggerEvent
from app.core import events
from app.core.clock import utcnow
from app.core.events.models import EventDelivery
from app.core.extensions import db
from app.core.row_security import act_for
from app.core.runs import Run
from app.planner.events import ClustersCreated
from app.planner.models import Cluster, Idea
from app.sites.models import Site
from tests.automation.toiler import DIED
from tests.conftest import Engines
from tests.factories import warm
from tests.factories.rules import ADA, condition, executions, make_rule
from tests.factories.things import make_cluster

KILLS = int(os.environ.get("AUTOMATION_KILLS", "12"))
EVENTS = 10
SEED = int(os.environ.get("AUTOMATION_SEED", "14"))
IDEAS = {"kind": "generate_ideas", "parameters": {}}


def start_toiler(site: Site, engines: Engines, begun: Path, *places: str) -> warm.WarmProcess:
    """A process that does what is due, once it has begun; it dies at the first of these places that it comes to."""
    begun.unlink(missing_ok=True)
    arguments = ("-m", "tests.automation.toiler", str(site.account_id), str(begun), *places)
    environment = {**os.environ, **engines.environment()}
    process = warm.start(*arguments, environment=environment, log=engines.folder / "toiler.log")
    deadline = time.monotonic() + 60
    while not begun.exists():
        assert process.poll() in (None, 0, DIED), (engines.folder / "toiler.log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return process


def test_nothing_is_lost_or_doubled_by_workers_that_are_killed(site: Site, engines: Engines, tmp_path: Path) -> None:
    act_for(site.account_id)
    by_event = make_rule(site, trigger="cluster_created", actions=[IDEAS], overlap="queue", most_a_day="1000")
    make_cluster(site, "By time")
    only = condition("name", "eq", "By time")
    by_time = make_rule(site, trigger="schedule", cron="0 * * * *", actions=[IDEAS], overlap="queue", conditions=only)
    for n in range(EVENTS):
        cluster = make_cluster(site, f"Cluster {n}")
        events.publish(ClustersCreated(site.account_id, site.id, (cluster.id,)))
        db.session.commit()
    db.session.execute(update(EventDelivery).values(attempts=1))  # each is told by itself then
    due = utcnow().replace(minute=0, second=0, microsecond=0)
    db.session.execute(update(AutomationRule).where(AutomationRule.id == by_time.id).values(next_at=due))
    db.session.commit()
    chance = random.Random(SEED)
    for _ in range(KILLS):
        process = start_toiler(site, engines, tmp_path / "begun")
        time.sleep(chance.random() * 0.25)
        process.kill()
        process.wait(30)
        db.session.rollback()
    for _ in range(10):
        assert start_toiler(site, engines, tmp_path / "begun").wait(120) == 0
        if not try_failed_again(site) and not is_anything_held(site):
            break
    check(site, by_event, by_time)
    assert by_time.next_at is not None
    assert by_time.next_at > due + timedelta(minutes=59)


def try_failed_again(site: Site) -> int:
    """Start again what was given up after five workers had died on it."""
    db.session.rollback()
    failed = db.session.scalars(select(RuleExecution.id).where(RuleExecution.state.in_(("failed", "cancelled")))).all()
    for execution_id in failed:
        actions.retry_execution(site.account_id, ADA, execution_id)
    db.session.execute(update(AutomationRule).values(is_active=True))
    db.session.commit()
    return len(failed)


def is_anything_held(site: Site) -> bool:
    """Whether a dead worker holds a run: its last statement may reach the database after the next one has swept."""
    mine = (Run.account_id == site.account_id, Run.state == "running")
    return db.session.scalar(select(Run.id).where(*mine).limit(1)) is not None


def check(site: Site, by_event: AutomationRule, by_time: AutomationRule) -> None:
    """Each event and each time has one execution, and each cluster its ideas.

    Of those that waited at a time, one was run, with the rows of all; each that was run is one piece of work.
    """
    told = sorted(db.session.scalars(select(TriggerEvent.id).where(TriggerEvent.trigger == "cluster_created")))
    done = executions(by_event)
    assert sorted(int(one.occurrence.removeprefix("event:")) for one in done) == told
    ran = [one for one in done if one.reason != "merged"]
    rows = [row_id for one in ran for row_id in one.subjects]
    assert len(rows) == len(set(rows)) == EVENTS
    assert {one.state for one in ran} == {"succeeded"}
    assert {one.state for one in done if one not in ran} <= {"skipped"}
    assert len(executions(by_time)) == 1
    begun = Counter(causes[-1] for causes in db.session.scalars(select(Run.causes).where(Run.kind == "generate_ideas")))
    assert begun == dict.fromkeys([one.id for one in [*ran, *executions(by_time)]], 1)
    without_ideas = select(Cluster.id).where(~select(Idea.id).where(Idea.cluster_id == Cluster.id).exists())
    assert db.session.scalars(without_ideas).all() == []
