"""Periodic work is handed out once a tick, however many schedulers run."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.scheduler import Periodic, Timetable, claim_tick, run_forever, time_since_last_call
from jobs.schedule import periodic_jobs


class Clock:
    """Both clocks of the scheduler, moved by hand."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.wall = utcnow()

    def sleep(self, seconds: float) -> None:
        self.passed += seconds
        self.wall += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("app.core.scheduler.time", SimpleNamespace(monotonic=lambda: made.passed))
    monkeypatch.setattr("app.core.scheduler.utcnow", lambda: made.wall)
    return made


class Counted:
    """A job that counts how often it was run."""

    def __init__(self, name: str, seconds: int) -> None:
        self.count = 0
        self.job = Periodic(name, timedelta(seconds=seconds), self._call)

    def _call(self) -> None:
        self.count += 1


def test_a_tick_goes_to_one_of_many_schedulers(app: Flask) -> None:
    job = Periodic("often", timedelta(minutes=1), lambda: None)
    now, got, gate = utcnow(), list[bool](), threading.Barrier(5)

    def scheduler() -> None:
        with app.app_context():
            gate.wait()
            got.append(claim_tick(job, now))

    for moment in (now, now + timedelta(seconds=59), now + timedelta(seconds=61)):
        now = moment
        threads = [threading.Thread(target=scheduler) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert got.count(True) == 2


def test_a_job_that_fails_does_not_stop_the_others(app: Flask) -> None:
    done: list[str] = []
    bad = Periodic("bad", timedelta(seconds=1), lambda: 1 / 0)
    good = Periodic("good", timedelta(seconds=1), lambda: done.append("good"))
    Timetable([bad, good]).run_due()
    assert done == ["good"]


def test_a_process_sleeps_until_something_is_due(app: Flask, clock: Clock) -> None:
    often, seldom = Counted("often", 2), Counted("seldom", 10)
    timetable = Timetable([often.job, seldom.job])
    looked = 0
    while clock.passed < 60:
        timetable.run_due()
        clock.sleep(timetable.seconds_to_sleep())
        looked += 1
    assert (often.count, seldom.count) == (30, 6)
    assert looked == 30  # what falls together wakes the process up once


def test_two_processes_share_the_ticks(app: Flask, clock: Clock) -> None:
    often = Counted("often", 2)
    tables = [Timetable([often.job]), Timetable([often.job])]
    while clock.passed < 60:
        for timetable in tables:
            timetable.run_due()
        clock.sleep(min(timetable.seconds_to_sleep() for timetable in tables))
    assert 29 <= often.count <= 31


def test_what_took_long_is_made_up_for_at_once_and_once(app: Flask, clock: Clock) -> None:
    often = Counted("often", 2)
    slow = Periodic("slow", timedelta(hours=1), lambda: clock.sleep(31))
    timetable = Timetable([slow, often.job])
    timetable.run_due()
    assert often.count == 1
    assert timetable.seconds_to_sleep() <= 2


@pytest.mark.parametrize("jump", [timedelta(hours=3), -timedelta(hours=3)], ids=["forward", "back"])
def test_a_clock_that_is_set_does_not_stop_the_work(app: Flask, clock: Clock, jump: timedelta) -> None:
    often = Counted("often", 2)
    timetable = Timetable([often.job])
    timetable.run_due()
    clock.wall += jump
    while clock.passed < 20:
        clock.sleep(timetable.seconds_to_sleep())
        timetable.run_due()
    assert often.count >= 10


def test_the_loop_ends_when_told(app: Flask) -> None:
    stop, calls = threading.Event(), list[int]()

    def work() -> None:
        calls.append(1)
        stop.set()

    thread = threading.Thread(target=run_forever, args=(app, [Periodic("once", timedelta(days=1), work)], stop))
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert calls == [1]


def test_the_list_of_periodic_jobs_runs(app: Flask) -> None:
    assert len({job.name for job in periodic_jobs()}) == len(periodic_jobs())
    for job in periodic_jobs():
        job.run()
        db.session.remove()


def test_an_outage_of_all_schedulers_is_noticed_once(app: Flask) -> None:
    now = utcnow()
    moments = [now, now + timedelta(seconds=5), now + timedelta(hours=8), now + timedelta(hours=8, seconds=5)]
    gaps = [time_since_last_call("noticed", moment) for moment in moments]
    assert gaps == [timedelta(0), timedelta(seconds=5), timedelta(hours=8, seconds=-5), timedelta(seconds=5)]
