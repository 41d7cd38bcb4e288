"""What an admin can do about calls to models. They flush; callers commit."""

from dataclasses import asdict, dataclass

from sqlalchemy.dialects.postgresql import insert

from app.ai.calls import request_sizes, spending
from app.ai.calls.models import AiCall, AiSettings
from app.ai.calls.request_sizes import RequestSizes
from app.ai.calls.spending import Allowance
from app.core import audit
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.crypto import decrypt
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


def save_limits(account_id: int, actor: Actor, allowance: Allowance, sizes: RequestSizes) -> None:
    """Set the caps, the number of calls at once, whether texts are kept, and the sizes of requests."""
    allowed, chosen = spending.read_allowance(db.session(), account_id), request_sizes.chosen_by(account_id)
    before, values, now = asdict(allowed) | asdict(chosen), asdict(allowance) | asdict(sizes), utcnow()
    stmt = insert(AiSettings).values(account_id=account_id, created_at=now, updated_at=now, **values)
    db.session.execute(
        stmt.on_conflict_do_update(index_elements=[AiSettings.account_id], set_={**values, "updated_at": now})
    )
    audit.record_changes(account_id, "ai.limits_changed", _in_words(before), _in_words(values), by=actor)


def _in_words(values: dict[str, int | bool | None]) -> dict[str, object]:
    """The settings for the audit log, with amounts in dollars."""
    return {
        name.replace("_micros", ""): f"${value / 1_000_000:.2f}"
        if name.endswith("_micros") and value is not None
        else value
        for name, value in values.items()
    }
