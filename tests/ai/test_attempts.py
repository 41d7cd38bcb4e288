"""One endpoint is asked: what is tried again, what is asked for once more, and what a person is told."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from app.ai import attempts
from app.ai.calls import spending
from app.ai.client import openai_client
from app.ai.prices import cost_micros
from app.ai.tasks.cluster_names import CLUSTER_NAMES
from app.ai.tasks.draft import DRAFT, DraftRequest
from app.ai.tasks.ideas import IDEAS, IdeasRequest
from app.ai.values import KeywordInput
from app.core.errors import DomainError
from tests.factories.models import ask, endpoint_at, names_request, recorded_waits
from tests.factories.models import asking as question
from tests.fakes.openai_server import KEY, FakeOpenAI

MOKA = ["moka pot", "moka recipe"]


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "WAITS", (0.0, 0.0))


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    openai_client.forget_dialects()
    with FakeOpenAI() as fake:
        yield fake


def name_moka(server: FakeOpenAI, **options: object) -> str:
    return str(ask(server, CLUSTER_NAMES, names_request(MOKA), **options).names[0].name)


def test_ideas_are_new_and_aimed_at_known_keywords(server: FakeOpenAI) -> None:
    idea = {"description": "d", "content_type": "Article", "content_structure": "Review", "primary_keyword": "other"}
    titles = ["Seen before", "Fresh", "FRESH!", "Second"]
    server.answer_next({"ideas": [{"title": title, **idea} for title in titles]})
    request = IdeasRequest(
        cluster_name="Moka",
        existing_titles=["seen BEFORE"],
        count=5,
        keywords=[KeywordInput(text="moka pot", volume=1)],
    )
    found = ask(server, IDEAS, request).ideas
    assert [(idea.title, idea.primary_keyword) for idea in found] == [("Fresh", "moka pot"), ("Second", "moka pot")]


def test_a_draft_is_cleaned_wrapped_in_blocks_and_cut_to_length(server: FakeOpenAI) -> None:
    draft = ask(server, DRAFT, DraftRequest(title="Moka pots", primary_keyword="moka pot"))
    assert "<script" not in draft.content_html
    assert "onclick" not in draft.content_html
    assert "alert" not in draft.content_html
    assert draft.content_html.startswith("<!-- wp:paragraph -->\n<p>All about moka pot.</p>\n<!-- /wp:paragraph -->")
    assert '<h2 class="wp-block-heading">Why moka pot</h2>' in draft.content_html
    assert len(draft.seo_title) <= 60
    assert len(draft.seo_description) <= 155
    assert draft.focus_keywords == ["moka pot", "another"]
    assert not draft.is_outline


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop"])
def test_passing_faults_are_tried_again(server: FakeOpenAI, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    waits = recorded_waits(monkeypatch)
    server.fail_next(kind, times=2)
    assert name_moka(server) == "Moka Pot"
    assert len(server.requests) == 3
    assert waits == [1.0, 4.0]


def test_a_retry_after_is_kept_to_and_a_long_one_is_not_waited_for(
    server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = recorded_waits(monkeypatch)
    server.fail_next("429", seconds=7)
    name_moka(server)
    assert waits == [7.0]
    server.fail_next("429", seconds=3600)
    with pytest.raises(DomainError) as caught:
        name_moka(server)
    assert caught.value.code == "AI_RATE_LIMITED"
    assert len(waits) == 1


def test_a_timeout_ends_in_a_sentence(server: FakeOpenAI) -> None:
    server.fail_next("timeout", times=3, seconds=0.6)
    with pytest.raises(DomainError) as caught:
        name_moka(server, timeout=0.2)
    assert caught.value.code == "AI_TIMEOUT"
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("kind", "times", "code", "calls"),
    [
        ("401", 1, "AI_KEY_INVALID", 1),
        ("403", 1, "AI_FORBIDDEN", 1),
        ("404", 1, "AI_MODEL_MISSING", 1),
        ("400", 3, "AI_REQUEST_REFUSED", 3),
        ("quota", 1, "AI_NO_CREDIT", 1),
        ("429", 3, "AI_RATE_LIMITED", 3),
        ("500", 3, "AI_SERVICE_FAILED", 3),
        ("drop", 3, "AI_UNREACHABLE", 3),
        ("refusal", 1, "AI_REFUSED", 1),
        ("length", 1, "AI_ANSWER_TOO_LONG", 1),
        ("invalid_json", 2, "AI_ANSWER_INVALID", 2),
        ("wrong_schema", 2, "AI_ANSWER_INVALID", 2),
        ("empty", 2, "AI_ANSWER_INVALID", 2),
        ("html", 1, "AI_NOT_COMPATIBLE", 1),
    ],
)
def test_lasting_faults_say_what_to_do(server: FakeOpenAI, kind: str, times: int, code: str, calls: int) -> None:
    server.fail_next(kind, times=times)
    with pytest.raises(DomainError) as caught:
        name_moka(server)
    assert caught.value.code == code
    assert caught.value.message.strip()
    assert caught.value.cure.endswith(".")
    assert KEY not in str(caught.value.as_dict())
    assert len(server.requests) == calls


@pytest.mark.parametrize("kind", ["invalid_json", "wrong_schema", "empty"])
def test_an_unreadable_answer_is_asked_for_once_more(server: FakeOpenAI, kind: str) -> None:
    server.fail_next(kind)
    assert name_moka(server) == "Moka Pot"
    assert "schema" in server.requests[1].body["messages"][-1]["content"]


def test_a_wrong_key_is_named(server: FakeOpenAI) -> None:
    with pytest.raises(DomainError) as caught:
        ask(server, IDEAS, IdeasRequest(cluster_name="Moka"), key="sk-wrong")
    assert caught.value.code == "AI_KEY_INVALID"


def test_nothing_listens_there() -> None:
    with FakeOpenAI() as server:
        pass
    with pytest.raises(DomainError) as caught:
        ask(server, DRAFT, DraftRequest(title="Moka"))
    assert caught.value.code == "AI_UNREACHABLE"


NO_TEXT = {
    "title": "t",
    "content_html": "<script>x</script>",
    "excerpt": "",
    "seo_title": "",
    "seo_description": "",
    "focus_keywords": [],
}


def test_an_answer_that_has_its_form_and_does_not_serve_is_asked_for_once_more(server: FakeOpenAI) -> None:
    server.must_alternate = True
    server.answer_next(NO_TEXT)
    assert "All about Moka" in ask(server, DRAFT, DraftRequest(title="Moka")).content_html
    turns = server.requests[1].body["messages"]
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    assert "<script>x</script>" in turns[2]["content"]
    assert "holds no text" in turns[3]["content"]


def test_an_answer_without_text_is_refused(server: FakeOpenAI) -> None:
    server.answer_next(NO_TEXT)
    server.answer_next(NO_TEXT)
    with pytest.raises(DomainError) as caught:
        ask(server, DRAFT, DraftRequest(title="Moka"))
    assert caught.value.code == "AI_ANSWER_EMPTY"
    assert len(server.requests) == 2


@pytest.mark.parametrize("is_capped", [True, False])
def test_where_tokens_are_not_told_a_cap_counts_them_by_their_letters(is_capped: bool) -> None:
    with FakeOpenAI(models={"gpt-5-mini"}, habit="null usage") as server:
        asked = question(IDEAS, IdeasRequest(cluster_name="Moka", count=2), is_capped=is_capped)
        _, raw = asked.answer([endpoint_at(server.url, model="gpt-5-mini")])
    letters = len(asked.instructions) + len(asked.question)
    cost = cost_micros("gpt-5-mini", letters // 3 + 1, len(raw) // 3 + 1, server.url)
    assert asked.tokens.cost_micros == (cost if is_capped else None)
    assert (asked.tokens.sent, asked.tokens.answered) == (0, 0)


def test_what_came_of_a_stream_that_breaks_is_counted_where_money_is_capped() -> None:
    openai_client.forget_dialects()
    with FakeOpenAI(models={"gpt-5-mini"}) as server:
        server.stream.trouble = "break"
        request = IdeasRequest(cluster_name="Moka", count=9)
        asked = question(IDEAS, request, is_capped=True, tries=1, on_text=lambda text: None)
        with pytest.raises(DomainError):
            asked.answer([endpoint_at(server.url, model="gpt-5-mini")])
    assert asked.attempts[0].error_code == "AI_SERVICE_FAILED"
    assert asked.tokens.cost_micros


@pytest.mark.parametrize("says", ["content", "reasoning_content", "tool_calls"])
def test_all_that_a_broken_stream_says_is_counted_thoughts_and_arguments_too(says: str) -> None:
    openai_client.forget_dialects()
    with FakeOpenAI(models={"gpt-5-mini"}) as server:
        server.stream.trouble, server.stream.says = "break", says
        server.answer_next("x" * 6_000)
        request = IdeasRequest(cluster_name="Moka", count=9)
        asked = question(IDEAS, request, is_capped=True, tries=1, on_text=lambda text: None)
        with pytest.raises(DomainError):
            asked.answer([endpoint_at(server.url, model="gpt-5-mini")])
    letters = len(asked.instructions) + len(asked.question)
    assert asked.tokens.cost_micros == cost_micros("gpt-5-mini", letters // 3 + 1, 1_000, server.url)


@pytest.mark.parametrize(("is_capped", "attempts"), [(True, 2), (False, 3)])
def test_no_more_answers_are_paid_for_than_money_was_put_aside_for(is_capped: bool, attempts: int) -> None:
    openai_client.forget_dialects()
    with FakeOpenAI(models={"gpt-5-mini"}) as server:
        server.stream.trouble, server.stream.breaks = "break", 9
        request, endpoint = IdeasRequest(cluster_name="Moka", count=9), endpoint_at(server.url, model="gpt-5-mini")
        asked = question(IDEAS, request, is_capped=is_capped, on_text=lambda text: None)
        with pytest.raises(DomainError):
            asked.answer([endpoint])
    assert len(asked.attempts) == attempts
    if is_capped:
        prompt = len(asked.instructions) + len(asked.question)
        most = spending.worst_case_micros([endpoint], prompt, IDEAS.limits.answer_tokens)
        assert 0 < (asked.tokens.cost_micros or 0) <= most


def test_two_endpoints_whose_streams_break_cost_no_more_than_was_put_aside_for_both() -> None:
    openai_client.forget_dialects()
    with FakeOpenAI(models={"gpt-5-mini"}) as first, FakeOpenAI(models={"gpt-5-mini"}) as second:
        for server in (first, second):
            server.stream.trouble, server.stream.breaks = "break", 9
        request = IdeasRequest(cluster_name="Moka", count=9)
        asked = question(IDEAS, request, is_capped=True, on_text=lambda text: None)
        endpoints = [endpoint_at(server.url, model="gpt-5-mini") for server in (first, second)]
        with pytest.raises(DomainError):
            asked.answer(endpoints)
        assert [len(server.requests) for server in (first, second)] == [2, 1]
    prompt = len(asked.instructions) + len(asked.question)
    most = spending.worst_case_micros(endpoints, prompt, IDEAS.limits.answer_tokens)
    assert 0 < (asked.tokens.cost_micros or 0) <= most


SHORT = replace(IDEAS, limits=replace(IDEAS.limits, answer_tokens=200))


@pytest.mark.parametrize("gives_usage", [True, False])
@pytest.mark.parametrize("is_watched", [True, False])
def test_an_answer_that_cannot_be_limited_is_cut_at_what_was_put_aside(is_watched: bool, gives_usage: bool) -> None:
    openai_client.forget_dialects()
    with FakeOpenAI(models={"gpt-5-mini"}, limits=set()) as server:
        closed = server.stream.closed_by_reader = Event()
        server.stream.gives_usage, server.stream.pause = gives_usage, 0.002
        watched: dict[str, Any] = {"on_text": lambda text: None} if is_watched else {}
        asked = question(SHORT, IdeasRequest(cluster_name="Moka", count=30), is_capped=True, **watched)
        endpoint = endpoint_at(server.url, model="gpt-5-mini")
        with pytest.raises(DomainError) as refused:
            asked.answer([endpoint])
        assert closed.wait(10)
    assert refused.value.code == "AI_ANSWER_TOO_LONG"
    prompt = len(asked.instructions) + len(asked.question)
    assert asked.tokens.cost_micros == cost_micros("gpt-5-mini", prompt // 3 + 1, 200, server.url)
    assert (asked.tokens.cost_micros or 0) <= spending.worst_case_micros([endpoint], prompt, 200)


def test_an_answer_that_cannot_be_limited_and_is_short_serves() -> None:
    openai_client.forget_dialects()
    with FakeOpenAI(models={"gpt-5-mini"}, limits=set()) as server:
        asked = question(IDEAS, IdeasRequest(cluster_name="Moka", count=2), is_capped=True)
        result, _ = asked.answer([endpoint_at(server.url, model="gpt-5-mini")])
    assert len(result.ideas) == 2
    assert asked.tokens.answered == 22  # as the stream reports


def test_under_a_cap_an_endpoint_without_limit_and_stream_is_left_out() -> None:
    openai_client.forget_dialects()
    with FakeOpenAI(limits=set()) as odd, FakeOpenAI() as usual:
        odd.stream.is_supported = False
        request = IdeasRequest(cluster_name="Moka", count=2)
        asked = question(IDEAS, request, is_capped=True)
        asked.answer([endpoint_at(odd.url), endpoint_at(usual.url)])
        assert [attempt.error_code for attempt in asked.attempts] == ["AI_NO_LENGTH_LIMIT", None]
        with pytest.raises(DomainError) as refused:
            question(IDEAS, request, is_capped=True).answer([endpoint_at(odd.url)])
        assert refused.value.code == "AI_NO_LENGTH_LIMIT"
        assert question(IDEAS, request).answer([endpoint_at(odd.url)])  # without a cap it is asked


def test_an_endpoint_that_takes_no_limit_and_does_not_stream_after_all_is_left_out_from_then_on() -> None:
    openai_client.forget_dialects()
    with FakeOpenAI(limits=set()) as server:
        server.stream.is_ignored = True
        request = IdeasRequest(cluster_name="Moka", count=2)
        question(IDEAS, request, is_capped=True).answer([endpoint_at(server.url)])
        with pytest.raises(DomainError) as refused:
            question(IDEAS, request, is_capped=True).answer([endpoint_at(server.url)])
    assert refused.value.code == "AI_NO_LENGTH_LIMIT"


def test_an_answer_that_nothing_held_to_a_length_is_counted_in_full() -> None:
    openai_client.forget_dialects()
    with FakeOpenAI(models={"gpt-5-mini"}, limits=set(), habit="null usage") as server:
        server.stream.is_ignored = True
        asked = question(SHORT, IdeasRequest(cluster_name="Moka", count=30), is_capped=True)
        _, raw = asked.answer([endpoint_at(server.url, model="gpt-5-mini")])
    letters, answered = len(asked.instructions) + len(asked.question), len(raw) // 3 + 1
    assert answered > SHORT.limits.answer_tokens
    assert asked.tokens.cost_micros == cost_micros("gpt-5-mini", letters // 3 + 1, answered, server.url)
