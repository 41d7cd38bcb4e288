"""The circuit breaker: when it stops calls, for whom, and how it lets them through again."""

import os
import subprocess
import sys
import time

import pytest
from flask import Flask

from app.ai.call_context import EndpointPaused
from app.ai.endpoints import Endpoint
from app.ai.limits import breaker, slots
from app.config import ROOT
from app.core.queue import redis_connection
from tests.conftest import Engines
from tests.factories.races import race

ENDPOINT = Endpoint("OpenAI", "gpt-5-mini", None, "key")
OTHER = Endpoint("OpenAI", "gpt-5", None, "key")
KEY = breaker.redis_key(ENDPOINT)
ASKER = """
from app import create_app
from tests.ai.test_breaker import ENDPOINT, is_open
with create_app().app_context():
    print(is_open(ENDPOINT))
"""


def is_open(endpoint: Endpoint) -> bool:
    """Whether nobody may call the endpoint; who gets False from one that was open is its one trial."""
    try:
        slots.take_slot(1, endpoint, until=0, places=100)
    except EndpointPaused:
        return True
    return False


def fail(times: int, *, lasting: bool = False) -> None:
    for _ in range(times):
        breaker.failed(ENDPOINT, lasting)


def pass_time() -> None:
    """Let the endpoint's time be over."""
    redis_connection().hset(KEY, "open_until", int(time.time() * 1000) - 1)


def seconds_open() -> int:
    until = redis_connection().hget(KEY, "open_until")
    return round((int(until or 0) / 1000) - time.time())


def test_five_failures_within_a_minute_stop_the_calls(app: Flask) -> None:
    fail(4)
    assert not is_open(ENDPOINT)
    fail(1)
    assert is_open(ENDPOINT)
    assert not is_open(OTHER)
    assert seconds_open() == 30


def test_failures_of_an_hour_do_not_add_up(app: Flask) -> None:
    fail(4)
    redis = redis_connection()
    for member in redis.zrange(f"{KEY}:failures", 0, -1):
        redis.zadd(f"{KEY}:failures", {member: (time.time() - 61) * 1000})
    fail(4)
    assert not is_open(ENDPOINT)


def test_an_endpoint_that_fails_now_and_then_goes_on(app: Flask) -> None:
    for _ in range(20):
        fail(1)
        breaker.succeeded(ENDPOINT)
    assert not is_open(ENDPOINT)


def test_a_failure_that_lasts_stops_the_calls_at_once(app: Flask) -> None:
    fail(1, lasting=True)
    assert is_open(ENDPOINT)


def test_after_its_time_one_call_of_all_workers_is_let_through(app: Flask, engines: Engines) -> None:
    fail(1, lasting=True)
    pass_time()
    command, environment = [sys.executable, "-c", ASKER], {**os.environ, **engines.environment()}
    others = [subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    answers = [other.communicate(timeout=60)[0].decode().strip() == "True" for other in others]
    answers += race(app, lambda number: is_open(ENDPOINT), 6)
    assert sorted(answers) == [False] + [True] * 7


def test_the_trial_that_works_lets_all_through(app: Flask) -> None:
    fail(1, lasting=True)
    pass_time()
    assert not is_open(ENDPOINT)
    breaker.succeeded(ENDPOINT)
    assert not is_open(ENDPOINT)
    assert not is_open(ENDPOINT)
    fail(4)
    assert not is_open(ENDPOINT)  # it begins anew
    fail(1)
    assert seconds_open() == 30


def test_a_trial_that_fails_doubles_the_time_to_ten_minutes(app: Flask) -> None:
    times = []
    for _ in range(7):
        fail(1, lasting=True)
        times.append(seconds_open())
        pass_time()
        assert not is_open(ENDPOINT)
    assert times == [30, 60, 120, 240, 480, 600, 600]


def test_one_failed_trial_is_enough(app: Flask) -> None:
    fail(5)
    pass_time()
    assert not is_open(ENDPOINT)
    fail(1)
    assert is_open(ENDPOINT)
    assert seconds_open() == 60


def test_failures_of_calls_that_went_out_before_count_no_more(app: Flask) -> None:
    fail(30)
    assert seconds_open() == 30


def test_a_trial_without_a_result_lets_the_next_one_try(app: Flask) -> None:
    fail(1, lasting=True)
    breaker.undecided(ENDPOINT)
    assert is_open(ENDPOINT)
    pass_time()
    assert [is_open(ENDPOINT) for _ in range(2)] == [False, True]
    breaker.undecided(ENDPOINT)
    assert [is_open(ENDPOINT) for _ in range(2)] == [False, True]
    redis_connection().hset(KEY, "probe_until", int(time.time() * 1000) - 1)  # its process was killed
    assert not is_open(ENDPOINT)


def test_a_clock_of_redis_that_was_set_back_keeps_nothing_shut(app: Flask) -> None:
    fail(1, lasting=True)
    redis_connection().hset(KEY, "open_until", int(time.time() * 1000) + 3_600_000)
    assert not is_open(ENDPOINT)


def test_without_redis_nothing_is_stopped(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(1, lasting=True)
    monkeypatch.setitem(app.config, "REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(slots, "_state", slots._State())
    fail(5)
    breaker.succeeded(ENDPOINT)
    assert not is_open(ENDPOINT)
