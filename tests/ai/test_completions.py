"""Reading what endpoints answer: the text without thoughts, tokens under any name, and the errors that answers hold."""

import json
from typing import Any

import pytest
from pydantic import BaseModel

from app.ai.client.completions import AnswerBroken, ErrorInside, NotACompletion, decoded, read_completion
from app.ai.client.json_answers import NoAnswer, read_answer
from app.ai.client.openai_errors import failure_in, failure_inside
from app.ai.client.thoughts import answer_so_far, without_thoughts

ANSWER = '{"content_html": "<p>Grüße</p>"}'
THOUGHT = 'First I try {"content_html": "no"}.'


class Text(BaseModel):
    """What is asked for."""

    content_html: str


def body(content: Any = ANSWER, usage: Any = None, **choice: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content}, "finish_reason": "stop", **choice}], "usage": usage}


@pytest.mark.parametrize(
    "text",
    [
        f"<think>{THOUGHT}</think>{ANSWER}",
        f'<think time="3">{THOUGHT}</think>{ANSWER}',
        f"Sure.\n<thinking>{THOUGHT}</thinking>\n{ANSWER}",
        f"{THOUGHT}</think>{ANSWER}",
        f"◁think▷{THOUGHT}◁/think▷{ANSWER}",
        f"[THINK]{THOUGHT}[/THINK]{ANSWER}",
        f"<|begin_of_thought|>{THOUGHT}<|end_of_thought|>{ANSWER}",
        f"<seed:think>{THOUGHT}</seed:think>{ANSWER}",
        f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}",
        f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|channel|>final <|constrain|>json<|message|>{ANSWER}",
    ],
)
def test_thoughts_are_no_part_of_the_answer_however_they_are_marked(text: str) -> None:
    assert without_thoughts(text) == ANSWER
    assert answer_so_far(text) == ANSWER
    assert "Grüße" not in answer_so_far(text[: text.index(ANSWER) - 3])


def test_an_answer_may_speak_of_thoughts() -> None:
    text = '{"content_html": "<p>Models write <thinking>x</thinking> first.</p>"}'
    assert without_thoughts(text) == text


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 5, "completion_tokens": 7}, (5, 7)),
        ({"input_tokens": 5, "output_tokens": 7}, (5, 7)),
        ({"prompt_tokens": "5.0", "completion_tokens": " 7 "}, (5, 7)),
        ({"prompt_tokens": -5, "completion_tokens": 3 * 10**9}, (0, 0)),
        ({"prompt_tokens": 10**400, "completion_tokens": float("nan")}, (0, 0)),
        ({"prompt_tokens": "∞", "completion_tokens": True}, (0, 0)),
        ([1], (0, 0)),
    ],
)
def test_tokens_are_counted_where_the_number_can_be(usage: Any, tokens: tuple[int, int]) -> None:
    completion = read_completion(body(usage=usage))
    assert (completion.sent, completion.answered) == tokens


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"error": {"code": "rate_limit_exceeded", "message": "x"}}, "AI_RATE_LIMITED"),
        ({"error": {"status": "RESOURCE_EXHAUSTED", "message": "x"}}, "AI_RATE_LIMITED"),
        ({"error": "Too many requests, slow down"}, "AI_RATE_LIMITED"),
        ({"error": {"type": "overloaded_error", "message": "Overloaded"}}, "AI_SERVICE_FAILED"),
        ({"error": {"type": "authentication_error", "message": "Invalid key"}}, "AI_KEY_INVALID"),
        ({"error": {"code": "model_not_found", "message": "x"}}, "AI_MODEL_MISSING"),
        ({"error": {"code": "context_length_exceeded", "message": "x"}}, "AI_REQUEST_TOO_LARGE"),
        ({"error": {"code": "content_filter", "message": "x"}}, "AI_REFUSED"),
        ({"error": {"code": "insufficient_quota", "message": "x"}}, "AI_NO_CREDIT"),
        ({"errors": [{"message": "x", "code": 429}]}, "AI_RATE_LIMITED"),
        ({"object": "error", "message": "boom", "code": 503}, "AI_SERVICE_FAILED"),
        ({"message": "Too many requests", "code": 429}, "AI_RATE_LIMITED"),
        (body("", finish_reason="error"), "AI_SERVICE_FAILED"),
        (body("", error={"code": 429, "message": "x"}), "AI_RATE_LIMITED"),
    ],
)
def test_errors_that_come_as_answers_are_those_that_they_name(data: dict[str, Any], kind: str) -> None:
    with pytest.raises(ErrorInside) as told:
        read_completion(data)
    assert failure_inside(told.value).kind == kind


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "API key not valid. Please pass a valid API key.", "AI_KEY_INVALID"),
        (403, "Invalid API key", "AI_KEY_INVALID"),
        (404, "Invalid API key", "AI_KEY_INVALID"),
        (400, "The model `foo` does not exist", "AI_MODEL_MISSING"),
        (400, "foo is not a valid model ID", "AI_MODEL_MISSING"),
        (400, "Your credit balance is too low to access the API.", "AI_NO_CREDIT"),
        (403, "Your input was flagged by moderation", "AI_REFUSED"),
        (307, "", "AI_REDIRECTED"),
    ],
)
def test_refusals_are_told_by_their_words_where_the_status_says_little(status: int, message: str, kind: str) -> None:
    failure = failure_in(status, json.dumps({"error": {"message": message}}).encode())
    assert failure.kind == kind
    assert not failure.may_be_the_format
    assert not failure.is_worth_retrying


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (500, "response_format json_schema is not supported"),
        (404, "No endpoints found that can handle the requested parameters."),
        (501, "structured outputs are not implemented"),
    ],
)
def test_a_response_format_may_be_refused_with_any_status(status: int, message: str) -> None:
    assert failure_in(status, json.dumps({"error": message}).encode()).may_be_the_format


def test_a_refusal_may_be_a_part_and_an_answer_stand_among_the_thoughts() -> None:
    assert read_completion(body([{"type": "refusal", "refusal": "I cannot."}])).refusal == "I cannot."
    thought = read_completion(body("", message={"content": None, "reasoning_content": ANSWER}))
    assert thought.text == ANSWER


@pytest.mark.parametrize(
    "choice",
    [
        {"text": ANSWER, "message": None},
        {"message": {"content": json.loads(ANSWER)}},
        {"message": {"content": None, "parsed": json.loads(ANSWER)}},
        {"message": {"content": "", "reasoning": ANSWER}},
    ],
)
def test_an_answer_is_found_where_it_stands(choice: dict[str, Any]) -> None:
    assert json.loads(read_completion(body(**choice)).text) == json.loads(ANSWER)


def test_json_that_breaks_off_is_no_other_service() -> None:
    whole = json.dumps(body())
    assert decoded(f"\ufeff{whole}".encode()) == body()
    assert decoded(json.dumps(body(), ensure_ascii=False).encode("latin1")) == body()
    with pytest.raises(AnswerBroken):
        decoded(whole[:-20].encode())
    with pytest.raises(NotACompletion):
        decoded(b"<html>Welcome</html>")


def test_a_broken_answer_is_read_only_when_all_of_its_words_are() -> None:
    assert read_answer("{'content_html': '<p>Two doors</p>',}", Text).content_html == "<p>Two doors</p>"
    quoted = read_answer('{"content_html": "<p>He said "hi" to <a href="https://example.org">us</a>.</p>"}', Text)
    assert quoted.content_html == '<p>He said "hi" to <a href="https://example.org">us</a>.</p>'
    with pytest.raises(NoAnswer):
        read_answer('{"content_html": ["<p>He said "hi" to <a href="https://example.org">all of us</a>.</p>"]}', Text)
