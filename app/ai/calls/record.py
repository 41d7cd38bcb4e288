"""The record of each call to a model: begun before it goes out, finished once, whoever dies in between.

Each function here is a transaction of its own, beside whatever the caller has open; none lasts while a model works.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.ai.calls import spending
from app.ai.calls.models import AiAttempt, AiCall
from app.ai.calls.sql import BEGIN, FINISH
from app.ai.metering import Tokens
from app.core.clock import utcnow
from app.core.crypto import encrypt
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.one_message import rows_together
from app.core.row_security import every_account

PROCESS_DIED = "AI_PROCESS_DIED"
GRACE = timedelta(minutes=2)  # after its deadline a call's process may still be writing what came of it
MAX_TEXT = 400_000  # characters of a prompt or an answer that are kept
AT_ONCE = 200
RECENT = 50
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that was made within a call; `error_code` is None for an answer that served."""

    endpoint_key: str
    model: str
    error_code: str | None
    ms: int
    first_token_ms: int | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    is_repair: bool = False


def begin_call(
    account_id: int,
    operation_key: str,
    *,
    prompt_version: int,
    run_id: UUID | None,
    spender: str = "",
    subject: str,
    prompt: str,
    worst_micros: int,
    deadline_seconds: float,
    session: Session | None = None,
) -> int:
    """Record a call and reserve the most it can cost. Returns its id. Commits. Raises SpendingCapReached.

    With a `session`, it is used last: its transaction ends, and nothing may be pending in it. A call not finished some
    minutes after `deadline_seconds` counts as one whose process died.
    """
    now = utcnow()
    periods = spending.periods_of(now, run_id, spender)
    by_kind = {period.partition(":")[0]: period for period in periods}
    values = {
        "account_id": account_id,
        "day": by_kind["day"],
        "month": by_kind["month"],
        "run": by_kind.get("run"),
        "spender": spender,
        "spender_day": periods[-1] if spender else None,
        "micros": worst_micros,
        "no_cap": spending.NO_CAP,
        "now": now,
        "operation": operation_key,
        "prompt_version": prompt_version,
        "run_id": run_id,
        "subject": _one_line(subject),
        "deadline_at": now + timedelta(seconds=deadline_seconds),
        "prompt": _kept(prompt),
    }
    with nullcontext(session) if session else Session(db.engine) as at_hand:
        [begun] = rows_together(at_hand.connection(), (BEGIN, values))
        if not begun:
            at_hand.rollback()
            raise spending.refused_by_cap(at_hand, account_id, periods, worst_micros, spender)
        at_hand.commit()
        return int(begun[0][0])


def finish_call(
    call_id: int,
    *,
    state: str,
    model: str,
    provider: str,
    error_code: str | None,
    tokens: Tokens,
    cost_micros: int | None,
    ms: int,
    first_token_ms: int | None,
    answer: str,
    attempts: Sequence[Attempt],
) -> bool:
    """Record how a call ended and what it cost (nothing if unknown); False when that was done before. Commits.

    The answer is kept where the account keeps texts. The commit does not wait for the disk: the caller's next commit
    makes it durable, and if the server dies before that, the sweep finishes the call.
    """
    return _end(
        call_id,
        state=state,
        model=model[:200],
        provider=provider[:120],
        error_code=error_code,
        tokens_in=tokens.sent,
        tokens_out=tokens.answered,
        cost_micros=cost_micros,
        ms=ms,
        first_token_ms=first_token_ms,
        answer=_kept(answer) if answer else None,
        attempts=json.dumps([_attempt(number, attempt) for number, attempt in enumerate(attempts, 1)]),
    )


def add_credits(call_id: int, credits: int) -> None:
    """Note the credits that were charged for what a call gave, in the caller's transaction. Flushes."""
    db.session.execute(update(AiCall).where(AiCall.id == call_id).values(credits=AiCall.credits + credits))


def typical_ms(account_id: int, endpoint_keys: Collection[str]) -> dict[str, float]:
    """The median time of the last answers of each endpoint, by its key; those that never answered are left out."""
    return {key: median(times) for key in endpoint_keys if (times := _recent_ms(account_id, key))}


def _recent_ms(account_id: int, endpoint_key: str) -> Sequence[int]:
    recent = (
        select(AiAttempt.ms)
        .where(AiAttempt.account_id == account_id, AiAttempt.endpoint == endpoint_key[:300])
        .where(AiAttempt.error_code.is_(None))
        .order_by(AiAttempt.id.desc())
        .limit(RECENT)
    )
    return db.session.scalars(recent).all()


@every_account("processes die whatever the account")
def finish_abandoned_calls() -> int:
    """Finish calls of processes that died, and charge all that was reserved: the model may have answered.

    Returns how many. Commits after each.
    """
    ended = sum(_end(call_id, dead=True, state="failed", error_code=PROCESS_DIED) for call_id in _dead_calls())
    if ended:
        log.info("ai_calls_swept", count=ended)
    return ended


def _dead_calls() -> Iterable[int]:
    with Session(db.engine) as session:
        dead = select(AiCall.id).where(AiCall.state == "running", AiCall.deadline_at < utcnow() - GRACE)
        return session.scalars(dead.order_by(AiCall.deadline_at).limit(AT_ONCE)).all()


NOTHING_KNOWN: dict[str, Any] = {
    "dead": False,
    "model": "",
    "provider": "",
    "tokens_in": 0,
    "tokens_out": 0,
    "cost_micros": None,
    "ms": None,
    "first_token_ms": None,
    "answer": None,
    "attempts": "[]",
}


def _end(call_id: int, **values: Any) -> bool:
    """End the call and account for its cost. Returns False when it had ended."""
    values = {**NOTHING_KNOWN, **values, "call_id": call_id, "now": utcnow()}
    with db.engine.begin() as connection:
        [ended] = rows_together(connection, (FINISH, values), and_commit=True)
    if not ended:
        log.warning("ai_call_ended_before", call_id=call_id)
    return bool(ended)


def _attempt(number: int, attempt: Attempt) -> dict[str, Any]:
    return {
        "number": number,
        "endpoint": _one_line(attempt.endpoint_key),
        "model": attempt.model[:200],
        "error_code": attempt.error_code,
        "ms": attempt.ms,
        "first_token_ms": attempt.first_token_ms,
        "tokens_in": attempt.tokens_in,
        "tokens_out": attempt.tokens_out,
        "is_repair": attempt.is_repair,
    }


def _one_line(text: str) -> str:
    return text.replace("\0", "")[:300]


def _kept(text: str) -> str:
    cut = text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}\n[{len(text) - MAX_TEXT:,} more characters]"
    return encrypt(cut.encode("utf-8", "replace").decode())
