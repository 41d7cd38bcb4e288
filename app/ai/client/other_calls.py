"""Calls to models that do not talk but embed or draw: routed, limited, reserved and recorded like those that do."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from flask import current_app
from pydantic import BaseModel

from app.ai import prices
from app.ai.call_context import Answered, AnswerUnusable, CallCancelled, CallContext, CallFailed, EndpointPaused
from app.ai.calls import record, spending
from app.ai.calls.record import Attempt
from app.ai.client.endpoint_requests import EndpointSession, RequestRefused, may_have_worked
from app.ai.endpoints import Endpoint
from app.ai.limits.gate import EndpointGate
from app.ai.metering import Tokens
from app.ai.operations import DirectOperation
from app.ai.pauses import wait_unless_cancelled
from app.ai.providers import routing
from app.ai.providers.places import private_hosts_of
from app.core.errors import DomainError, Unavailable
from app.core.extensions import db

RequestT = TypeVar("RequestT", bound=BaseModel)
ResultT = TypeVar("ResultT")
MAX_WAIT_SECONDS = 20.0
_WAITS = (1.0, 4.0)


@dataclass
class _DirectCall(Generic[RequestT, ResultT]):
    """One request to the endpoints of an account. `attempts` and `tokens` tell what it took, also when it fails."""

    operation: DirectOperation[RequestT, ResultT]
    request: RequestT
    call: CallContext
    gate: EndpointGate
    until: float
    most_micros: Mapping[str, int]  # that an answer can cost, by the endpoint's key; empty where no cap holds
    attempts: list[Attempt] = field(default_factory=list)
    endpoint: Endpoint | None = None
    tokens: Tokens = field(default_factory=Tokens)

    def answer(self, endpoints: Sequence[Endpoint]) -> ResultT:
        """What the first endpoint that can gives; raises the first error otherwise."""
        errors: list[DomainError] = []
        for endpoint in endpoints:
            try:
                return self._ask(endpoint)
            except EndpointPaused:
                continue
            except CallFailed as failed:
                errors.append(failed.error)
        raise errors[0] if errors else _all_paused()

    def _ask(self, endpoint: Endpoint) -> ResultT:
        """The endpoint's answer, also after failures that pass; raises CallFailed, EndpointPaused and CallCancelled."""
        for wait in (*_WAITS, None):
            try:
                return self._once(endpoint)
            except CallFailed as failed:
                if wait is None or not failed.passes:
                    raise
                seconds = wait if failed.retry_after is None else failed.retry_after
                if seconds > min(MAX_WAIT_SECONDS, self.until - time.monotonic()):
                    raise
            wait_unless_cancelled(seconds, self.call.cancelled)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _once(self, endpoint: Endpoint) -> ResultT:
        with self.gate.passed(endpoint, self.until):
            attempt = _Attempted(time.monotonic())
            try:
                result = self._send(endpoint, attempt)
            finally:
                self._record(endpoint, attempt)
        self.endpoint = endpoint
        return result

    def _send(self, endpoint: Endpoint, attempt: "_Attempted") -> ResultT:
        limits, hosts = self.operation.limits, private_hosts_of(endpoint, current_app.config)
        session = EndpointSession(
            endpoint, hosts, self.until, limits.answer_seconds, limits.answer_bytes, self.call.cancelled
        )
        try:
            result, attempt.sent, attempt.answered = self.operation.send(session, self.request)
            attempt.has_come = True
            return result
        except RequestRefused as refused:
            attempt.code, failure = refused.failure.kind, refused.failure
            error = session.explained(failure)
            raise CallFailed(error, passes=failure.is_worth_retrying, retry_after=failure.retry_after) from refused
        except AnswerUnusable as unusable:
            attempt.code, attempt.has_come = unusable.error.code, True
            attempt.sent, attempt.answered = unusable.sent, unusable.answered
            raise CallFailed(unusable.error) from unusable
        except DomainError as error:
            attempt.code, attempt.may_have_come = error.code, may_have_worked(error)
            raise CallFailed(error) from error
        except CallCancelled:
            attempt.code, attempt.may_have_come = "AI_CANCELLED", True
            raise

    def _record(self, endpoint: Endpoint, attempt: "_Attempted") -> None:
        ms, sent, answered = round(1000 * (time.monotonic() - attempt.began)), attempt.sent, attempt.answered
        self.attempts.append(Attempt(endpoint.key, endpoint.model, attempt.code, ms, None, sent, answered))
        self.tokens.add(endpoint.model, sent, answered, self._cost(endpoint, attempt))

    def _cost(self, endpoint: Endpoint, attempt: "_Attempted") -> int | None:
        """What an attempt cost; under a cap all that an answer can cost where it came or may have, and nobody says."""
        images = self.operation.limits.images if attempt.has_come else 0
        if attempt.sent or attempt.answered or (images and prices.image_micros(endpoint) is not None):
            return prices.cost_at(endpoint, attempt.sent, attempt.answered, images)
        if attempt.has_come or attempt.may_have_come:
            return self.most_micros.get(endpoint.key) or None
        return None


@dataclass
class _Attempted:
    """One request: when it began (monotonic), what came of it, and whether the model has or may have answered."""

    began: float
    code: str | None = None
    sent: int = 0
    answered: int = 0
    has_come: bool = False
    may_have_come: bool = False


def ask(
    account_id: int, operation: DirectOperation[RequestT, ResultT], request: RequestT, call: CallContext
) -> Answered[ResultT]:
    """The result and how it came to be. Commits first: no transaction is open while a model works.

    Raises DomainError with what to do, and CallCancelled. However it ends, the record is finished.
    """
    prompt, limits = operation.prompt(request), operation.limits
    endpoints, is_capped = _endpoints_of_call(account_id, operation, request, call)
    most_micros = {
        endpoint.key: spending.most_of_an_answer(endpoint, len(prompt), limits.answer_tokens, limits.images)
        for endpoint in endpoints
    }
    db.session.commit()
    call_id = record.begin_call(
        account_id,
        operation.key,
        prompt_version=0,
        run_id=call.run_id,
        spender=call.spender,
        subject=call.subject,
        prompt=prompt,
        worst_micros=sum(most_micros.values()),
        deadline_seconds=limits.total_seconds,
    )
    until = min(time.monotonic() + limits.total_seconds, call.deadline or float("inf"))
    gate = EndpointGate(account_id, is_cancelled=call.cancelled)
    direct_call = _DirectCall(operation, request, call, gate, until, most_micros if is_capped else {})
    result = _answer_on_record(direct_call, endpoints, call_id)
    tokens = direct_call.tokens
    is_own = direct_call.endpoint is not None and direct_call.endpoint.is_own
    return Answered(result, "", tokens.model, tokens, tokens.cost_micros, call_id, 0, is_builtin=False, is_own=is_own)


def _answer_on_record(
    direct_call: _DirectCall[RequestT, ResultT], endpoints: Sequence[Endpoint], call_id: int
) -> ResultT:
    """The result; however it ends, the record is finished."""
    began, state, code = time.monotonic(), "failed", ""
    try:
        result = direct_call.answer(endpoints)
        state = "succeeded"
        return result
    except CallCancelled:
        state = "cancelled"
        raise
    except BaseException as error:
        code = error.code if isinstance(error, DomainError) else type(error).__name__
        raise
    finally:
        record.finish_call(
            call_id,
            state=state,
            model=(direct_call.endpoint or endpoints[0]).model,
            provider=(direct_call.endpoint or endpoints[0]).provider_name,
            error_code=code or None,
            tokens=direct_call.tokens,
            cost_micros=direct_call.tokens.cost_micros,
            ms=round(1000 * (time.monotonic() - began)),
            first_token_ms=None,
            answer="",
            attempts=direct_call.attempts,
        )


def _endpoints_of_call(
    account_id: int, operation: DirectOperation[RequestT, ResultT], request: RequestT, call: CallContext
) -> tuple[Sequence[Endpoint], bool]:
    """Who is asked, by the account's route and caps, and whether a cap holds; raises DomainError when it is nobody."""
    endpoints = operation.chosen(call.endpoints or routing.endpoints_for(account_id, operation.key), request)
    if not endpoints:
        raise operation.missing()
    allowance = spending.read_allowance(db.session(), account_id)
    images = operation.limits.images
    held = spending.within_caps(db.session(), account_id, endpoints, allowance, call.spender, images)
    return held, allowance.is_capped or bool(call.spender)


def _all_paused() -> DomainError:
    return Unavailable(
        "The AI service failed again and again, and is left alone for a while.",
        code="AI_PAUSED",
        cure="Try again in a few minutes. If it stays so, test the connection under Settings → AI.",
    )
