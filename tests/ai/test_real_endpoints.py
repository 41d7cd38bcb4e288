"""Endpoints that are compatible in name: what they refuse, how they dress answers, and the errors that they hide."""

import time
from collections.abc import Iterator

import pytest

from app.ai import attempts
from app.ai.client import openai_client
from app.ai.tasks.cluster_names import CLUSTER_NAMES
from app.ai.tasks.draft import DRAFT, DraftRequest
from app.ai.tasks.ideas import IDEAS, IdeasRequest
from app.ai.values import KeywordInput
from app.core.errors import DomainError
from tests.factories.models import ask, endpoint_at, names_request
from tests.factories.models import asking as question
from tests.fakes.openai_server import HABITS, USAGES, FakeOpenAI

KEYWORDS = [KeywordInput(text=text) for text in ("moka pot", "moka recipe", "kettle care")]


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "WAITS", (0.0, 0.0))


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    openai_client.forget_dialects()
    with FakeOpenAI() as fake:
        yield fake


REQUEST = names_request(["moka pot", "moka recipe"], ["kettle care"])


def names(server: FakeOpenAI) -> list[str]:
    return [one.name for one in ask(server, CLUSTER_NAMES, REQUEST).names]


NAMES = ["Moka Pot", "Kettle Care"]


@pytest.mark.parametrize("habit", [*HABITS, *USAGES])
def test_an_answer_is_read_however_it_is_dressed(server: FakeOpenAI, habit: str) -> None:
    server.habit = habit
    assert names(server) == NAMES
    ideas = ask(server, IDEAS, IdeasRequest(cluster_name="Moka", count=3, keywords=KEYWORDS)).ideas
    assert [(idea.content_type, idea.content_structure) for idea in ideas] == [("Article", "Guide")] * 3
    assert len(server.requests) == 2


@pytest.mark.parametrize("habit", ["", *USAGES])
def test_tokens_are_counted_where_they_are_told(server: FakeOpenAI, habit: str) -> None:
    server.habit = habit
    asked = question(CLUSTER_NAMES, REQUEST)
    asked.answer([endpoint_at(server.url)])
    assert (asked.tokens.sent, asked.tokens.answered) == ((10, 10) if habit in ("", "fractions") else (0, 0))


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
    assert names(server) == NAMES
    assert [seen.body.get("response_format", {}).get("type") for seen in server.requests] == asked
    assert '"clusters"' in server.requests[-1].body["messages"][0]["content"]
    assert names(server) == NAMES
    assert len(server.requests) == len(asked) + 1  # what it takes is remembered


def test_what_an_endpoint_takes_is_found_out_again_after_an_hour(
    server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.forms = {"text"}
    names(server)
    server.forms = {"json_schema", "json_object", "text"}  # the server there was renewed
    server.requests.clear()
    names(server)
    monkeypatch.setattr(openai_client, "DIALECT_SECONDS", -1.0)
    openai_client.forget_dialects()
    server.forms = {"text"}
    names(server)
    server.forms = {"json_schema", "json_object", "text"}
    names(server)
    forms = [seen.body.get("response_format", {}).get("type") for seen in server.requests]
    assert forms == [None, "json_schema", "json_object", None, "json_schema"]


def test_an_endpoint_that_changed_costs_one_more_request_and_is_found_out_again_by_the_next_call(
    server: FakeOpenAI,
) -> None:
    server.forms = {"json_object", "text"}
    names(server)
    server.forms = {"text"}
    server.requests.clear()
    assert names(server) == NAMES
    server.forms = {"json_schema", "text"}
    assert names(server) == NAMES
    forms = [seen.body.get("response_format", {}).get("type") for seen in server.requests]
    assert forms == ["json_object", None, "json_schema"]


def test_a_request_that_no_form_mends_costs_one_more_where_a_form_is_remembered(server: FakeOpenAI) -> None:
    server.forms = {"json_object", "text"}
    names(server)
    server.forms = set()
    server.requests.clear()
    with pytest.raises(DomainError):
        names(server)
    assert len(server.requests) == 2


def test_an_answer_that_just_fits_serves_though_it_is_said_to_be_cut_off(server: FakeOpenAI) -> None:
    server.finish = "length"
    assert names(server) == NAMES
    assert len(server.requests) == 1


def test_names_in_another_spelling_lose_no_field(server: FakeOpenAI) -> None:
    server.habit = "camel case"
    draft = ask(server, DRAFT, DraftRequest(title="Moka"))
    assert draft.content_html
    assert draft.seo_title
    assert draft.focus_keywords


def test_a_template_without_system_turns_is_asked_without(server: FakeOpenAI) -> None:
    server.takes_system = False
    assert names(server) == NAMES
    assert [turn["role"] for turn in server.requests[-1].body["messages"]] == ["user"]
    assert "You name topics" in server.requests[-1].body["messages"][0]["content"]


def test_turns_alternate_and_the_bad_answer_is_shown_when_it_is_asked_again(server: FakeOpenAI) -> None:
    server.must_alternate = True
    server.fail_next("wrong_schema")
    assert names(server) == NAMES
    turns = server.requests[-1].body["messages"]
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    assert turns[2]["content"] == '{"something": "else"}'


@pytest.mark.parametrize("kind", ["429 inside", "502 inside", "text inside", "list of nothing"])
def test_passing_errors_are_tried_again_wherever_they_stand(server: FakeOpenAI, kind: str) -> None:
    server.fail_next(kind, times=2)
    assert names(server) == NAMES
    assert len(server.requests) == 3


def test_no_choices_are_asked_for_once_more(server: FakeOpenAI) -> None:
    server.fail_next("null choices")
    assert names(server) == NAMES
    server.fail_next("null choices", times=2)
    with pytest.raises(DomainError) as caught:
        names(server)
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
        names(server)
    assert caught.value.code == code
    assert len(server.requests) == calls


def test_a_content_type_that_nobody_knows_does_not_throw_the_ideas_away(server: FakeOpenAI) -> None:
    idea = {"title": "How to", "description": "", "content_structure": "deep-dive", "primary_keyword": "moka pot"}
    server.answer_next({"ideas": [{**idea, "content_type": "Blog post"}]})
    (found,) = ask(server, IDEAS, IdeasRequest(cluster_name="Moka", keywords=KEYWORDS)).ideas
    assert (found.content_type, found.content_structure) == ("Article", "Guide")


def test_an_answer_that_breaks_off_is_not_made_up(server: FakeOpenAI) -> None:
    server.fail_next("invalid_json", times=2)
    with pytest.raises(DomainError) as caught:
        ask(server, DRAFT, DraftRequest(title="Moka"))
    assert caught.value.code == "AI_ANSWER_INVALID"


def test_a_question_has_one_deadline_with_all_its_tries(server: FakeOpenAI) -> None:
    server.fail_next("timeout", times=5, seconds=1.0)
    with pytest.raises(DomainError) as caught:
        ask(server, DRAFT, DraftRequest(title="Moka"), timeout=0.3, deadline=time.monotonic() + 0.5)
    assert caught.value.code == "AI_TIMEOUT"
    assert len(server.requests) <= 2


@pytest.mark.parametrize("known", [{"max_completion_tokens"}, {"max_tokens"}, set()])
def test_where_money_is_capped_an_answer_is_no_longer_than_what_was_put_aside(
    server: FakeOpenAI, known: set[str]
) -> None:
    server.limits = known
    for _ in range(2):
        assert ask(server, CLUSTER_NAMES, REQUEST, is_capped=True).names[0].name == NAMES[0]
    told = {name: server.requests[-1].body.get(name) for name in ("max_completion_tokens", "max_tokens")}
    most = CLUSTER_NAMES.limits.answer_tokens
    assert told == {name: most if name in known else None for name in told}
    asked = len(server.requests)
    names(server)
    assert len(server.requests) == asked + 1
    assert not {"max_completion_tokens", "max_tokens"} & server.requests[-1].body.keys()
