"""What an admin can do about calls to models. They flush; callers commit."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.ai.calls import request_sizes, spending
from app.ai.calls.models import AiCall, AiSettings
from app.ai.calls.request_sizes import RequestSizes
from app.ai.calls.spending import Allowance
from app.core import audit
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.crypto import decrypt
from app.core.edits import check_etag
from app.core.extensions import db
from app.core.tenancy import owned


@dataclass(frozen=True, slots=True)
class Texts:
    """What was sent and what came back; None when it is not kept, or no more."""

    prompt: str | None
    answer: str | None


def open_texts(account_id: int, actor: Actor, call_id: int) -> Texts:
    """The call's prompt and answer, which are shown to admins alone and on the record; NotFound for other accounts."""
    call = owned(AiCall, call_id, account_id)
    audit.record(
        account_id,
        "ai.texts_opened",
        subject=call.subject,
        after={"call": call.id, "operation": call.operation},
        by=actor,
    )
    return Texts(*(decrypt(text) if text else None for text in (call.prompt_encrypted, call.answer_encrypted)))


def stored_limits(account_id: int) -> dict[str, Any]:
    """What the account has in the fields of the form, for its etag and its audit log."""
    allowed, chosen = spending.read_allowance(db.session(), account_id), request_sizes.chosen_by(account_id)
    return asdict(allowed) | asdict(chosen)


def save_limits(
    account_id: int, actor: Actor, allowance: Allowance, sizes: RequestSizes, *, expected: str | None = None
) -> None:
    """Set the caps, the number of calls at once, whether texts are kept, and the sizes of requests.

    `expected` is the etag of the form. Raises EditConflict.
    """
    before = _locked_limits(account_id)
    check_etag(before, expected)
    values = asdict(allowance) | asdict(sizes)
    stmt = update(AiSettings).where(AiSettings.account_id == account_id)
    db.session.execute(stmt.values(**values, updated_at=utcnow()))
    audit.record_changes(account_id, "ai.limits_changed", _in_words(before), _in_words(values), by=actor)


def _locked_limits(account_id: int) -> dict[str, Any]:
    """`stored_limits`, locked until the transaction ends; the row is made when there is none."""
    usual, now = asdict(Allowance()), utcnow()
    stmt = insert(AiSettings).values(account_id=account_id, created_at=now, updated_at=now, **usual)
    db.session.execute(stmt.on_conflict_do_nothing())
    db.session.execute(select(AiSettings.account_id).where(AiSettings.account_id == account_id).with_for_update())
    return stored_limits(account_id)


def _in_words(values: dict[str, int | bool | None]) -> dict[str, object]:
    """The settings for the audit log, with amounts in dollars."""
    return {
        name.replace("_micros", ""): f"${value / 1_000_000:.2f}"
        if name.endswith("_micros") and value is not None
        else value
        for name, value in values.items()
    }
