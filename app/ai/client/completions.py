"""Reading what endpoints answer to a chat call: they differ, and what was paid for is not thrown away. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.ai.client.thoughts import without_thoughts

# Names of errors, and the status that such an error has where it tells none.
_STATUSES = {
    "overloaded": 503,
    "unavailable": 503,
    "rate_limit": 429,
    "too_many_requests": 429,
    "resource_exhausted": 429,
    "insufficient_quota": 429,
    "invalid_api_key": 401,
    "authentication": 401,
    "unauthenticated": 401,
    "permission": 403,
    "not_found": 404,
    "context_length": 400,
    "content_filter": 400,
    "invalid_request": 400,
    "invalid_argument": 400,
}
_NAMES_OF_PARTS = frozenset(("text", "content", "annotations", "refusal"))
_MOST_TOKENS = 100_000_000  # of one answer; a larger number is not a token count


class NotACompletion(Exception):
    """What came is not the answer of an AI service."""


class AnswerBroken(Exception):
    """The answer ended, or went wrong, before it was whole."""


class ErrorInside(Exception):
    """The answer says 200 and holds an error. `status` is the one it names, or 500."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer: its text without the model's thoughts, why it ended, and the tokens it took (0: not reported).

    `first_token_ms` is known of answers that were streamed. `cut_at` is the number of tokens after which we ended it.
    `is_unlimited`: it came in one piece, with neither a limit nor a cut on its length.
    """

    text: str
    refusal: str
    finish: str
    sent: int
    answered: int
    first_token_ms: int | None = None
    is_stream: bool = False
    cut_at: int = 0
    is_unlimited: bool = False


def decoded(body: bytes) -> object:
    """The JSON of a body; raises NotACompletion, and AnswerBroken for JSON that breaks off."""
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        text = body.decode("cp1252", "replace").strip()
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        if text.startswith("{") and '"choices"' in text:
            raise AnswerBroken("The answer broke off.") from error
        raise NotACompletion("The body is no JSON.") from error


def read_completion(data: object) -> Completion:
    """The answer in a decoded body; raises NotACompletion and ErrorInside. Without choices, the text is empty."""
    if not isinstance(data, Mapping):
        raise NotACompletion("The body is no object.")
    if error := data.get("error"):
        raise error_in(error)
    if "choices" not in data:
        if is_error(data):
            raise error_in(data.get("errors") or data)
        raise NotACompletion("The body has no choices.")
    choices = data["choices"]
    first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}
    message = first.get("message")
    message = message if isinstance(message, Mapping) else {}
    sent, answered = tokens_in(data.get("usage"))
    return Completion(
        text=without_thoughts(
            answer_in(message.get("content"))
            or arguments_of(message)
            or answer_in(message.get("parsed"))
            or answer_in(first.get("text"))
            or reasoning_in(message)  # some servers take the whole answer for thoughts
        ),
        refusal=refusal_in(message),
        finish=finish_of(first),
        sent=sent,
        answered=answered,
    )


def finish_of(choice: Mapping[str, Any]) -> str:
    """Why an answer ended, in lower case; raises ErrorInside where it says that it failed."""
    if error := choice.get("error"):
        raise error_in(error)
    finish = str(choice.get("finish_reason") or "").lower()
    if finish == "error":
        raise ErrorInside(502, "", "The answer broke off.")
    return finish


def refusal_in(message: Mapping[str, Any]) -> str:
    """What a model says instead of an answer: in a field, or as a part of its text."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    refusals = [part.get("refusal") for part in parts if isinstance(part, Mapping) and part.get("type") == "refusal"]
    return text_in([message.get("refusal"), *refusals]).strip()


def tokens_in(usage: object) -> tuple[int, int]:
    """Tokens that were sent and answered, under either of the names that they go by; 0 where they are not reported."""
    counts = usage if isinstance(usage, Mapping) else {}
    return (
        token_count(counts.get("prompt_tokens")) or token_count(counts.get("input_tokens")),
        token_count(counts.get("completion_tokens")) or token_count(counts.get("output_tokens")),
    )


def is_error(data: Mapping[str, Any]) -> bool:
    """Whether a body without an answer is an error that stands by itself."""
    is_named = any(data.get(name) for name in ("code", "status", "type"))
    return bool(data.get("object") == "error" or data.get("errors") or (data.get("message") and is_named))


def error_in(error: object) -> ErrorInside:
    """The error that a body holds, whatever its form: a text, an object, or one in a list."""
    if isinstance(error, list):
        error = error[0] if error else {}
    if isinstance(error, Mapping) and isinstance(error.get("error"), Mapping):
        error = error["error"]
    if not isinstance(error, Mapping):
        return ErrorInside(_status_by_name(str(error)) or 500, "", str(error))
    code, message = error.get("code"), str(error.get("message") or error)
    name = code if isinstance(code, str) and not code.isdigit() else error.get("status") or error.get("type")
    statuses = (token_count(value) for value in (code, error.get("status")))
    status = next((value for value in statuses if 400 <= value < 600), 0)
    status = status or _status_by_name(f"{name} {error.get('type')}") or _status_by_name(message) or 500
    return ErrorInside(status, str(name or ""), message)


def _status_by_name(words: str) -> int:
    """The status of the kind of error that some words name; 0 for none that is known."""
    name = re.sub(r"\W+", "_", words[:500]).lower()
    return next((status for status_name, status in _STATUSES.items() if status_name in name), 0)


def text_in(content: object) -> str:
    """Text that is a string, a part, or a list of parts; parts that are no text are left out."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        if content.get("type") in ("reasoning", "thinking"):
            return ""
        value = content.get("text", content.get("content"))
        return text_in(value.get("value")) if isinstance(value, Mapping) else text_in(value)
    if isinstance(content, list):
        return "".join(text_in(part) for part in content)
    return ""


def answer_in(content: object) -> str:
    """The text of an answer, also where it came as the object that was asked for."""
    if isinstance(content, Mapping) and "type" not in content and not content.keys() <= _NAMES_OF_PARTS:
        return json.dumps(content, ensure_ascii=False)
    return text_in(content)


def reasoning_in(message: Mapping[str, Any]) -> str:
    """What a model thought, where a service gives that beside the answer."""
    return text_in(message.get("reasoning_content") or message.get("reasoning"))


def arguments_of(message: Mapping[str, Any]) -> str:
    """What some endpoints give structured output as: the arguments of a call."""
    calls = message.get("tool_calls")
    call = calls[0] if isinstance(calls, list) and calls and isinstance(calls[0], Mapping) else {}
    function = call.get("function") or message.get("function_call")
    arguments = function.get("arguments") if isinstance(function, Mapping) else None
    return json.dumps(arguments, ensure_ascii=False) if isinstance(arguments, Mapping) else text_in(arguments)


def token_count(value: object) -> int:
    """A number of tokens or a status; 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0
    try:
        count = float(value)
    except (ValueError, OverflowError):
        return 0
    return int(count) if 0 <= count <= _MOST_TOKENS else 0
