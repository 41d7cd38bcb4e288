"""Testing an endpoint: what it lists and can do, however it answers; real endpoints differ."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.ai.endpoints import Endpoint
from app.ai.providers import probes
from app.ai.providers.probes import ProbeResult
from app.devstack.processes import free_port
from tests.fakes.endpoint_server import KEY, FakeEndpoint, Said, chat, error, good_chat, models

LOCAL = ("127.0.0.1",)


@pytest.fixture
def fake() -> Iterator[FakeEndpoint]:
    with FakeEndpoint() as endpoint:
        yield endpoint


def probe(fake: FakeEndpoint, model: str = "small", key: str = KEY, url: str = "") -> ProbeResult:
    return probes.test(Endpoint("Own", model, url or fake.url, key, 1), LOCAL)


def test_an_endpoint_that_can_do_everything(fake: FakeEndpoint) -> None:
    found = probe(fake)
    assert found.error is None
    assert found.models == ["image-x", "small", "text-embedding-x"]
    assert found.can == dict.fromkeys(probes.ABILITIES, True)
    assert found.asked == {"embed": "text-embedding-x", "image": "image-x"}
    assert (found.notes, found.dimensions) == ([], 3)
    assert len(fake.seen) <= 8
    limits = [body["max_completion_tokens"] for path, body in fake.seen if "chat" in path]
    assert limits == [probes.ANSWER_TOKENS] * 4
    assert all("prompt" not in body for path, body in fake.seen if "images" in path)  # so that no picture is made
    assert found.as_dict() == {
        "small": {"chat": True, "schema": True, "json": True, "stream": True},
        "text-embedding-x": {"embed": True},
        "image-x": {"image": True},
    }


def forms(*taken: str) -> Any:
    def answer(body: dict[str, Any]) -> Said:
        form = body.get("response_format", {}).get("type", "text")
        return good_chat(body) if form in taken else error(400, f"response_format.type {form} is not supported")

    return answer


@pytest.mark.parametrize(
    ("answers", "can"),
    [
        (forms("text", "json_object"), {"schema": False, "json": True}),
        (forms("text"), {"schema": False, "json": False}),
        (lambda body: good_chat({"stream": body.get("stream")}), {"schema": False, "json": False}),
        (lambda body: chat('{"word": "blue"}') if body.get("stream") else good_chat(body), {"stream": False}),
        (
            lambda body: error(400, "stream is not supported") if body.get("stream") else good_chat(body),
            {"stream": False},
        ),
        (
            lambda body: (
                Said(200, 'data: {"error": {"message": "no"}}\n\n', "text/event-stream")
                if body.get("stream")
                else good_chat(body)
            ),
            {"stream": False},
        ),
    ],
)
def test_what_is_refused_or_ignored_is_not_an_ability(fake: FakeEndpoint, answers: Any, can: dict[str, bool]) -> None:
    fake.answers["/chat/completions"] = answers
    found = probe(fake)
    assert found.error is None
    assert {name: found.can[name] for name in can} == can
    assert found.can["chat"]


@pytest.mark.parametrize(
    "message",
    ["Unsupported parameter: 'max_completion_tokens'. Use 'max_tokens' instead.", "Extra inputs are not permitted"],
)
def test_an_endpoint_that_has_another_word_for_the_limit_is_asked_with_it(fake: FakeEndpoint, message: str) -> None:
    fake.answers["/chat/completions"] = lambda body: (
        error(422, message) if "max_completion_tokens" in body else good_chat(body)
    )
    found = probe(fake)
    assert (found.error, found.can["schema"], found.can["stream"]) == (None, True, True)


def test_an_answer_that_is_cut_off_says_nothing_of_its_form(fake: FakeEndpoint) -> None:
    fake.answers["/chat/completions"] = lambda body: (
        chat("", finish_reason="length") if "response_format" in body else good_chat(body)
    )
    found = probe(fake)
    assert found.can["chat"]
    assert {"schema", "json"}.isdisjoint(found.can)


@pytest.mark.parametrize(
    "listed",
    [
        [{"id": "a"}, {"id": "B"}],
        {"models": [{"name": "a"}, {"model": "B"}]},
        {"data": ["a", "B", 7, None, {"id": None}, {"id": "x" * 500}, {"id": "tab\there"}, {}]},
    ],
)
def test_lists_of_models_are_read_in_all_their_forms(fake: FakeEndpoint, listed: Any) -> None:
    fake.answers["/models"] = lambda body: Said(200, listed)
    assert probe(fake).models == ["a", "B"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (error(404, "no such route"), "does not list its models: type"),
        (Said(405, "", "text/plain"), "does not list its models: type"),
        (error(403, "not with this key"), "may not list the models"),
        (error(500, "sorry"), "could not be read (status 500)"),
        (Said(200, {"error": {"message": "sorry", "code": 503}}), "could not be read (status 503)"),
        (Said(200, "<html>Welcome</html>", "text/html"), "no list of its models that can be read"),
        (Said(200, {"data": []}), "is empty"),
    ],
)
def test_a_list_that_is_missing_is_told_and_the_rest_tried(fake: FakeEndpoint, said: Said, words: str) -> None:
    fake.answers["/models"] = lambda body: said
    found = probe(fake)
    assert found.error is None
    assert words in " ".join(found.notes)
    assert found.can["schema"]
    assert found.models == []


def test_a_model_that_is_not_listed_is_told_and_tried_all_the_same(fake: FakeEndpoint) -> None:
    found = probe(fake, model="other")
    assert found.is_listed is False
    assert "“other” is not among" in found.notes[0]
    assert found.can["chat"]


def test_without_a_model_the_list_is_all_there_is(fake: FakeEndpoint) -> None:
    fake.answers["/models"] = lambda body: models("small")
    found = probe(fake, model="")
    assert (found.models, found.can, found.error) == (["small"], {}, None)


@pytest.mark.parametrize(
    ("chat_says", "code"),
    [
        (error(404, "The model does not exist", "model_not_found"), "AI_MODEL_MISSING"),
        (error(429, "You exceeded your current quota", "insufficient_quota"), "AI_NO_CREDIT"),
        (error(403, "no access to this model"), "AI_FORBIDDEN"),
        (Said(200, {"error": {"message": "Invalid api key", "code": 401}}), "AI_KEY_INVALID"),
        (Said(200, {"hello": "world"}), "AI_SERVICE_FAILED"),
        (Said(200, "<html>", "text/html"), "AI_NOT_COMPATIBLE"),
        (error(400, "something else"), "AI_REQUEST_REFUSED"),
        (Said(400, [{"error": {"message": "API key not valid", "status": "INVALID_ARGUMENT"}}]), "AI_KEY_INVALID"),
    ],
)
def test_what_a_person_has_to_mend_ends_the_test_with_its_cure(fake: FakeEndpoint, chat_says: Said, code: str) -> None:
    fake.answers["/chat/completions"] = lambda body: chat_says
    found = probe(fake)
    assert found.error is not None
    assert found.error.code == code
    assert found.error.cure
    assert "“Own”" in f"{found.error.message} {found.error.cure}"


def test_a_limit_of_the_moment_is_no_fault(fake: FakeEndpoint) -> None:
    fake.answers["/chat/completions"] = lambda body: error(429, "slow down")
    found = probe(fake)
    assert found.error is None
    assert "test again in a minute" in found.notes[0]
    assert "chat" not in found.can


def test_a_wrong_key_is_told_and_not_repeated(fake: FakeEndpoint) -> None:
    found = probe(fake, key="sk-wrong-and-secret")
    assert found.error is not None
    assert found.error.code == "AI_KEY_INVALID"
    assert "sk-wrong-and-secret" not in str(found.error.as_dict())
    assert len(fake.seen) == 1


def test_an_address_without_its_end_names_the_right_one(fake: FakeEndpoint) -> None:
    found = probe(fake, url=f"http://127.0.0.1:{fake.port}")
    assert found.error is not None
    assert found.error.cure == f"Enter http://127.0.0.1:{fake.port}/v1 as the address."


def test_a_redirect_is_told_and_the_key_not_sent_on(fake: FakeEndpoint) -> None:
    fake.answers["/models"] = lambda body: Said(301, "", "text/plain", {"Location": "https://other.example/v1/models"})
    found = probe(fake)
    assert found.error is not None
    assert found.error.code == "AI_REDIRECTED"
    assert "https://other.example/v1/models" in found.error.message


def test_the_whole_test_ends_in_time(fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "TOTAL_SECONDS", 0.4)
    fake.answers["/chat/completions"] = lambda body: Said(200, {}, seconds=3)
    found = probe(fake)
    assert found.error is not None
    assert found.error.code == "AI_TIMEOUT"


def test_nothing_in_a_private_network_is_asked(fake: FakeEndpoint) -> None:
    found = probes.test(Endpoint("Own", "small", fake.url, KEY, 1), ())
    assert found.error is not None
    assert found.error.code == "AI_BLOCKED"
    assert fake.seen == []


def test_a_host_that_is_not_there_is_told(fake: FakeEndpoint) -> None:
    found = probe(fake, url=f"http://127.0.0.1:{free_port()}/v1")
    assert found.error is not None
    assert found.error.code == "AI_UNREACHABLE"
    assert "refuses connections" in found.error.message


def test_a_model_that_embeds_is_not_asked_to_talk(fake: FakeEndpoint) -> None:
    found = probe(fake, model="text-embedding-x")
    assert found.can == {"embed": True, "image": True}
    assert not [path for path, _body in fake.seen if "chat" in path]


@pytest.mark.parametrize(
    ("path", "said", "answer"),
    [
        ("/embeddings", error(404, "no"), False),
        ("/embeddings", Said(200, {"data": []}), False),
        ("/embeddings", error(501, "Not implemented"), False),
        ("/embeddings", error(503, "busy"), None),
        ("/images/generations", error(404, "no"), False),
        ("/images/generations", error(400, "This model cannot make images"), False),
        ("/images/generations", error(429, "slow down"), None),
    ],
)
def test_what_cannot_be_told_is_left_open(fake: FakeEndpoint, path: str, said: Said, answer: bool | None) -> None:
    fake.answers[path] = lambda body: said
    assert probe(fake).can.get("embed" if "embed" in path else "image") is answer
