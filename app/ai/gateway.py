"""The only door to a model: `run` asks for one operation, by the routes, limits and prompts of an account.

It routes, waits for a free slot, retries, falls back, reserves the money and records, and returns an `Answered`. A
thread that calls it has an application context and an account of its own, as in `app/writer/drafting/drafts.py`.

What speaks to models is imported when it is first used: its libraries take 90 MB and seconds that the web and most jobs
need not spend.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from flask import current_app
from pydantic import BaseModel

from app.ai import prompt_source, spenders
from app.ai.call_context import Answered, CallCancelled, CallContext
from app.ai.calls import record, spending
from app.ai.calls.spending import Allowance
from app.ai.endpoints import Endpoint
from app.ai.metering import Tokens
from app.ai.operations import DirectOperation, Operation, StoredOperation
from app.ai.providers import routing, setup
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.one_message import rows_together

if TYPE_CHECKING:
    from app.ai.attempts import FallbackCall

RequestT = TypeVar("RequestT", bound=BaseModel)
AnswerT = TypeVar("AnswerT", bound=BaseModel)
ResultT = TypeVar("ResultT")


def has_model(account_id: int, operation: str = setup.ALL) -> bool:
    """Whether the account's work goes to a model; else the built-in way is used, which is free."""
    return bool(routing.endpoints_for(account_id, operation))


def may_cost_credits(account_id: int, operation: str) -> bool:
    """Whether a call may be answered by the installation's endpoint; what the account's own providers do is free."""
    return any(not endpoint.is_own for endpoint in routing.endpoints_for(account_id, operation))


def run(
    account_id: int,
    operation: Operation[RequestT, Any, ResultT]
    | DirectOperation[RequestT, ResultT]
    | StoredOperation[RequestT, ResultT],
    request: RequestT,
    *,
    call: CallContext | None = None,
) -> Answered[ResultT]:
    """Have the account's model do this, or without one the built-in way.

    Raises DomainError with what to do, and CallCancelled. Commits first: no transaction is open while a model works.
    """
    call = call or CallContext()
    db.session.commit()
    if isinstance(operation, StoredOperation):
        return _without_model(operation.read(request))
    call = spenders.with_spender(account_id, call)
    if isinstance(operation, DirectOperation):
        from app.ai.client import other_calls

        return other_calls.ask(account_id, operation, request, call)
    return _talked(account_id, operation, request, call)


def _talked(
    account_id: int, operation: Operation[RequestT, AnswerT, ResultT], request: RequestT, call: CallContext
) -> Answered[ResultT]:
    """What a model said, or what the built-in way gives without one."""
    begun = _begun(account_id, operation, request, call)
    if begun is None:
        return _built_in(operation, request)
    from app.ai.attempts import FallbackCall
    from app.ai.limits.gate import EndpointGate

    gate = EndpointGate(account_id, begun.allowance.concurrency, call.cancelled)
    is_capped = begun.allowance.is_capped or bool(call.spender)
    fallback_call = FallbackCall(
        operation, request, begun.instructions, begun.question, call, gate, current_app.config, is_capped=is_capped
    )
    result, raw = _recorded(fallback_call, begun.endpoints, begun.call_id)
    tokens = fallback_call.tokens
    return Answered(
        result,
        raw,
        tokens.model,
        tokens,
        tokens.cost_micros,
        begun.call_id,
        begun.prompt_version,
        is_builtin=False,
        is_own=fallback_call.endpoint is not None and fallback_call.endpoint.is_own,
    )


@dataclass(frozen=True, slots=True)
class StartedCall:
    """A call that is on record: who is asked, what, and how much may be asked at once."""

    call_id: int
    endpoints: tuple[Endpoint, ...]
    allowance: Allowance
    prompt_version: int
    instructions: str
    question: str


def _begun(
    account_id: int, operation: Operation[RequestT, AnswerT, ResultT], request: RequestT, call: CallContext
) -> StartedCall | None:
    """Read what holds now and put the call on record, in one transaction; None without a model."""
    try:
        settings, *templates = rows_together(
            db.session.connection(),
            setup.setup_reading(account_id, operation.key),
            *prompt_source.template_reading(account_id, operation),
        )
        stored_setup = setup.setup_in(settings)
        endpoints = call.endpoints or routing.endpoints_in(stored_setup, account_id, operation.key)
        if not endpoints:
            return None
        endpoints = spending.within_caps(db.session(), account_id, endpoints, stored_setup.allowance, call.spender)
        template = prompt_source.template_in(templates, operation)
        instructions, question = template.rendered(operation.values(request))
        prompt = f"{instructions}\n\n{question}"
        call_id = record.begin_call(
            account_id,
            operation.key,
            prompt_version=template.version,
            run_id=call.run_id,
            spender=call.spender,
            subject=call.subject,
            prompt=prompt,
            worst_micros=spending.worst_case_micros(endpoints, len(prompt), operation.limits.answer_tokens),
            deadline_seconds=2 * operation.limits.total_seconds,  # for a place, and for the answer
            session=db.session(),
        )
    finally:
        db.session.rollback()  # whatever was only read: no transaction stays open
    return StartedCall(call_id, endpoints, stored_setup.allowance, template.version, instructions, question)


def _built_in(operation: Operation[RequestT, AnswerT, ResultT], request: RequestT) -> Answered[ResultT]:
    if operation.builtin is None:
        raise DomainError(
            gettext("This needs a model, and none is set up."),
            code="AI_NO_MODEL",
            cure=gettext("Add one under Settings → AI."),
        )
    return _without_model(operation.builtin(request))


def _without_model(result: ResultT) -> Answered[ResultT]:
    return Answered(result, "", "", Tokens(), None, None, 0, True)


def _recorded(
    fallback_call: "FallbackCall[RequestT, AnswerT, ResultT]", endpoints: Sequence[Endpoint], call_id: int
) -> tuple[ResultT, str]:
    """The result and the raw answer; however it ends, the record is finished. A killed process's is swept."""
    began = time.monotonic()
    state, error_code, raw = "failed", None, ""
    try:
        result, raw = fallback_call.answer(endpoints)
        state = "succeeded"
        return result, raw
    except CallCancelled:
        state = "cancelled"
        raise
    except BaseException as error:
        error_code = error.code if isinstance(error, DomainError) else type(error).__name__
        raise
    finally:
        answered = fallback_call.attempts[-1] if state == "succeeded" else None
        record.finish_call(
            call_id,
            state=state,
            model=fallback_call.tokens.model,
            provider=fallback_call.endpoint.provider_name if fallback_call.endpoint else endpoints[0].provider_name,
            error_code=error_code,
            tokens=fallback_call.tokens,
            cost_micros=fallback_call.tokens.cost_micros,
            ms=round(1000 * (time.monotonic() - began)),
            first_token_ms=answered.first_token_ms if answered else None,
            answer=raw,
            attempts=fallback_call.attempts,
        )
