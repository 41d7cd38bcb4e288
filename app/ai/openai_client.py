"""The one file that speaks the `openai` SDK: a structured chat call with our own retries and errors.

Endpoints that are compatible in name differ in what they take and give. A call asks for a JSON schema first; where that
is refused it asks for JSON, then with the schema in the question alone, and remembers what the endpoint takes.
"""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

import openai
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel

from app.ai import metering, openai_errors
from app.ai.completions import Completion, ErrorInside, NotACompletion, read_completion
from app.ai.json_answers import NoAnswer, read_answer
from app.ai.openai_errors import Failure
from app.ai.transport import guarded_client
from app.core import own_hosts
from app.core.errors import DomainError

TRIES = 3
TIMEOUT_SECONDS = 120.0
TOTAL_SECONDS = 300.0  # for a question with all its tries
MAX_WAIT_SECONDS = 20.0
_WAITS = (1.0, 4.0)
Answer = TypeVar("Answer", bound=BaseModel)
Turn = dict[str, str]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What an endpoint takes: `form` is the response format, `system` whether it has turns of the system."""

    form: str = "json_schema"
    system: bool = True

    def simpler(self, failure: Failure) -> "Dialect | None":
        """What to try after this refusal; None when the refusal has another reason."""
        if failure.is_about_roles and self.system:
            return replace(self, system=False)
        if not failure.may_be_the_format or self.form == "text":
            return None
        return replace(self, form="json_object" if self.form == "json_schema" else "text")


_dialects: dict[tuple[str, str], Dialect] = {}  # by endpoint and model, as long as the process lives


def forget_dialects() -> None:
    """Forget what each endpoint takes: the next call finds out again."""
    _dialects.clear()


class ChatClient:
    """Structured chat calls to one endpoint with one model.

    At most `tries` requests are made for a call that times out, cannot connect, or is answered with 429 or 5xx; a
    longer `Retry-After` than 20 s is not waited for. An answer that does not fit its type is asked for once more.
    """

    def __init__(
        self,
        api_key: str,
        model: str,
        base_url: str | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        total: float = TOTAL_SECONDS,
        tries: int = TRIES,
        sleep: Callable[[float], None] = time.sleep,
        allowed_private_hosts: Iterable[str] = (),
    ) -> None:
        self.model = model
        self._base_url = base_url
        self._allowed = own_hosts.private_hosts_for_url(base_url or "", allowed_private_hosts)
        self._tries = tries
        self._sleep = sleep
        self._api_key = api_key
        self._timeout = timeout
        self._total = total
        self._endpoint = (base_url or "", model)

    def ask(self, instructions: str, question: str, answer: type[Answer]) -> tuple[Answer, str]:
        """The model's answer as `answer`, and its raw text; raises DomainError with what to do."""
        turns: list[Turn] = [{"role": "user", "content": question}]
        with OpenAI(
            api_key=self._api_key, base_url=self._base_url or None, http_client=guarded_client(self._allowed)
        ) as client:
            call = _Call(client.with_options(max_retries=0), time.monotonic() + self._total)
            text = self._answer(call, instructions, turns, answer)
            try:
                return read_answer(text, answer), text
            except NoAnswer as problem:
                turns += [
                    {"role": "assistant", "content": text or "(no answer)"},
                    {"role": "user", "content": _repair(str(problem))},
                ]
            text = self._answer(call, instructions, turns, answer)
            try:
                return read_answer(text, answer), text
            except NoAnswer as problem:
                raise self._unreadable(str(problem)) from problem

    def _unreadable(self, problem: str) -> DomainError:
        return DomainError(
            "The model's answer could not be read, also after asking again.",
            code="AI_ANSWER_INVALID",
            cure="Try again, with fewer items at once, or choose a model that supports structured output.",
            details={"model": self.model, "problem": problem[:500]},
            retryable=True,
        )

    def _answer(self, call: "_Call", instructions: str, turns: list[Turn], answer: type[BaseModel]) -> str:
        """The text of the answer, asked for in the richest way that the endpoint takes."""
        dialect = _dialects.get(self._endpoint, Dialect())
        while True:
            try:
                completion = self._patiently(call, _request(dialect, instructions, turns, answer))
            except _Refusal as refusal:
                simpler = dialect.simpler(refusal.failure)
                if simpler is None:
                    raise self._explain(refusal.failure) from refusal
                dialect = simpler
                continue
            _dialects[self._endpoint] = dialect
            return self._checked(completion)

    def _checked(self, completion: Completion) -> str:
        metering.count_tokens(self.model, completion.sent, completion.answered)
        if completion.refusal:
            raise openai_errors.refused_error(completion.refusal)
        if completion.finish == "content_filter":
            raise openai_errors.refused_error("")
        if completion.finish in ("length", "max_tokens"):
            raise openai_errors.too_long_error(self.model)
        return completion.text

    def _patiently(self, call: "_Call", request: dict[str, Any]) -> Completion:
        """The answer to a request that is tried again while that may help; raises _Refusal and DomainError."""
        for attempt in range(1, self._tries + 1):
            wait = _WAITS[min(attempt, len(_WAITS)) - 1]
            try:
                return self._once(call, request)
            except _Refusal as refusal:
                if attempt == self._tries or not refusal.failure.is_worth_retrying:
                    raise
                wait = wait if refusal.failure.retry_after is None else refusal.failure.retry_after
                if wait > min(MAX_WAIT_SECONDS, call.seconds_left()):
                    raise
            except openai.APIConnectionError as error:
                if attempt == self._tries or openai_errors.blocked_error(error) or call.seconds_left() <= wait:
                    raise openai_errors.explain_connection(error, self._details(str(error))) from error
            self._sleep(wait)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _once(self, call: "_Call", request: dict[str, Any]) -> Completion:
        seconds = min(self._timeout, call.seconds_left())
        if seconds <= 0:
            raise openai_errors.timeout_error(self._details(""))
        try:
            raw = call.client.chat.completions.with_raw_response.create(model=self.model, timeout=seconds, **request)
            return read_completion(json.loads(raw.content))
        except openai.APIStatusError as error:
            raise _Refusal(openai_errors.failure_of(error)) from error
        except ErrorInside as error:
            raise _Refusal(openai_errors.failure_inside(error)) from error
        except (NotACompletion, ValueError) as error:
            raise self._not_compatible() from error

    def _explain(self, failure: Failure) -> DomainError:
        return openai_errors.explain_failure(failure, self.model, self._details(failure.message))

    def _details(self, answer: str) -> dict[str, str]:
        if len(self._api_key) >= 8:  # some endpoints repeat the key, and customers read this
            answer = answer.replace(self._api_key, "[the key]")
        return {"model": self.model, "endpoint": self._base_url or "api.openai.com", "answer": answer[:500]}

    def _not_compatible(self) -> DomainError:
        return DomainError(
            "What answered is not an OpenAI-compatible AI service.",
            code="AI_NOT_COMPATIBLE",
            cure="Check that OPENAI_BASE_URL names such an endpoint; its address usually ends in /v1.",
            details={"endpoint": self._base_url or "api.openai.com"},
        )


class _Refusal(Exception):
    """The service answered, and refused."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class _Call:
    """An open client and when the question as a whole has to be answered (monotonic seconds)."""

    client: OpenAI
    until: float

    def seconds_left(self) -> float:
        return self.until - time.monotonic()


def _request(dialect: Dialect, instructions: str, turns: list[Turn], answer: type[BaseModel]) -> dict[str, Any]:
    """The arguments of the SDK's call: turns that alternate, and the response format."""
    schema = openai.pydantic_function_tool(answer)["function"]["parameters"]
    options: dict[str, Any] = {}
    if dialect.form == "json_schema":
        options["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": answer.__name__, "strict": True, "schema": schema},
        }
    else:
        instructions += f"\nAnswer with one JSON object and nothing else, by this JSON schema:\n{json.dumps(schema)}"
        if dialect.form == "json_object":
            options["response_format"] = {"type": "json_object"}
    if dialect.system:
        messages = [{"role": "system", "content": instructions}, *turns]
    else:
        messages = [{"role": "user", "content": f"{instructions}\n\n{turns[0]['content']}"}, *turns[1:]]
    return {"messages": cast(list[ChatCompletionMessageParam], messages), **options}


def _repair(problem: str) -> str:
    return (
        "Your previous answer could not be used because it did not match the required JSON schema:\n"
        f"{problem}\nAnswer the first message again with JSON that matches the schema exactly."
    )
