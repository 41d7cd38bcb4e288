"""Asking the endpoints of an operation until one gives an answer that serves.

Each is asked once, in order. Then those whose failure may have passed are asked again, after a wait, up to TRIES times:
with a second endpoint at hand nobody waits for the first.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from app.ai import prices
from app.ai.call_context import CallCancelled, CallContext, CallFailed, EndpointPaused
from app.ai.calls.record import Attempt
from app.ai.client import openai_errors
from app.ai.client.completions import Completion
from app.ai.client.json_answers import NoAnswer, is_whole, read_answer
from app.ai.client.openai_client import TIMEOUT_SECONDS, ChatClient, Turn
from app.ai.endpoints import Endpoint
from app.ai.limits.gate import BUSY, PAUSED
from app.ai.metering import Tokens
from app.ai.operations import AnswerRejected, Operation
from app.ai.pauses import wait_unless_cancelled
from app.core.errors import DomainError, Unavailable
from app.core.languages import gettext

TRIES = 3
WAITS = (1.0, 4.0)  # seconds before the second and the third try, unless the endpoint names others
MAX_WAIT_SECONDS = 20.0  # a longer `Retry-After` is not waited for
BUSY_SECONDS = 5.0  # so long a place is waited for when another endpoint is at hand
TOKEN_LETTERS = 3  # that a token is taken for where tokens are not reported, rather too few
# Why an answer ended, in the words of several services.
REFUSED = frozenset(("content_filter", "safety", "prohibited_content", "blocklist", "recitation", "spii", "refusal"))
CUT_OFF = frozenset(("length", "max_tokens", "max_output_tokens", "model_length"))
RequestT = TypeVar("RequestT", bound=BaseModel)
AnswerT = TypeVar("AnswerT", bound=BaseModel)
ResultT = TypeVar("ResultT")


class RequestGate(Protocol):
    """Who may be asked now (`app.ai.limits.gate`)."""

    def passed(self, endpoint: Endpoint, until: float) -> AbstractContextManager[None]:
        """Hold a place while it is asked; raises EndpointPaused where it may not be."""
        ...


@dataclass(order=True)
class _Candidate:
    """An endpoint to ask, ordered by when it may be asked (monotonic), then by its place in the order."""

    due: float
    place: int
    endpoint: Endpoint = field(compare=False)
    tries: int = field(default=0, compare=False)


@dataclass
class FallbackCall(Generic[RequestT, AnswerT, ResultT]):
    """One question to the endpoints of an account. `attempts` and `tokens` say what it took, also when it fails.

    If money `is_capped`, endpoints are told how long the answer may be, as no more was reserved. The reservation covers
    one answer of each endpoint and one more (`spending.worst_case_micros`), so no further one is asked for. The first
    place is waited for as long as the answer may take; once it is there, the answer has that time.
    """

    operation: Operation[RequestT, AnswerT, ResultT]
    request: RequestT
    instructions: str
    question: str
    call: CallContext
    gate: RequestGate
    config: Mapping[str, Any]
    timeout: float = field(default_factory=lambda: TIMEOUT_SECONDS)
    tries: int = TRIES
    is_capped: bool = False
    attempts: list[Attempt] = field(default_factory=list)
    tokens: Tokens = field(default_factory=Tokens)
    endpoint: Endpoint | None = None
    is_repaired: bool = False
    _until: float = 0.0
    _heard: int = 0  # tokens that the answer that is coming may have taken
    _paid: Counter[str] = field(default_factory=Counter)  # answers that cost something, by the endpoint's key

    def answer(self, endpoints: Sequence[Endpoint]) -> tuple[ResultT, str]:
        """The result and the answer it was read from; raises CallCancelled, and the DomainError of the first asked."""
        self._until = self._end()
        candidates = [_Candidate(0.0, place, endpoint) for place, endpoint in enumerate(endpoints)]
        errors: dict[int, DomainError] = {}
        while candidates and time.monotonic() < self._until:
            candidate = heappop(candidates)
            if self._is_spent(candidate.endpoint):  # what another one has cost since counts, too
                continue
            self._pause(candidate.due)
            try:
                return self._ask(candidate.endpoint, is_only=not candidates)
            except EndpointPaused:
                continue
            except CallFailed as failed:
                errors[candidate.place] = failed.error
                if self._may_be_asked_again(candidate, failed):
                    heappush(candidates, candidate)
        raise errors[min(errors)] if errors else _all_left_alone()

    def _end(self) -> float:
        """When the answer must be there, counted from now (monotonic)."""
        end = time.monotonic() + self.operation.limits.total_seconds
        return end if self.call.deadline is None else min(end, self.call.deadline)

    def _may_be_asked_again(self, candidate: _Candidate, failed: CallFailed) -> bool:
        """Schedule the candidate's next try; False when that would not help."""
        is_busy = failed.error.code == BUSY
        candidate.tries += 0 if is_busy else 1
        if not failed.passes or candidate.tries >= self.tries or self._is_spent(candidate.endpoint):
            return False
        wait = failed.retry_after
        if wait is None:
            wait = 0.0 if is_busy else WAITS[min(candidate.tries, len(WAITS)) - 1]
        candidate.due = time.monotonic() + wait
        return wait <= MAX_WAIT_SECONDS and candidate.due < self._until

    def _is_spent(self, endpoint: Endpoint) -> bool:
        """Whether nothing is reserved for another answer of this endpoint."""
        return self.is_capped and self._paid[endpoint.key] > 0 and max(self._paid.values()) > 1

    def _pause(self, due: float) -> None:
        wait_unless_cancelled(due - time.monotonic(), self.call.cancelled)

    def _ask(self, endpoint: Endpoint, *, is_only: bool) -> tuple[ResultT, str]:
        """The endpoint's answer; one that does not serve is shown to the model once and asked for again."""
        turns: list[Turn] = [{"role": "user", "content": self.question}]
        while True:
            text = self._text(endpoint, turns, is_only=is_only)
            try:
                result = self.operation.check(self.request, read_answer(text, self.operation.answer), text)
            except (NoAnswer, AnswerRejected) as problem:
                self.attempts[-1] = replace(self.attempts[-1], error_code="AI_ANSWER_INVALID")
                if self.is_repaired or self._is_spent(endpoint):
                    raise CallFailed(_unusable(endpoint, problem)) from problem
                self.is_repaired = True
                turns += [
                    {"role": "assistant", "content": text or "(no answer)"},
                    {"role": "user", "content": _repair(problem)},
                ]
            else:
                self.endpoint = endpoint
                return result, text

    def _text(self, endpoint: Endpoint, turns: Sequence[Turn], *, is_only: bool) -> str:
        patience = self._until if is_only else min(self._until, time.monotonic() + BUSY_SECONDS)
        with self.gate.passed(endpoint, patience):
            if not self.attempts:
                self._until = self._end()
            began, completion, error_code, self._heard = time.monotonic(), None, None, 0
            try:
                completion = self._complete(endpoint, turns)
                if error := _unfit(completion, endpoint):
                    raise CallFailed(error)
                return completion.text
            except CallFailed as failed:
                error_code = failed.error.code
                raise
            except CallCancelled:
                error_code = "AI_CANCELLED"
                raise
            finally:
                self._record(endpoint, turns, completion, error_code, began)

    def _complete(self, endpoint: Endpoint, turns: Sequence[Turn]) -> Completion:
        return ChatClient.at(endpoint, self.config, timeout=self.timeout).ask(
            self.instructions,
            turns,
            self.operation.answer,
            until=self._until,
            most_tokens=self.operation.limits.answer_tokens if self.is_capped else None,
            first_token_seconds=min(self.timeout, self.operation.limits.first_token_seconds),
            on_text=self.call.on_text,
            on_tokens=self._hear,
            is_watched=self.call.on_text is not None,
            is_cancelled=self.call.cancelled,
        )

    def _record(
        self,
        endpoint: Endpoint,
        turns: Sequence[Turn],
        completion: Completion | None,
        error_code: str | None,
        began: float,
    ) -> None:
        sent, answered = (completion.sent, completion.answered) if completion else (0, 0)
        is_told = bool(sent or answered) and not (completion and completion.cut_at)
        billed = (sent, answered) if is_told or not self.is_capped else self._reckoned(turns, completion)
        cost = prices.cost_at(endpoint, *billed) if any(billed) else None
        self._paid[endpoint.key] += any(billed)
        self.tokens.add(endpoint.model, sent, answered, cost)
        self.attempts.append(
            Attempt(
                endpoint.key,
                endpoint.model,
                error_code,
                round(1000 * (time.monotonic() - began)),
                completion.first_token_ms if completion else None,
                sent,
                answered,
                is_repair=len(turns) > 1,
            )
        )

    def _reckoned(self, turns: Sequence[Turn], completion: Completion | None) -> tuple[int, int]:
        """Tokens estimated from what came, when the endpoint reports none, since a cap holds there too.

        None if nothing came. Of a stream everything counts, thoughts too, up to the limit that the answer was held to.
        """
        letters = len(completion.text) if completion else 0
        answered = max(self._heard, letters and letters // TOKEN_LETTERS + 1)
        if completion is None or not completion.is_unlimited:
            answered = min(answered, self.operation.limits.answer_tokens)
        if not answered:
            return 0, 0
        sent = len(self.instructions) + sum(len(turn["content"]) for turn in turns)
        return sent // TOKEN_LETTERS + 1, answered

    def _hear(self, tokens: int) -> None:
        self._heard = tokens


def _unfit(completion: Completion, endpoint: Endpoint) -> DomainError | None:
    """Why an answer is unusable whatever it contains, if it is."""
    if completion.refusal or completion.finish in REFUSED:
        return openai_errors.refused_error(completion.refusal)
    if completion.finish in CUT_OFF and not is_whole(completion.text):  # some say so of an answer that just fits
        return openai_errors.too_long_error(endpoint.model)
    return None


def _all_left_alone() -> DomainError:
    return Unavailable(
        "The AI service failed again and again, and is left alone for a while.",
        code=PAUSED,
        cure="Try again in some minutes. If it stays so, test the connection under Settings → AI.",
    )


def _unusable(endpoint: Endpoint, problem: NoAnswer | AnswerRejected) -> DomainError:
    error = problem.error if isinstance(problem, AnswerRejected) else None
    return error or DomainError(
        gettext("The model's answer could not be read, also after asking again."),
        code="AI_ANSWER_INVALID",
        cure=gettext("Try again, with fewer items at once, or choose a model that supports structured output."),
        details={"model": endpoint.model, "problem": str(problem)[:500]},
        retryable=True,
    )


def _repair(problem: NoAnswer | AnswerRejected) -> str:
    if isinstance(problem, AnswerRejected):
        return (
            f"Your previous answer could not be used:\n{problem}\n"
            "Answer the first message again, with JSON that matches the schema, and mend this."
        )
    return (
        "Your previous answer could not be used because it did not match the required JSON schema:\n"
        f"{problem}\nAnswer the first message again with JSON that matches the schema exactly."
    )
