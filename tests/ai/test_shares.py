"""Accounts with more shares are served more often by a model, and work longer at a time; nobody waits for good."""

import threading
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app.accounts.models import Account
from app.ai.call_context import CallCancelled, CallFailed
from app.ai.endpoints import Endpoint
from app.ai.limits.gate import EndpointGate
from app.billing import plans
from app.billing.models import BillingAccount
from app.core import shares
from app.core.extensions import db
from app.core.queue import queue_of, redis_connection
from app.core.row_security import within
from app.core.runs import Run, turns
from app.core.runs.turns import TURN_SECONDS, Turn
from tests.ai.test_limits import SLOW, slot, soon
from tests.factories.live import wait_for
from tests.factories.people import make_account

REQUESTS = f"igny8:ai:model:{SLOW.key}:requests"


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    shares.forget_shares()
    yield
    shares.forget_shares()


def make_big(account: Account) -> Account:
    """Its plan has three shares."""
    db.session.add(BillingAccount(account_id=account.id, plan="agency", source="local"))
    db.session.commit()
    return account


def served_in_turn(app: Flask, rounds: int, asking: dict[int, int]) -> list[int]:
    """Whose calls are let through, one by one, while so many threads of each account ask without end."""
    served: list[int] = []
    done = threading.Event()

    def keep_asking(account_id: int) -> None:
        while not done.is_set():
            with app.app_context(), within(account_id):
                try:
                    with slot(account_id, SLOW, until=soon(0.5), cancelled=done.is_set):
                        served.append(account_id)
                except (CallFailed, CallCancelled):
                    continue

    threads = [
        threading.Thread(target=keep_asking, args=(name,)) for name, number in asking.items() for _ in range(number)
    ]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: len(served) == 1, what="the first call")
        for number in range(1, rounds):
            wait_for(lambda: waiting() == set(asking), what="all accounts wait")
            redis_connection().delete(REQUESTS)  # the minute is over
            wait_for(lambda more=number + 1: len(served) >= more, what="the next call")
    finally:
        done.set()
        for thread in threads:
            thread.join(10)
    return served[:rounds]


def waiting() -> set[int]:
    return {int(name) for name in redis_connection().zrange(f"igny8:ai:model:{SLOW.key}:waiting", 0, -1)}


@pytest.mark.parametrize(("big_asks", "small_asks"), [(5, 1), (1, 5)])
def test_three_shares_are_served_three_times_as_often_and_one_share_is_never_starved(
    app: Flask, account: Account, big_asks: int, small_asks: int
) -> None:
    big, small = make_big(account).id, make_account("Small").id
    served = served_in_turn(app, 20, {big: big_asks, small: small_asks})
    assert served.count(small) in (4, 5, 6), served
    gaps = [later - earlier for earlier, later in pairwise(at for at, name in enumerate(served) if name == small)]
    assert max(gaps) <= 5, served


def test_who_was_away_has_saved_up_no_turns(app: Flask, account: Account) -> None:
    """An account that asks again after a long time is served in turn from then on, not for all that it left out."""
    other, back = account.id, make_account("Back").id
    turn_times = f"igny8:ai:model:{SLOW.key}:turns"
    for account_id in (back, *[other] * 30):
        redis_connection().delete(REQUESTS)
        with slot(account_id, SLOW, until=soon()):
            pass
    redis_connection().delete(REQUESTS)
    served = served_in_turn(app, 10, {other: 1, back: 1})
    assert served.count(other) in (4, 5, 6), served
    assert redis_connection().zscore(turn_times, "served") >= 30


def test_shares_come_from_the_plan_and_are_one_without(account: Account) -> None:
    assert shares.shares_of(account.id) == 1
    shares.forget_shares()
    assert shares.shares_of(make_big(account).id) == plans.PLANS["agency"].shares == 3


def test_what_is_known_of_an_account_is_asked_again_after_a_minute(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _clock(monkeypatch, shares)
    assert shares.shares_of(account.id) == 1
    make_big(account)
    clock.now += 59
    assert shares.shares_of(account.id) == 1
    clock.now += 2
    assert shares.shares_of(account.id) == 3


def _clock(monkeypatch: pytest.MonkeyPatch, module: Any) -> SimpleNamespace:
    """A clock that the test moves on, in place of the module's."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.mark.parametrize(("is_big", "seconds"), [(True, 3 * TURN_SECONDS), (False, TURN_SECONDS)])
def test_a_turn_at_a_worker_is_as_long_as_the_shares(
    account: Account, monkeypatch: pytest.MonkeyPatch, is_big: bool, seconds: float
) -> None:
    if is_big:
        make_big(account)
    run = Run(account_id=account.id, kind="t", title="Work", job="jobs.none", state="running", queue="default")
    db.session.add(run)
    db.session.commit()
    queue_of("default").enqueue("jobs.none", job_id="somebody")
    clock = _clock(monkeypatch, turns)
    context: Any = SimpleNamespace(run=run, run_id=run.id)
    turn = Turn(context)
    clock.now += seconds - 1
    assert not turn.is_over()
    clock.now += 2
    assert turn.is_over()


def test_the_gate_asks_with_the_shares_of_the_account(account: Account) -> None:
    endpoint = Endpoint("OpenAI", "gpt-5", None, "key", requests_per_minute=100)
    turn_times = f"igny8:ai:model:{endpoint.key}:turns"
    with EndpointGate(make_big(account).id).passed(endpoint, soon()):
        pass
    assert redis_connection().zscore(turn_times, account.id) == pytest.approx(1 / 3)
