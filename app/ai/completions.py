"""Reading what endpoints answer to a chat call: they differ, and what was paid for is not thrown away. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_THOUGHTS = re.compile(r"<(think|thinking|thought|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_UNOPENED = re.compile(r"^.*?</(?:think|thinking|thought|reasoning)>", re.DOTALL | re.IGNORECASE)


class NotACompletion(Exception):
    """What came is not the answer of an AI service."""


class ErrorInside(Exception):
    """The answer says 200 and holds an error. `status` is the one it names, or 500."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer: its text without the model's thoughts, why it ended, and the tokens it took (0: not told)."""

    text: str
    refusal: str
    finish: str
    sent: int
    answered: int


def read_completion(data: object) -> Completion:
    """The answer in a decoded body; raises NotACompletion and ErrorInside. No choices are an empty text."""
    if not isinstance(data, Mapping):
        raise NotACompletion("The body is no object.")
    if error := data.get("error"):
        raise error_in(error)
    if "choices" not in data:
        raise NotACompletion("The body has no choices.")
    choices = data["choices"]
    first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}
    message = first.get("message")
    message = message if isinstance(message, Mapping) else {}
    usage = data.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    return Completion(
        text=_without_thoughts(text_of(message.get("content")) or _arguments(message)),
        refusal=text_of(message.get("refusal")).strip(),
        finish=str(first.get("finish_reason") or ""),
        sent=_count(usage.get("prompt_tokens")),
        answered=_count(usage.get("completion_tokens")),
    )


def error_in(error: object) -> ErrorInside:
    """The error that a body holds, whatever its form: a text, an object, or one in a list."""
    if isinstance(error, list):
        error = error[0] if error else {}
    if isinstance(error, Mapping) and isinstance(error.get("error"), Mapping):
        error = error["error"]
    if not isinstance(error, Mapping):
        return ErrorInside(500, "", str(error))
    code = error.get("code")
    status = next((_count(value) for value in (code, error.get("status")) if 400 <= _count(value) < 600), 500)
    name = code if isinstance(code, str) and not code.isdigit() else error.get("status") or error.get("type")
    return ErrorInside(status, str(name or ""), str(error.get("message") or error))


def text_of(content: object) -> str:
    """Text that is a string, a part, or a list of parts; parts that are no text are left out."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        if content.get("type") in ("reasoning", "thinking"):
            return ""
        value = content.get("text", content.get("content"))
        return text_of(value.get("value")) if isinstance(value, Mapping) else text_of(value)
    if isinstance(content, list):
        return "".join(text_of(part) for part in content)
    return ""


def _arguments(message: Mapping[str, Any]) -> str:
    """What some endpoints give structured output as: the arguments of a call."""
    calls = message.get("tool_calls")
    call = calls[0] if isinstance(calls, list) and calls and isinstance(calls[0], Mapping) else {}
    function = call.get("function") or message.get("function_call")
    arguments = function.get("arguments") if isinstance(function, Mapping) else None
    return arguments if isinstance(arguments, str) else ""


def _without_thoughts(text: str) -> str:
    text = _THOUGHTS.sub("", text)
    return _UNOPENED.sub("", text).strip() if re.search(r"</think", text, re.IGNORECASE) else text.strip()


def _count(value: object) -> int:
    """A number of tokens or a status; 0 for anything else."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, int | float):
        return max(0, int(value)) if value == value and abs(value) < 1e12 else 0
    return int(value) if isinstance(value, str) and value.isdigit() and len(value) < 13 else 0
