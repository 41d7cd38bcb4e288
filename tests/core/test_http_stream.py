"""Answers that are read while they come are guarded and bounded as whole ones are."""

import time
from threading import Event, Timer

import pytest

from app.core import http, http_stream
from app.core.http_stream import Patience
from tests.core.test_http import serving


def read(url: str, seconds: float = 5, allowed: tuple[str, ...] = ("127.0.0.1",), **options: object) -> bytes:
    with http.make_session(allowed) as session:
        patience = options.pop("patience", None) or Patience(time.monotonic() + seconds)
        answer = http_stream.stream(session, "GET", url, headers={}, data=None, patience=patience, **options)
        try:
            return b"".join(answer.chunks())
        finally:
            answer.close()


def kind_of(url: str, **options: object) -> str:
    with pytest.raises(http.OutboundError) as caught:
        read(url, **options)
    assert caught.value.message.endswith(".")
    return caught.value.kind


def test_a_body_is_given_as_it_comes() -> None:
    with serving() as base:
        assert read(base) == b"hello"


def test_private_addresses_and_other_schemes_are_blocked() -> None:
    with serving() as base:
        assert kind_of(base, allowed=()) == "blocked"
    assert kind_of("file:///etc/passwd") == "blocked"
    assert kind_of("http://user@127.0.0.1/") == "blocked"


def test_a_redirect_is_not_followed() -> None:
    with serving() as base:
        assert read(f"{base}/to-private") == b""


def test_too_much_is_given_up() -> None:
    with serving() as base:
        assert kind_of(f"{base}/flood", max_bytes=100_000) == "too_large"


def test_what_trickles_beyond_its_time_is_cut_off() -> None:
    started = time.monotonic()
    with serving() as base:
        assert kind_of(f"{base}/trickle", seconds=0.5) == "timeout"
    assert time.monotonic() - started < 30  # the whole trickle lasts 40 s


def test_what_nobody_wants_any_more_is_cut_off() -> None:
    cancelled = Event()
    Timer(0.3, cancelled.set).start()
    started = time.monotonic()
    with serving() as base:
        assert kind_of(f"{base}/trickle", patience=Patience(started + 60, cancelled.is_set)) == "timeout"
    assert time.monotonic() - started < 30  # the whole trickle lasts 40 s


def test_a_refused_connection_is_told() -> None:
    with serving() as base:
        pass
    assert kind_of(base) == "refused"


def test_one_who_cannot_say_whether_it_is_cancelled_keeps_nobody_from_being_cut_off() -> None:
    def broken() -> bool:
        raise ValueError

    with serving() as base, http.make_session(["127.0.0.1"]) as session:
        patience = Patience(time.monotonic() + 60, broken)
        other = http_stream.stream(session, "GET", f"{base}/trickle", headers={}, data=None, patience=patience)
        assert kind_of(f"{base}/trickle", seconds=0.5) == "timeout"
        other.close()
