"""Endpoints that are compatible in name: what they refuse, how they dress answers, and the errors that they hide."""

from collections.abc import Iterator

import pytest

from app.ai import openai_client
from app.ai.metering import metered
from app.ai.openai_client import ChatClient
from app.ai.openai_provider import OpenAIProvider
from app.ai.provider import ClusterRequest, DraftRequest, IdeasRequest, KeywordInput
from app.core.errors import DomainError
from tests.fakes.openai_server import HABITS, KEY, MODEL, USAGES, FakeOpenAI

KEYWORDS = [KeywordInput(text=text) for text in ("moka pot", "moka recipe", "kettle care")]


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    openai_client.forget_dialects()
    with FakeOpenAI() as fake:
        yield fake


def provider(server: FakeOpenAI) -> OpenAIProvider:
    return OpenAIProvider(ChatClient(KEY, MODEL, server.url, timeout=5, sleep=lambda seconds: None), MODEL)


def cluster(server: FakeOpenAI) -> dict[str, list[str]]:
    found = provider(server).cluster(ClusterRequest(keywords=KEYWORDS)).clusters
    return {one.name: one.keywords for one in found}


GROUPS = {"Moka": ["moka pot", "moka recipe"], "Kettle": ["kettle care"]}


@pytest.mark.parametrize("habit", [*HABITS, *USAGES])
def test_an_answer_is_read_however_it_is_dressed(server: FakeOpenAI, habit: str) -> None:
    server.habit = habit
    assert cluster(server) == GROUPS
    ideas = provider(server).ideas(IdeasRequest(cluster_name="Moka", count=3, keywords=KEYWORDS)).ideas
    assert [(idea.content_type, idea.content_structure) for idea in ideas] == [("Article", "Guide")] * 3
    assert len(server.requests) == 2


@pytest.mark.parametrize("habit", ["", *USAGES])
def test_tokens_are_counted_where_they_are_told(server: FakeOpenAI, habit: str) -> None:
    server.habit = habit
    with metered() as tokens:
        cluster(server)
    assert (tokens.sent, tokens.answered) == ((10, 10) if habit in ("", "fractions") else (0, 0))


@pytest.mark.parametrize(
    ("forms", "asked"),
    [
        ({"json_object", "text"}, ["json_schema", "json_object"]),
        ({"text"}, ["json_schema", "json_object", None]),
    ],
)
def test_without_schemas_json_is_asked_for_and_then_the_question_says_it(
    server: FakeOpenAI, forms: set[str], asked: list[str | None]
) -> None:
    server.forms = forms
    assert cluster(server) == GROUPS
    assert [seen.body.get("response_format", {}).get("type") for seen in server.requests] == asked
    assert '"clusters"' in server.requests[-1].body["messages"][0]["content"]
    assert cluster(server) == GROUPS
    assert len(server.requests) == len(asked) + 1  # what it takes is remembered


def test_a_template_without_system_turns_is_asked_without(server: FakeOpenAI) -> None:
    server.takes_system = False
    assert cluster(server) == GROUPS
    assert [turn["role"] for turn in server.requests[-1].body["messages"]] == ["user"]
    assert "You group search keywords" in server.requests[-1].body["messages"][0]["content"]


def test_turns_alternate_and_the_bad_answer_is_shown_when_it_is_asked_again(server: FakeOpenAI) -> None:
    server.must_alternate = True
    server.fail_next("wrong_schema")
    assert cluster(server) == GROUPS
    turns = server.requests[-1].body["messages"]
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    assert turns[2]["content"] == '{"something": "else"}'


@pytest.mark.parametrize("kind", ["429 inside", "502 inside", "text inside", "list of nothing"])
def test_passing_errors_are_tried_again_wherever_they_stand(server: FakeOpenAI, kind: str) -> None:
    server.fail_next(kind, times=2)
    assert cluster(server) == GROUPS
    assert len(server.requests) == 3


def test_no_choices_are_asked_for_once_more(server: FakeOpenAI) -> None:
    server.fail_next("null choices")
    assert cluster(server) == GROUPS
    server.fail_next("null choices", times=2)
    with pytest.raises(DomainError) as caught:
        cluster(server)
    assert caught.value.code == "AI_ANSWER_INVALID"


@pytest.mark.parametrize(
    ("kind", "times", "code", "calls"),
    [
        ("429 inside", 3, "AI_RATE_LIMITED", 3),
        ("502 inside", 3, "AI_SERVICE_FAILED", 3),
        ("filter", 1, "AI_REFUSED", 1),
        ("filtered", 1, "AI_REFUSED", 1),
        ("key in a list", 1, "AI_KEY_INVALID", 1),
        ("context", 1, "AI_REQUEST_TOO_LARGE", 1),
        ("balance", 1, "AI_NO_CREDIT", 1),
    ],
)
def test_lasting_errors_say_what_to_do(server: FakeOpenAI, kind: str, times: int, code: str, calls: int) -> None:
    server.fail_next(kind, times=times)
    with pytest.raises(DomainError) as caught:
        cluster(server)
    assert caught.value.code == code
    assert len(server.requests) == calls


def test_a_content_type_that_nobody_knows_does_not_throw_the_ideas_away(server: FakeOpenAI) -> None:
    idea = {"title": "How to", "description": "", "content_structure": "deep-dive", "primary_keyword": "moka pot"}
    server.answer_next({"ideas": [{**idea, "content_type": "Blog post"}]})
    (found,) = provider(server).ideas(IdeasRequest(cluster_name="Moka", keywords=KEYWORDS)).ideas
    assert (found.content_type, found.content_structure) == ("Article", "Guide")


def test_an_answer_that_breaks_off_is_not_made_up(server: FakeOpenAI) -> None:
    server.fail_next("invalid_json", times=2)
    with pytest.raises(DomainError) as caught:
        provider(server).draft(DraftRequest(title="Moka"))
    assert caught.value.code == "AI_ANSWER_INVALID"


def test_a_question_has_one_deadline_with_all_its_tries(server: FakeOpenAI) -> None:
    server.fail_next("timeout", times=5, seconds=1.0)
    client = ChatClient(KEY, MODEL, server.url, timeout=0.3, total=0.5, sleep=lambda seconds: None)
    with pytest.raises(DomainError) as caught:
        OpenAIProvider(client, MODEL).draft(DraftRequest(title="Moka"))
    assert caught.value.code == "AI_TIMEOUT"
    assert len(server.requests) <= 2
