"""Answers that are streamed: told as they come, and a broken stream fails like any failure."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from threading import Event, Timer
from typing import Any

import pytest

from app.ai import attempts
from app.ai.call_context import CallCancelled
from app.ai.client.completions import AnswerBroken, ErrorInside, NotACompletion
from app.ai.client.openai_client import forget_dialects
from app.ai.client.streamed import StreamedCompletion, lines_of, read_events
from app.ai.markup.block_html import plain_text
from app.ai.tasks.draft import DRAFT, DraftRequest
from app.core.errors import DomainError
from tests.factories.models import asking as question
from tests.factories.models import endpoint_at
from tests.fakes.openai_server import FakeOpenAI

TEXT = "A long text, long enough to come in many pieces. " * 4
REST = {"title": "Moka", "excerpt": "", "seo_title": "", "seo_description": "", "focus_keywords": []}


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "WAITS", (0.0, 0.0))


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    forget_dialects()
    with FakeOpenAI() as server:
        for _ in range(4):
            server.answer_next({**REST, "content_html": TEXT})
        yield server


def draft(server: FakeOpenAI, **options: Any) -> tuple[str, str]:
    """The text of the draft, and the raw answer."""
    result, raw = question(DRAFT, DraftRequest(title="Moka"), **options).answer([endpoint_at(server.url)])
    return plain_text(result.content_html), raw


def nothing(text: str) -> None:
    """Somebody watches."""


def test_the_text_so_far_is_told_as_it_comes(server: FakeOpenAI) -> None:
    texts: list[str] = []
    text, raw = draft(server, on_text=texts.append)
    assert text == TEXT.strip()
    assert len(texts) > 5
    assert texts[-1] == raw
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))


def test_calls_to_one_endpoint_share_a_connection_until_one_breaks_off(server: FakeOpenAI) -> None:
    draft(server)
    draft(server)
    server.fail_next("drop")
    draft(server)
    first, second, _dropped, after = (request.port for request in server.requests)
    assert first == second
    assert after != first


def test_without_a_listener_nothing_is_streamed(server: FakeOpenAI) -> None:
    draft(server)
    assert "stream" not in server.requests[0].body


@pytest.mark.parametrize("trouble", ["break", "429", "error event", "garbage"])
def test_a_stream_that_breaks_in_the_middle_is_asked_for_again(server: FakeOpenAI, trouble: str) -> None:
    server.stream.trouble = trouble
    texts: list[str] = []
    text, _ = draft(server, on_text=texts.append)
    assert text == TEXT.strip()
    assert len(server.requests) == 2
    assert any(len(later) < len(earlier) for earlier, later in pairwise(texts))


@pytest.mark.parametrize("trouble", ["stall", "keep-alive"])
def test_a_stream_that_stalls_is_cut_off_and_asked_for_again(server: FakeOpenAI, trouble: str) -> None:
    server.stream.trouble, server.stream.stall_seconds = trouble, 30
    started = time.monotonic()
    text, _ = draft(server, timeout=0.5, on_text=nothing)
    assert text == TEXT.strip()
    assert time.monotonic() - started < server.stream.stall_seconds


def test_a_stream_that_always_breaks_is_a_failure_that_passes(server: FakeOpenAI) -> None:
    server.stream.trouble, server.stream.breaks = "429", 9
    with pytest.raises(DomainError) as failed:
        draft(server, on_text=nothing)
    assert failed.value.code == "AI_RATE_LIMITED"


def test_only_what_a_model_says_begins_its_answer() -> None:
    answer = StreamedCompletion()
    answer.add("", '{"choices": [{"delta": {"role": "assistant", "content": ""}}]}')
    assert not answer.has_begun
    with pytest.raises(AnswerBroken):
        answer.add("", "<html>502</html>")
    answer.add("", '{"choices": [{"delta": {"reasoning_content": "{\\"a\\": 1}"}}]}')
    assert answer.has_begun
    answer.add("", "[DONE]")
    assert answer.completion().text == '{"a": 1}'


def test_a_stall_after_the_role_ends_with_the_time_for_the_first_word(server: FakeOpenAI) -> None:
    server.stream.trouble = "stall after the role"
    limits = replace(DRAFT.limits, first_token_seconds=0.5)
    asking_of_it = question(replace(DRAFT, limits=limits), DraftRequest(title="Moka"), timeout=60, on_text=nothing)
    result, _raw = asking_of_it.answer([endpoint_at(server.url)])
    assert plain_text(result.content_html) == TEXT.strip()
    assert [attempt.error_code for attempt in asking_of_it.attempts] == ["AI_TIMEOUT", None]


def test_garbage_in_place_of_a_stream_is_not_an_ai_service() -> None:
    with pytest.raises(NotACompletion):
        StreamedCompletion().add("", "<html>502</html>")


def test_words_that_come_with_an_error_event_are_its_message() -> None:
    with pytest.raises(ErrorInside, match="upstream failed"):
        StreamedCompletion().add("error", "upstream failed")


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_where_events_say_whatever_the_text_holds(end: str, size: int) -> None:
    lines = ["data: Grüße 🙂", "", "data: a\u2028b\u2029c\x85d", "", "data: [DONE]"]
    stream = end.join(lines).encode()
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert list(lines_of(pieces)) == lines
    assert list(lines_of([*pieces, end.encode()])) == lines


@pytest.mark.parametrize("habit", ["ignored", "unsupported", "no usage"])
def test_endpoints_that_stream_otherwise_are_understood(server: FakeOpenAI, habit: str) -> None:
    server.stream.is_ignored = habit == "ignored"
    server.stream.is_supported = habit != "unsupported"
    server.stream.gives_usage = habit != "no usage"
    text, _ = draft(server, on_text=nothing)
    assert text == TEXT.strip()
    asked = len(server.requests)
    draft(server, on_text=nothing)
    assert len(server.requests) == asked + 1  # what it takes is remembered


def test_cancel_cuts_the_connection(server: FakeOpenAI) -> None:
    server.stream.pause, server.stream.closed_by_reader = 0.2, Event()
    cancelled = Event()
    Timer(0.5, cancelled.set).start()
    with pytest.raises(CallCancelled):
        draft(server, on_text=nothing, cancelled=cancelled.is_set)
    assert server.stream.closed_by_reader.wait(60)
    assert len(server.requests) == 1


def test_cancel_also_ends_an_answer_that_is_not_streamed(server: FakeOpenAI) -> None:
    server.fail_next("timeout", seconds=30)
    started = time.monotonic()
    cancelled = Event()
    Timer(0.3, cancelled.set).start()
    with pytest.raises(CallCancelled):
        draft(server, cancelled=cancelled.is_set)
    assert time.monotonic() - started < 10


def test_events_of_several_lines_comments_and_names_are_read() -> None:
    lines = [": hello", "", "event: error", "data:a", "data: b", "", "data: [DONE]"]
    assert list(read_events(lines)) == [("error", "a\nb"), ("", "[DONE]")]
