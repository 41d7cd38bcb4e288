"""Reading one call to a model."""

from collections.abc import Sequence

from sqlalchemy import select

from app.ai.calls.models import AiAttempt, AiCall
from app.core.extensions import db


def attempts_of(call: AiCall) -> Sequence[AiAttempt]:
    """The attempts of the call, in the order in which they were made."""
    stmt = select(AiAttempt).where(AiAttempt.call_id == call.id, AiAttempt.account_id == call.account_id)
    return db.session.scalars(stmt.order_by(AiAttempt.number)).all()


def has_texts(call: AiCall) -> bool:
    """Whether what was sent or answered is kept; it is not read for that."""
    is_kept = AiCall.prompt_encrypted.is_not(None) | AiCall.answer_encrypted.is_not(None)
    mine = (AiCall.id == call.id, AiCall.account_id == call.account_id)
    return bool(db.session.scalar(select(AiCall.id).where(*mine, is_kept)))
