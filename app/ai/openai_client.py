"""The one file that speaks the `openai` SDK: a structured chat call with our own retries and errors.

Works with any OpenAI-compatible endpoint that supports `response_format` with a JSON schema.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import openai
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel, ValidationError

from app.ai import metering
from app.ai.transport import guarded_client
from app.core import own_hosts
from app.core.errors import DomainError, Unavailable
from app.core.http import OutboundError

TRIES = 3
TIMEOUT_SECONDS = 120.0
MAX_WAIT_SECONDS = 20.0
_WAITS = (1.0, 4.0)
Answer = TypeVar("Answer", bound=BaseModel)


class _Unusable(Exception):
    """The model answered, but not what was asked for."""


class ChatClient:
    """Structured chat calls to one endpoint with one model.

    At most `tries` requests are made for a call that times out, cannot connect, or is answered
    with 429 or 5xx; a longer `Retry-After` than 20 s is not waited for. An answer that does not
    fit its type is asked for once more.
    """

    def __init__(
        self,
        api_key: str,
        model: str,
        base_url: str | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        tries: int = TRIES,
        sleep: Callable[[float], None] = time.sleep,
        allowed_private_hosts: Iterable[str] = (),
    ) -> None:
        self.model = model
        self._base_url = base_url
        self._allowed = own_hosts.of_url(base_url or "", allowed_private_hosts)
        self._tries = tries
        self._sleep = sleep
        self._api_key = api_key
        self._timeout = timeout

    def ask(self, instructions: str, question: str, answer: type[Answer]) -> tuple[Answer, str]:
        """The model's answer as `answer`, and its raw text; raises DomainError with what to do."""
        messages: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": instructions},
            {"role": "user", "content": question},
        ]
        way_out = guarded_client(self._allowed)
        with OpenAI(api_key=self._api_key, base_url=self._base_url or None, http_client=way_out) as opened:
            client = opened.with_options(max_retries=0, timeout=self._timeout)
            try:
                return self._call(client, messages, answer)
            except _Unusable as problem:
                messages.append({"role": "user", "content": _repair(str(problem))})
            try:
                return self._call(client, messages, answer)
            except _Unusable as problem:
                raise self._unreadable(str(problem)) from problem

    def _unreadable(self, problem: str) -> DomainError:
        return DomainError(
            "The model's answer could not be read, also after asking again.",
            code="AI_ANSWER_INVALID",
            cure="Try again, with fewer items at once, or choose a model that supports structured output.",
            details={"model": self.model, "problem": problem[:500]},
            retryable=True,
        )

    def _call(
        self, client: OpenAI, messages: list[ChatCompletionMessageParam], answer: type[Answer]
    ) -> tuple[Answer, str]:
        for attempt in range(1, self._tries + 1):
            try:
                return self._once(client, messages, answer)
            except openai.APIError as error:
                if attempt == self._tries or not _worth_retrying(error):
                    raise self._explain(error) from error
                wait = _wait_before(error, attempt)
                if wait > MAX_WAIT_SECONDS:
                    raise self._explain(error) from error
                self._sleep(wait)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _once(
        self, client: OpenAI, messages: list[ChatCompletionMessageParam], answer: type[Answer]
    ) -> tuple[Answer, str]:
        try:
            completion = client.chat.completions.parse(model=self.model, messages=messages, response_format=answer)
        except ValidationError as error:
            raise _Unusable(str(error)[:800]) from error
        except (AttributeError, TypeError) as error:  # the SDK stumbles over a 200 that is not a completion
            raise self._not_compatible() from error
        except openai.LengthFinishReasonError as error:
            raise DomainError(
                "The model stopped before its answer was complete.",
                code="AI_ANSWER_TOO_LONG",
                cure="Choose fewer items at once, or a model with a larger output limit.",
                details={"model": self.model},
            ) from error
        except openai.ContentFilterFinishReasonError as error:
            raise _refused("") from error
        if completion.usage:
            metering.count(self.model, completion.usage.prompt_tokens, completion.usage.completion_tokens)
        if not completion.choices:
            raise _Unusable("The answer held no choices.")
        message = completion.choices[0].message
        if message.refusal:
            raise _refused(message.refusal)
        if message.parsed is None:
            raise _Unusable("The answer was empty.")
        return message.parsed, message.content or ""

    def _explain(self, error: openai.APIError) -> DomainError:
        said = str(error)  # some endpoints repeat the key, and customers read this
        if len(self._api_key) >= 8:
            said = said.replace(self._api_key, "[the key]")
        details = {"model": self.model, "endpoint": self._base_url or "api.openai.com", "answer": said[:500]}
        if isinstance(error, openai.APITimeoutError):
            return Unavailable(
                "The AI service did not answer in time.",
                code="AI_TIMEOUT",
                cure="Try again in a few minutes, or with fewer items.",
                details=details,
            )
        if blocked := _blocked(error):
            return DomainError(
                "The address of the AI service is not called.",
                code="AI_BLOCKED",
                cure="If it belongs to your own network, add its host to ALLOWED_PRIVATE_HOSTS; else check "
                "OPENAI_BASE_URL.",
                details={**details, "answer": blocked.message},
            )
        if isinstance(error, openai.APIConnectionError):
            return Unavailable(
                "The AI service cannot be reached.",
                code="AI_UNREACHABLE",
                cure="Check OPENAI_BASE_URL and the network connection, then try again.",
                details=details,
            )
        if isinstance(error, openai.APIStatusError):
            return _explain_status(error, self.model, details)
        return self._not_compatible()

    def _not_compatible(self) -> DomainError:
        return DomainError(
            "What answered is not an OpenAI-compatible AI service.",
            code="AI_NOT_COMPATIBLE",
            cure="Check that OPENAI_BASE_URL names such an endpoint; its address usually ends in /v1.",
            details={"endpoint": self._base_url or "api.openai.com"},
        )


def _repair(problem: str) -> str:
    return (
        "Your previous answer could not be used because it did not match the required JSON schema:\n"
        f"{problem}\nAnswer the first message again with JSON that matches the schema exactly."
    )


def _refused(reason: str) -> DomainError:
    return DomainError(
        f"The model declined to answer{': ' + reason[:200] if reason else '.'}",
        code="AI_REFUSED",
        cure="Change the title, description or keywords, or choose another model.",
    )


def _no_credit(error: openai.APIStatusError) -> bool:
    return error.code == "insufficient_quota" or "insufficient_quota" in str(error) or error.status_code == 402


def _blocked(error: openai.APIError) -> OutboundError | None:
    """What the guard said, when it let the request not through."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OutboundError):
        cause = cause.__cause__
    return cause if isinstance(cause, OutboundError) and cause.kind == "blocked" else None


def _worth_retrying(error: openai.APIError) -> bool:
    if _blocked(error):
        return False
    if isinstance(error, openai.APIConnectionError):  # timeouts are of this class too
        return True
    if isinstance(error, openai.APIStatusError):
        return error.status_code >= 500 or (error.status_code in (408, 409, 429) and not _no_credit(error))
    return False


def _wait_before(error: openai.APIError, attempt: int) -> float:
    if isinstance(error, openai.APIStatusError):
        try:
            return max(0.0, float(error.response.headers["retry-after"]))
        except (KeyError, ValueError):
            pass  # no such header, or a date: the usual wait does
    return _WAITS[min(attempt, len(_WAITS)) - 1]


_STATUS: Mapping[int, tuple[str, str, str]] = {
    401: (
        "AI_KEY_INVALID",
        "The AI service does not accept the key.",
        "Check OPENAI_API_KEY: it may be mistyped, deleted, or meant for another endpoint.",
    ),
    403: (
        "AI_FORBIDDEN",
        "The AI service does not allow this key to use the model.",
        "Give the key access to the model, or choose another one with OPENAI_MODEL.",
    ),
    404: (
        "AI_MODEL_MISSING",
        "The AI service does not know the model.",
        "Set OPENAI_MODEL to a model of this endpoint, and check that OPENAI_BASE_URL usually ends in /v1.",
    ),
    413: (
        "AI_REQUEST_TOO_LARGE",
        "The request is too large for the AI service.",
        "Choose fewer items at once.",
    ),
}


def _explain_status(error: openai.APIStatusError, model: str, details: dict[str, str]) -> DomainError:
    details = {**details, "status": str(error.status_code)}
    if _no_credit(error):
        return DomainError(
            "The account at the AI service has no credit left.",
            code="AI_NO_CREDIT",
            cure="Add credit there or use another key, then try again.",
            details=details,
        )
    if error.status_code == 429:
        return Unavailable(
            "The AI service is limiting our requests.",
            code="AI_RATE_LIMITED",
            cure="Wait a few minutes and try again.",
            details=details,
        )
    if error.status_code >= 500:
        return Unavailable(
            f"The AI service failed with status {error.status_code}.",
            code="AI_SERVICE_FAILED",
            cure="Try again in a few minutes.",
            details=details,
        )
    code, message, cure = _STATUS.get(
        error.status_code,
        (
            "AI_REQUEST_REFUSED",
            "The AI service refused the request.",
            f"Check that the model “{model}” supports structured output (a JSON schema as response format).",
        ),
    )
    return DomainError(message, code=code, cure=cure, details=details)
