"""Runs that a person pauses and lets go on, and work that gives way to others."""

import sys
import types
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

import jobs
from app.accounts.models import Account
from app.core.actor import THE_APP
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.queue import depths, redis_connection
from app.core.runs import Outcome, Run, RunContext, kinds, pausing, services, start_run, turns
from app.core.runs.bulk import SO_FAR
from app.core.runs.context import TryAgain
from app.core.runs.kinds import RunKind
from app.core.runs.turns import Turn
from tests.factories.work import put_back, work

KIND = RunKind("slow", "jobs.of_tests.work", "Slow", permission="planner:write", pauses=True)
SHORT = RunKind("short", "jobs.of_tests.work", "Short", permission="planner:write")
Define = Callable[[Callable[[RunContext], Outcome]], None]


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", {**kinds._kinds, KIND.name: KIND, SHORT.name: SHORT})


@pytest.fixture
def define(monkeypatch: pytest.MonkeyPatch) -> Define:
    """Make a function the job of these kinds."""

    def put(function: Callable[[RunContext], Outcome]) -> None:
        module = types.ModuleType("jobs.of_tests")
        module.work = function  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "jobs.of_tests", module)

    return put


def start(account: Account, kind: RunKind = KIND, **options: Any) -> Run:
    run = start_run(account_id=account.id, kind=kind, title="Slow work", actor=THE_APP, **options)
    db.session.commit()
    return run


def fresh(run: Run) -> Run:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Run, run.id)


def counting(context: RunContext, *, pause_at: int = 0) -> Outcome:
    """Counts to four, one a turn when it has to; a person pauses it when it is at `pause_at`."""
    turn, done = Turn(context), int(context.so_far.get("done", 0))
    while done < 4:
        if turn.is_over():
            raise TryAgain(timedelta(0), turn.why, counts=False, so_far={"done": done})
        done += 1
        context.progress(done=done, total=4)
        if done == pause_at:
            pausing.pause(db.session.get_one(Run, context.run_id))
            db.session.commit()
    return Outcome(f"Counted to {done}.")


def test_a_run_that_waits_is_paused_at_once_and_not_worked_on(account: Account, define: Define) -> None:
    define(counting)
    run = start(account)
    pausing.pause(run)
    db.session.commit()
    assert work(run).state == "paused"
    services.recover_runs(all_workers_dead=True)
    assert fresh(run).state == "paused"
    pausing.resume(fresh(run))
    db.session.commit()
    assert work(run).message == "Counted to 4."


def test_a_run_that_works_is_paused_after_what_is_under_way_and_goes_on_there(account: Account, define: Define) -> None:
    seen = []

    def job(context: RunContext) -> Outcome:
        seen.append(context.so_far)
        return counting(context, pause_at=2)

    define(job)
    run = work(start(account))
    assert (run.state, run.step, run.done, run.attempt, run.pause_requested) == ("paused", "Paused", 2, 0, False)
    pausing.resume(run)
    db.session.commit()
    run = work(run)
    assert (run.state, run.message) == ("succeeded", "Counted to 4.")
    assert seen == [{}, {"done": 2}]


def test_pausing_is_taken_back_before_it_came_to_pass(account: Account, define: Define) -> None:
    def job(context: RunContext) -> Outcome:
        run = db.session.get_one(Run, context.run_id)
        pausing.pause(run)
        pausing.resume(run)
        db.session.commit()
        return counting(context)

    define(job)
    assert work(start(account)).message == "Counted to 4."


def test_a_paused_run_can_be_cancelled_and_keeps_what_it_did(account: Account, define: Define) -> None:
    define(lambda context: counting(context, pause_at=1))
    run = work(start(account))
    services.cancel(run)
    db.session.commit()
    run = fresh(run)
    assert (run.state, run.message, run.done) == ("cancelled", "Cancelled.", 1)


def test_who_cancels_what_is_about_to_pause_has_it_cancelled(account: Account, define: Define) -> None:
    def job(context: RunContext) -> Outcome:
        pausing.pause(db.session.get_one(Run, context.run_id))
        services.cancel(db.session.get_one(Run, context.run_id))
        db.session.commit()
        raise TryAgain(timedelta(0), "Paused")

    define(job)
    run = work(start(account))
    assert run.state == "queued"  # the next worker finds that it was cancelled
    define(counting)
    assert work(run).state == "cancelled"


def test_started_anew_a_run_begins_from_the_beginning(account: Account, define: Define) -> None:
    define(lambda context: counting(context, pause_at=3))
    run = work(start(account))
    assert run.data == {SO_FAR: {"done": 3}}
    services.cancel(run)
    services.retry(run)
    db.session.commit()
    assert fresh(run).data == {}


def test_a_worker_that_dies_while_it_should_pause_leaves_a_paused_run(account: Account, define: Define) -> None:
    def die(context: RunContext) -> Outcome:
        pausing.pause(db.session.get_one(Run, context.run_id))
        db.session.commit()
        raise KeyboardInterrupt

    define(die)
    run = start(account)
    with pytest.raises(KeyboardInterrupt):
        jobs.execute(str(run.id))
    db.session.rollback()
    services.recover_runs(all_workers_dead=True)
    assert fresh(run).state == "paused"


def test_what_has_ended_or_cannot_wait_is_not_paused(account: Account, define: Define) -> None:
    define(counting)
    with pytest.raises(Conflict, match="cannot be paused"):
        pausing.pause(start(account, SHORT))
    run = work(start(account))
    with pytest.raises(Conflict, match="cannot be paused"):
        pausing.pause(run)
    with pytest.raises(Conflict, match="not paused"):
        pausing.resume(run)


def test_a_paused_run_does_not_go_on_beside_newer_work_of_its_key(account: Account, define: Define) -> None:
    run = start(account, exclusive_key="k")
    pausing.pause(run)
    newer = start(account, exclusive_key="k")
    assert newer.id != run.id
    with pytest.raises(Conflict, match="Newer work"):
        pausing.resume(fresh(run))


def test_a_lane_goes_on_without_the_run_that_is_paused(account: Account, define: Define) -> None:
    first, second = start(account, lane="l"), start(account, lane="l")
    assert (fresh(first).enqueued_at is None, fresh(second).enqueued_at is None) == (False, True)
    pausing.pause(fresh(first))
    db.session.commit()
    assert fresh(second).enqueued_at is not None


def test_a_long_run_gives_way_to_others_and_to_nobody(
    account: Account, define: Define, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)
    define(counting)
    alone = start(account)
    redis_connection().flushdb()
    assert work(alone).message == "Counted to 4."
    run = start(account)
    assert depths()["default"] == 1  # the run itself, which no worker has fetched: as another's would be
    run = work(run)
    assert (run.state, run.step) == ("queued", "Letting others have a turn")


def test_runs_of_a_lane_take_turns(account: Account, define: Define, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)
    define(counting)
    first, second = start(account, lane="l"), start(account, lane="l")
    redis_connection().flushdb()
    assert work(first).state == "queued"
    assert fresh(second).enqueued_at is not None
    assert fresh(first).enqueued_at is None
    put_back(first)


def test_the_buttons_follow_the_run(account: Account, owner_client: FlaskClient, define: Define) -> None:
    define(lambda context: counting(context, pause_at=2))
    run = start(account)
    address = f"/runs/{run.id}/"
    assert f'action="{address}pause/"' in owner_client.get(address).text
    page = owner_client.post(f"{address}pause/", headers={"HX-Request": "true"}).text
    assert 'data-state="paused"' in page
    assert f'action="{address}resume/"' in page
    assert "/pause/" not in page
    assert f'action="{address}cancel/"' in page
    assert owner_client.post(f"{address}resume/").status_code == 303
    assert fresh(run).state == "queued"
    assert work(run).state == "paused"
    assert "Paused" in owner_client.get("/runs/menu/").text


def test_who_may_only_read_has_no_such_button(account: Account, viewer_client: FlaskClient) -> None:
    run = start(account)
    assert "/pause/" not in viewer_client.get(f"/runs/{run.id}/").text
    assert viewer_client.post(f"/runs/{run.id}/pause/").status_code == 403
