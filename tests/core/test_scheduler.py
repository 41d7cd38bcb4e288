"""Periodic work is handed out once a tick, however many schedulers run."""

import threading
from datetime import timedelta

from flask import Flask

from app.core.clock import utcnow
from app.core.scheduler import Periodic, away_before, claim_tick, run_due, run_forever
from app.extensions import db
from jobs.schedule import PERIODIC


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
    run_due(
        [
            Periodic("bad", timedelta(seconds=1), lambda: 1 / 0),
            Periodic("good", timedelta(seconds=1), lambda: done.append("good")),
        ]
    )
    assert done == ["good"]


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
    assert len({job.name for job in PERIODIC}) == len(PERIODIC)
    for job in PERIODIC:
        job.call()
        db.session.remove()


def test_an_outage_of_all_schedulers_is_noticed_once(app: Flask) -> None:
    now = utcnow()
    moments = [now, now + timedelta(seconds=5), now + timedelta(hours=8), now + timedelta(hours=8, seconds=5)]
    gaps = [away_before("noticed", moment) for moment in moments]
    assert gaps == [timedelta(0), timedelta(seconds=5), timedelta(hours=8, seconds=-5), timedelta(seconds=5)]
