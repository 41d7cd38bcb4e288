"""One structured chat call in OpenAI's protocol, with our own errors.

Endpoints that are compatible in name differ in what they take and give. A call asks for a JSON schema first; where that
is refused it asks for JSON, then with the schema in the question alone, and remembers for an hour what the endpoint
takes, or until it refuses that.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import Any

import openai
from pydantic import BaseModel

from app.ai.call_context import CallCancelled, CallFailed
from app.ai.client import openai_errors, transport
from app.ai.client.completions import (
    AnswerBroken,
    Completion,
    ErrorInside,
    NotACompletion,
    decoded,
    read_completion,
)
from app.ai.client.openai_errors import Failure
from app.ai.client.streamed import StreamedCompletion, first_signs, lines_of, read_events
from app.ai.endpoints import Endpoint
from app.ai.providers import places
from app.ai.providers.places import INSTALLATION, ProviderName
from app.core import own_hosts
from app.core.http import OutboundError
from app.core.http_stream import OpenAnswer, Patience, never

DIALECT_SECONDS = 3600.0  # endpoints learn: after so long the richest way is tried again
TIMEOUT_SECONDS = 120.0  # for a whole answer; of one that is streamed, for its first word and between any two
Turn = dict[str, str]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What an endpoint takes: `form` is the response format, `system` whether it has turns of the system.

    `stream` is whether answers are streamed, and `stream_usage` whether a stream may be asked for its tokens. `limit`
    is what the most tokens of an answer are called, empty where they cannot be limited.
    """

    form: str = "json_schema"
    system: bool = True
    stream: bool = True
    stream_usage: bool = True
    limit: str = "max_completion_tokens"

    def simpler(self, failure: Failure, is_streaming: bool = False, is_limited: bool = False) -> "Dialect | None":
        """What to try after this refusal; None when the refusal has another reason."""
        if is_limited and self.limit and failure.is_about_limit:
            return replace(self, limit="max_tokens" if self.limit == "max_completion_tokens" else "")
        if failure.is_about_roles and self.system:
            return replace(self, system=False)
        if not failure.may_be_the_format:
            return None
        if self.form != "text" and not (is_streaming and failure.is_about_streaming):
            return replace(self, form="json_object" if self.form == "json_schema" else "text")
        if not is_streaming:
            return replace(self, limit="", stream=True) if is_limited and self.limit else None
        return replace(self, stream_usage=False) if self.stream_usage else replace(self, stream=False)

    def plainest(self, failure: Failure, *, is_limited: bool) -> "Dialect":
        """The form of request that every endpoint takes, whatever it has begun to refuse.

        The richest one if this is the plainest already.
        """
        limit = "" if failure.is_about_limit else self.limit
        plain = Dialect("text", False, is_limited and not limit, False, limit)
        return plain if plain != self else Dialect()


_dialects: dict[tuple[str, str], tuple[Dialect, float]] = {}  # by endpoint and model, and until when (monotonic)


def forget_dialects() -> None:
    """Forget what each endpoint takes: the next call finds out again."""
    _dialects.clear()


class ChatClient:
    """Structured chat calls to one endpoint with one model, none of which is repeated.

    `timeout` is for a whole answer; of one that is streamed, for its first word and between any two. `place` says whose
    endpoint it is: an account's may lead only to private hosts that are on the list.
    """

    @classmethod
    def at(cls, endpoint: Endpoint, config: Mapping[str, Any], timeout: float = TIMEOUT_SECONDS) -> "ChatClient":
        """A client for this endpoint, whoever's it is."""
        return cls(
            endpoint.api_key,
            endpoint.model,
            endpoint.base_url,
            allowed_private_hosts=places.private_hosts_of(endpoint, config),
            place=places.place_of(endpoint),
            timeout=timeout,
        )

    def __init__(
        self,
        api_key: str,
        model: str,
        base_url: str | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        allowed_private_hosts: Iterable[str] = (),
        place: ProviderName = INSTALLATION,
    ) -> None:
        self.model = model
        self._base_url = base_url
        self._place = place
        self._allowed = (
            tuple(allowed_private_hosts)
            if place.provider
            else own_hosts.private_hosts_for_url(base_url or "", allowed_private_hosts)
        )
        self._api_key = api_key
        self._timeout = timeout
        self._endpoint = (base_url or "", model)

    def ask(
        self,
        instructions: str,
        turns: Sequence[Turn],
        answer: type[BaseModel],
        *,
        until: float,
        first_token_seconds: float | None = None,
        most_tokens: int | None = None,
        on_text: Callable[[str], None] | None = None,
        on_tokens: Callable[[int], None] | None = None,
        is_watched: bool = False,
        is_cancelled: Callable[[], bool] = never,
    ) -> Completion:
        """What the model answers, in the richest way that the endpoint takes; raises CallFailed and CallCancelled.

        It has time until `until` (monotonic), and at most `most_tokens`: where the endpoint takes no such limit, the
        answer is streamed and cut there, and an endpoint that does not stream either is not asked. An answer that
        `is_watched` is streamed where the endpoint can; the first word of a stream has `first_token_seconds`, and
        `on_text` is called with all of its text so far each time more comes, `on_tokens` with the tokens that it may
        have taken, thoughts included. Once `is_cancelled`, which is asked from another thread, the connection is cut. A
        refusal of what was taken not long ago is followed by one more request, in the plainest way: where that is
        taken, the endpoint has changed, and the next call finds out how.
        """
        call = _Call(until, Patience(until, is_cancelled), on_text, on_tokens, first_token_seconds)
        remembered, is_last, failure = self._remembered(), False, None
        dialect = remembered or Dialect()
        while True:
            call.cut_at = most_tokens if most_tokens and not dialect.limit else 0
            if call.cut_at and not dialect.stream:
                raise self._unlimited(failure)
            is_streaming = dialect.stream and (is_watched or call.cut_at > 0)
            try:
                completion = self._once(call, _request(dialect, instructions, turns, answer, is_streaming, most_tokens))
            except _Refusal as refusal:
                failure = refusal.failure
                if remembered is not None and failure.is_about_form and not is_last:
                    _dialects.pop(self._endpoint, None)
                    dialect, is_last = remembered.plainest(failure, is_limited=most_tokens is not None), True
                    continue
                simpler = dialect.simpler(failure, is_streaming, most_tokens is not None)
                if simpler is None or is_last:
                    raise self._failed(failure) from refusal
                dialect = simpler
                continue
            if call.cut_at and not completion.is_stream:
                dialect = replace(dialect, stream=False)  # from now on it is left out
            if dialect != (remembered or Dialect()) and not is_last:
                _dialects[self._endpoint] = dialect, time.monotonic() + DIALECT_SECONDS
            return completion

    def _remembered(self) -> Dialect | None:
        """What the endpoint took not long ago."""
        dialect, until = _dialects.get(self._endpoint, (None, 0.0))
        return dialect if time.monotonic() < until else None

    def _once(self, call: "_Call", request: dict[str, Any]) -> Completion:
        if call.patience.is_cancelled():
            raise CallCancelled
        if call.seconds_left() <= 0:
            raise CallFailed(openai_errors.timeout_error(self._details(""), self._place), passes=True)
        try:
            return self._answered(call, request)
        except OutboundError as error:
            if call.patience.is_cancelled():
                raise CallCancelled from error
            explained = openai_errors.explain_connection(error, self._details(error.message), self._place)
            raise CallFailed(explained, passes=openai_errors.may_pass(error)) from error
        except AnswerBroken as error:
            raise _Refusal(Failure(502, "broken", str(error))) from error
        except ErrorInside as error:
            raise _Refusal(openai_errors.failure_inside(error)) from error
        except (NotACompletion, ValueError, RecursionError) as error:
            raise CallFailed(openai_errors.not_compatible(self._details(""), self._place)) from error

    def _answered(self, call: "_Call", request: dict[str, Any]) -> Completion:
        is_streaming, began = "stream" in request, time.monotonic()
        call.wait_for((call.first_token_seconds if is_streaming else None) or self._timeout)
        body, patience = {"model": self.model, **request}, call.patience
        with closing(
            transport.post(self._base_url, self._api_key, body, patience=patience, allowed_private_hosts=self._allowed)
        ) as response:
            if not 200 <= response.status < 300:
                raise _Refusal(_refusal_error(response))
            pieces = response.chunks()
            return self._streamed(call, pieces, began) if is_streaming else read_completion(decoded(b"".join(pieces)))

    def _streamed(self, call: "_Call", pieces: Iterator[bytes], began: float) -> Completion:
        """The answer, given to `on_text` as it comes; an endpoint that does not stream after all is read whole."""
        start = first_signs(pieces)
        if start.startswith((b"{", b"[", b"<")):  # no stream after all
            call.wait_for(self._timeout)
            return replace(read_completion(decoded(start + b"".join(pieces))), is_unlimited=call.cut_at > 0)
        return self._followed(call, chain([start], pieces), began)

    def _followed(self, call: "_Call", pieces: Iterable[bytes], began: float) -> Completion:
        so_far, first_token_ms = StreamedCompletion(), None
        for name, data in read_events(lines_of(pieces)):
            if not so_far.add(name, data):
                break
            if call.on_tokens is not None:
                call.on_tokens(so_far.tokens_so_far)
            if so_far.has_begun:
                call.wait_for(self._timeout)
            if so_far.text and first_token_ms is None:
                first_token_ms = round(1000 * (time.monotonic() - began))
            if so_far.text and call.on_text is not None:
                call.on_text(so_far.text)
            if 0 < call.cut_at <= so_far.tokens_so_far:
                return replace(so_far.cut_off(call.cut_at), first_token_ms=first_token_ms)
        return replace(so_far.completion(), first_token_ms=first_token_ms)

    def _unlimited(self, failure: Failure | None) -> CallFailed:
        """The error when the length of answers cannot be limited; a refusal for another reason is reported instead."""
        if failure is not None and not (failure.is_about_limit or failure.is_about_streaming):
            return self._failed(failure)
        return CallFailed(openai_errors.unlimited_error(self._details("")))

    def _failed(self, failure: Failure) -> CallFailed:
        error = openai_errors.explain_failure(failure, self.model, self._details(failure.message), self._place)
        return CallFailed(error, passes=failure.is_worth_retrying, retry_after=failure.retry_after)

    def _details(self, answer: str) -> dict[str, str]:
        if len(self._api_key) >= 8:  # some endpoints repeat the key, and customers read this
            answer = answer.replace(self._api_key, "[the key]")
        return {"model": self.model, "endpoint": self._base_url or "api.openai.com", "answer": answer[:500]}


class _Refusal(Exception):
    """The service answered, and refused."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(slots=True)
class _Call:
    """What is waited for, and when the question as a whole has to be answered (monotonic seconds).

    A stream is cut after `cut_at` tokens, where that is not 0.
    """

    until: float
    patience: Patience
    on_text: Callable[[str], None] | None
    on_tokens: Callable[[int], None] | None
    first_token_seconds: float | None
    cut_at: int = 0

    def seconds_left(self) -> float:
        return self.until - time.monotonic()

    def wait_for(self, seconds: float) -> None:
        """Wait so long for what comes next, but not beyond the end."""
        self.patience.until = min(self.until, time.monotonic() + seconds)


@lru_cache(maxsize=64)
def _schema(answer: type[BaseModel]) -> Any:
    """The strict JSON schema of an answer, as OpenAI's SDK makes it; nobody changes it."""
    return _without_defaults(openai.pydantic_function_tool(answer)["function"]["parameters"])


def _without_defaults(schema: Any) -> Any:
    """The schema without defaults, which strict mode refuses: we do without a field, and still ask for each."""
    if isinstance(schema, list):
        return [_without_defaults(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _without_defaults(part) for name, part in schema.items() if name != "default"}


def _request(
    dialect: Dialect,
    instructions: str,
    turns: Sequence[Turn],
    answer: type[BaseModel],
    is_streaming: bool,
    most_tokens: int | None,
) -> dict[str, Any]:
    """The body beside the model's name: turns that alternate, and the response format."""
    schema = _schema(answer)
    options: dict[str, Any] = {dialect.limit: most_tokens} if most_tokens and dialect.limit else {}
    if is_streaming and dialect.stream_usage:
        options["stream_options"] = {"include_usage": True}
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
    request = {"messages": messages, **options}
    return {**request, "stream": True} if is_streaming else request


def _refusal_error(response: OpenAnswer) -> Failure:
    body = b"".join(response.chunks())
    words = body.decode("utf-8", "replace").strip() or f"Status {response.status}, without a word."
    return openai_errors.failure_in(response.status, body, response.headers.get("Retry-After"), words)
