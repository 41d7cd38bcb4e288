"""Runs: claimed once, watched, cancelled, tried again, recovered when their worker dies."""

import sys
import threading
import types
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

import jobs
from app.accounts.models import Account
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.permissions import Permission
from app.core.queue import depths, redis_connection
from app.core.row_security import within
from app.core.runs import Cancelled, LeaseLost, Outcome, Run, RunContext, services, start_run
from app.core.runs.context import TryAgain
from app.core.runs.kinds import kind_of
from app.core.runs.states import MOVES, IllegalMove, states_before
from tests.factories.work import a_kind

Job = Callable[[RunContext], Outcome]
Define = Callable[[Job], None]


@pytest.fixture
def define(monkeypatch: pytest.MonkeyPatch) -> Define:
    """Make a function the job `jobs.of_tests.work`."""

    def put(function: Job) -> None:
        module = types.ModuleType("jobs.of_tests")
        module.work = function
        monkeypatch.setitem(sys.modules, "jobs.of_tests", module)

    return put


def start(account: Account, **options: object) -> Run:
    values = {"kind": a_kind("test", "jobs.of_tests.work"), "title": "Testing", "actor": THE_APP, **options}
    run = start_run(account_id=account.id, **values)
    db.session.commit()
    return run


def fresh(run: Run) -> Run:
    db.session.expire_all()
    return db.session.get_one(Run, run.id)


def test_a_run_goes_to_redis_after_commit_only(account: Account, define: Define) -> None:
    start_run(account_id=account.id, kind=a_kind("t", "jobs.of_tests.work"), title="T", actor=THE_APP)
    assert depths()["default"] == 0
    db.session.rollback()
    assert depths()["default"] == 0
    start(account)
    assert depths()["default"] == 1


def test_a_job_ends_its_run_with_a_sentence(account: Account, define: Define) -> None:
    seen: list[tuple[str | None, int, int | None]] = []

    def work(context: RunContext) -> Outcome:
        context.progress(step="Reading", done=1, total=4)
        with Session(db.engine) as session:  # as another process sees it, at once
            row = session.get_one(Run, context.run_id)
            seen.append((row.step, row.done, row.total))
        return Outcome("Read 4.", link="/there/", data={"n": 4})

    define(work)
    run = start(account)
    jobs.execute(str(run.id))
    run = fresh(run)
    assert seen == [("Reading", 1, 4)]
    assert (run.state, run.message, run.link, run.data, run.attempt) == ("succeeded", "Read 4.", "/there/", {"n": 4}, 1)
    assert run.lease_token is None


def test_a_savepoint_neither_enqueues_before_the_commit_nor_drops_what_came_before_it(account: Account) -> None:
    def begin(title: str) -> None:
        start_run(account_id=account.id, kind=a_kind("t", "jobs.of_tests.work"), title=title, actor=THE_APP)

    begin("first")
    with db.session.begin_nested():
        begin("second")
    assert depths()["default"] == 0
    refused = db.session.begin_nested()
    begin("third")
    with db.session.begin_nested():
        begin("fourth")
    refused.rollback()
    db.session.commit()
    assert list(db.session.scalars(select(Run.title).order_by(Run.title))) == ["first", "second"]
    assert depths()["default"] == 2


def test_a_run_is_worked_on_once_however_often_it_is_enqueued(account: Account, define: Define) -> None:
    calls: list[int] = []
    gate = threading.Barrier(4)

    def work(_context: RunContext) -> Outcome:
        calls.append(1)
        return Outcome("Done.")

    define(work)
    run_id = str(start(account).id)

    def worker() -> None:
        gate.wait()
        jobs.execute(run_id)

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jobs.execute(run_id)
    assert calls == [1]


def test_errors_a_person_can_act_on_and_errors_of_ours(account: Account, define: Define) -> None:
    def refuse(_context: RunContext) -> Outcome:
        raise DomainError("No keywords.", code="NO_KEYWORDS", cure="Import some.")

    define(refuse)
    run = start(account)
    jobs.execute(str(run.id))
    error = fresh(run).error
    assert run.state == "failed"
    assert error is not None
    assert (error["code"], error["cure"]) == ("NO_KEYWORDS", "Import some.")

    def crash(_context: RunContext) -> Outcome:
        raise ZeroDivisionError("secret detail")

    define(crash)
    other = start(account)
    jobs.execute(str(other.id))
    assert fresh(other).state == "failed"
    assert str(other.id) in str(other.error)
    assert "secret detail" not in str(other.error)


def test_a_waiting_run_is_cancelled_at_once_and_a_working_one_at_its_next_step(
    account: Account, define: Define
) -> None:
    define(lambda _context: Outcome("Done."))
    waiting = start(account)
    services.cancel(waiting)
    db.session.commit()
    assert waiting.state == "cancelled"
    jobs.execute(str(waiting.id))
    assert fresh(waiting).state == "cancelled"

    def work(context: RunContext) -> Outcome:
        with Session(db.engine) as session:
            session.execute(update(Run).where(Run.id == context.run_id).values(cancel_requested=True))
            session.commit()
        with pytest.raises(Cancelled):
            context.progress(done=1)
        raise Cancelled()

    define(work)
    working = start(account)
    jobs.execute(str(working.id))
    assert fresh(working).state == "cancelled"


def test_a_run_whose_worker_died_is_started_again(account: Account, define: Define) -> None:
    define(lambda _context: Outcome("Finished by the second worker."))
    run = start(account)
    with Session(db.engine) as session:
        assert services.claim(session, run.id)
    redis_connection().flushdb()
    assert services.recover_runs() == 0  # its lease still holds
    db.session.execute(update(Run).values(lease_until=utcnow() - timedelta(seconds=1)))
    db.session.commit()
    assert services.recover_runs() == 1
    assert depths()["default"] == 1
    jobs.execute(str(run.id))
    assert (fresh(run).state, run.attempt) == ("succeeded", 2)


def test_a_restarted_machine_gives_back_every_run_at_once(account: Account, define: Define) -> None:
    define(lambda _context: Outcome("Done."))
    run = start(account)
    with Session(db.engine) as session:
        services.claim(session, run.id)
    assert services.recover_runs(all_workers_dead=True) == 1
    assert fresh(run).state == "queued"


def test_the_first_worker_writes_nothing_more_once_another_took_over(account: Account, define: Define) -> None:
    def work(context: RunContext) -> Outcome:
        with Session(db.engine) as session:
            session.execute(update(Run).values(state="queued", lease_token=None))
            session.commit()
            services.claim(session, context.run_id)
        with pytest.raises(LeaseLost):
            context.progress(done=9)
        return Outcome("This must not be stored.")

    define(work)
    run = start(account)
    jobs.execute(str(run.id))
    assert (fresh(run).state, run.message, run.done) == ("running", None, 0)


def test_a_run_that_kills_its_worker_each_time_ends(account: Account) -> None:
    run = start(account)
    db.session.execute(update(Run).values(state="running", attempt=5, lease_until=utcnow() - timedelta(seconds=1)))
    db.session.commit()
    services.recover_runs()
    assert (fresh(run).state, run.error["code"]) == ("failed", "WORKER_DIED")


def test_what_redis_lost_is_enqueued_again_but_what_waits_is_not_doubled(account: Account) -> None:
    start(account)
    db.session.execute(update(Run).values(enqueued_at=utcnow() - timedelta(minutes=5)))
    db.session.commit()
    assert services.recover_runs() == 0
    assert depths()["default"] == 1
    redis_connection().flushdb()
    assert services.recover_runs() == 1


def test_trying_again_later_keeps_the_run(account: Account, define: Define) -> None:
    def work(context: RunContext) -> Outcome:
        if context.run.attempt == 1:
            raise TryAgain(timedelta(seconds=30), "Trying again")
        return Outcome("Second time lucky.")

    define(work)
    run = start(account)
    jobs.execute(str(run.id))
    assert (fresh(run).state, run.step) == ("queued", "Trying again")
    jobs.execute(str(run.id))
    assert fresh(run).state == "queued"  # not due yet
    db.session.execute(update(Run).values(due_at=utcnow()))
    db.session.commit()
    assert services.recover_runs() == 1
    jobs.execute(str(run.id))
    assert fresh(run).state == "succeeded"


def test_an_exclusive_key_has_one_active_run(account: Account, define: Define, app: Flask) -> None:
    define(lambda _context: Outcome("Done."))
    gate = threading.Barrier(6)
    ids: list[object] = []

    def click() -> None:
        with app.app_context(), within(account_id):
            gate.wait()
            run = start_run(
                account_id=account_id,
                kind=a_kind("t", "jobs.of_tests.work"),
                title="T",
                actor=THE_APP,
                exclusive_key="k",
            )
            ids.append(run.id)
            db.session.commit()

    account_id = account.id
    db.session.commit()
    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 1
    assert db.session.scalar(select(func.count()).select_from(Run)) == 1
    jobs.execute(str(ids[0]))
    assert start(account, exclusive_key="k").id != ids[0]


def test_retrying_needs_an_ended_run_and_a_free_key(account: Account, define: Define) -> None:
    def fail(_context: RunContext) -> Outcome:
        raise DomainError("No.")

    define(fail)
    run = start(account, exclusive_key="k")
    with pytest.raises(Conflict):
        services.retry(run)
    db.session.rollback()
    jobs.execute(str(run.id))
    newer = start(account, exclusive_key="k")
    with pytest.raises(Conflict):
        services.retry(fresh(run))
    db.session.rollback()
    jobs.execute(str(newer.id))
    services.retry(fresh(run))
    db.session.commit()
    assert (fresh(run).state, run.error, run.attempt) == ("queued", None, 0)


def test_a_run_of_a_kind_that_is_gone_is_cancelled_by_who_may_control_runs() -> None:
    kind = kind_of("kind_that_is_gone")
    assert (kind.label, kind.permission) == ("Kind that is gone", Permission.RUNS_CONTROL)


def test_the_table_of_moves() -> None:
    assert {state: states_before(state) for state in MOVES} == {
        "queued": ("running", "paused", "failed", "cancelled"),
        "running": ("queued",),
        "succeeded": ("running",),
        "failed": ("queued", "running"),
        "paused": ("queued", "running"),
        "cancelled": ("queued", "running", "paused"),
    }
    with pytest.raises(IllegalMove):
        states_before("published")
