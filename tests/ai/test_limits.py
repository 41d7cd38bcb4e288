"""Calls at once and requests a minute, over threads and processes, with a real Redis."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from app.accounts.models import Account
from app.ai.call_context import CallCancelled, CallFailed
from app.ai.calls.models import AiSettings
from app.ai.endpoints import Endpoint
from app.ai.limits import lease_keeper, slots
from app.ai.limits.gate import EndpointGate
from app.config import ROOT
from app.core.extensions import db
from app.core.http_stream import never
from app.core.queue import redis_connection
from app.core.row_security import within
from tests.conftest import Engines
from tests.factories.people import make_account

ENDPOINT = Endpoint("OpenAI", "gpt-5-mini", None, "key", requests_per_minute=1000)
SLOW = Endpoint("OpenAI", "gpt-5", None, "key", requests_per_minute=1)
HOLDER = """
import sys, time
from app import create_app
from app.ai.limits import lease_keeper, slots
from app.ai.limits.gate import EndpointGate
from app.ai.endpoints import Endpoint
from app.core.row_security import act_for
slots.LEASE_SECONDS = lease_keeper.LEASE_SECONDS = 3
lease_keeper.BEAT_SECONDS = 0.2
with create_app().app_context():
    act_for(int(sys.argv[1]))
    with EndpointGate(int(sys.argv[1])).passed(Endpoint("OpenAI", "gpt-5-mini", None, "key"), time.monotonic() + 20):
        print("held", flush=True)
        time.sleep(60)
"""


@pytest.fixture
def one_place(account: Account) -> int:
    """An account that allows itself one call at a time."""
    db.session.add(AiSettings(account_id=account.id, concurrency=1))
    db.session.commit()
    return account.id


@pytest.fixture
def away(app: Flask) -> Iterator[None]:
    """Redis does not answer; afterwards it does, and no process is thought to be alone."""
    address = app.config["REDIS_URL"]
    app.config["REDIS_URL"] = "redis://127.0.0.1:1/0"
    yield
    app.config["REDIS_URL"] = address
    slots._state = slots._State()


def soon(seconds: float = 10.0) -> float:
    return time.monotonic() + seconds


def slot(
    account_id: int, endpoint: Endpoint, *, until: float, cancelled: Callable[[], bool] = never
) -> AbstractContextManager[None]:
    return EndpointGate(account_id, is_cancelled=cancelled).passed(endpoint, until)


def is_busy(account_id: int, endpoint: Endpoint = ENDPOINT) -> bool:
    try:
        with slot(account_id, endpoint, until=soon(0)):
            return False
    except CallFailed as failed:
        return failed.error.code == "AI_BUSY"


def test_the_place_is_free_again_after_the_call(one_place: int) -> None:
    with slot(one_place, ENDPOINT, until=soon()):
        assert is_busy(one_place)
    assert not is_busy(one_place)
    with pytest.raises(ZeroDivisionError), slot(one_place, ENDPOINT, until=soon()):
        _ = 1 / 0
    assert not is_busy(one_place)


def test_without_settings_eight_calls_are_made_at_once(app: Flask, account: Account) -> None:
    most, now, lock = Counter[str](), Counter[str](), threading.Lock()

    def call() -> None:
        with app.app_context(), within(account_id), slot(account_id, ENDPOINT, until=soon(30)):
            with lock:
                now["calls"] += 1
                most["calls"] = max(most["calls"], now["calls"])
            time.sleep(0.05)
            with lock:
                now["calls"] -= 1

    account_id = account.id
    threads = [threading.Thread(target=call) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most["calls"] == 8


def test_another_account_has_places_of_its_own(one_place: int) -> None:
    with slot(one_place, ENDPOINT, until=soon()):
        assert not is_busy(make_account("Other").id)


def test_a_model_takes_so_many_requests_a_minute_from_all_accounts_together(account: Account) -> None:
    endpoint = Endpoint("OpenAI", "gpt-5", None, "key", requests_per_minute=3)
    assert [is_busy(make_account().id, endpoint) for _ in range(3)] == [False, False, False]
    assert is_busy(account.id, endpoint)
    assert not is_busy(account.id, ENDPOINT)


def test_the_minute_slides(account: Account) -> None:
    key = f"igny8:ai:model:{SLOW.key}:requests"
    assert not is_busy(account.id, SLOW)
    [(token, at)] = redis_connection().zrange(key, 0, -1, withscores=True)
    redis_connection().zadd(key, {token: at - 59_000})
    assert is_busy(account.id, SLOW)
    redis_connection().zadd(key, {token: at - 60_001})
    assert not is_busy(account.id, SLOW)


def test_a_killed_process_frees_its_place(one_place: int, engines: Engines) -> None:
    command = [sys.executable, "-c", HOLDER, str(one_place)]
    environment = {**os.environ, **engines.environment()}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        time.sleep(3.5)  # longer than its lease, which it keeps
        assert is_busy(one_place)
        holder.send_signal(signal.SIGKILL)
        with slot(one_place, ENDPOINT, until=soon(60)):
            pass


def test_a_place_is_kept_for_longer_than_its_lease(one_place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_keeper, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(lease_keeper, "LEASE_SECONDS", 2)
    monkeypatch.setattr(slots, "LEASE_SECONDS", 2)
    monkeypatch.setattr(slots, "keeper", lease_keeper.LeaseKeeper())
    with slot(one_place, ENDPOINT, until=soon()):
        end = soon(2.6)
        while time.monotonic() < end:
            assert is_busy(one_place)
            time.sleep(0.1)


def test_a_clock_of_redis_that_was_set_back_locks_nobody_out(one_place: int) -> None:
    redis, later = redis_connection(), (time.time() + 3600) * 1000
    redis.zadd(f"igny8:ai:places:{one_place}", {"of an hour later": later})
    redis.zadd(f"igny8:ai:model:{SLOW.key}:requests", {"of an hour later": later})
    redis.zadd(f"igny8:ai:model:{SLOW.key}:waiting", {"4711": later})
    assert not is_busy(one_place, SLOW)


def test_the_clock_of_a_worker_does_not_matter(one_place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with slot(one_place, ENDPOINT, until=soon()):
        monkeypatch.setattr(time, "time", lambda: 4e9)
        assert is_busy(one_place)
    assert not is_busy(one_place)


def test_who_waits_stops_waiting_when_it_is_cancelled(one_place: int) -> None:
    answers = iter([False, False, True])
    waiting = slot(one_place, ENDPOINT, until=soon(), cancelled=lambda: next(answers))
    with slot(one_place, ENDPOINT, until=soon()), pytest.raises(CallCancelled), waiting:
        raise AssertionError


def test_who_finds_no_place_in_time_is_told_what_to_do(one_place: int) -> None:
    late = slot(one_place, ENDPOINT, until=soon(0.1))
    with slot(one_place, ENDPOINT, until=soon()), pytest.raises(CallFailed) as busy, late:
        raise AssertionError
    assert busy.value.error.code == "AI_BUSY"
    assert busy.value.error.retryable
    assert busy.value.passes


def test_a_thousand_waiting_calls_of_one_account_do_not_starve_another(app: Flask) -> None:
    """Of requests that come free one by one, two accounts get the same share, whoever asks more often."""
    endpoint = Endpoint("OpenAI", "gpt-5", None, "key", requests_per_minute=1)
    requests = f"igny8:ai:model:{endpoint.key}:requests"
    many, few = make_account("Many").id, make_account("Few").id
    served: list[int] = []
    done = threading.Event()

    def keep_asking(account_id: int) -> None:
        while not done.is_set():
            with app.app_context(), within(account_id):
                try:
                    with slot(account_id, endpoint, until=soon(0.5), cancelled=done.is_set):
                        served.append(account_id)
                except (CallFailed, CallCancelled):
                    continue

    threads = [threading.Thread(target=keep_asking, args=(name,)) for name in [many] * 7 + [few]]
    for thread in threads:
        thread.start()
    end = soon(30)
    while len(served) < 12 and time.monotonic() < end:
        time.sleep(0.5)  # all have said that they wait
        redis_connection().delete(requests)  # the minute is over
    done.set()
    for thread in threads:
        thread.join(10)
    assert served[:12].count(few) in (5, 6, 7), served


def test_who_died_waiting_holds_nobody_up(account: Account) -> None:
    waiting, turns = (f"igny8:ai:model:{SLOW.key}:{name}" for name in ("waiting", "turns"))
    redis_connection().zadd(waiting, {"4711": time.time() * 1000 + 900})
    redis_connection().zadd(turns, {str(account.id): 5})
    assert is_busy(account.id, SLOW)  # it is the other's turn
    with slot(account.id, SLOW, until=soon(5)):
        pass


@pytest.mark.usefixtures("away")
def test_without_redis_a_process_counts_for_itself(one_place: int) -> None:
    with slot(one_place, SLOW, until=soon()):
        assert is_busy(one_place)
    assert not is_busy(one_place)
    assert is_busy(one_place, SLOW)
    assert not is_busy(make_account().id)


def test_redis_that_forgets_everything_during_a_call_stops_nothing(one_place: int) -> None:
    with slot(one_place, ENDPOINT, until=soon()):
        redis_connection().delete(f"igny8:ai:places:{one_place}")
    assert not is_busy(one_place)
