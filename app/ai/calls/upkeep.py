"""What becomes of the record of calls: prompts and answers go after 30 days, the figures stay."""

from datetime import timedelta

from sqlalchemy import ColumnElement, CursorResult, Delete, Update, delete, or_, select, tuple_, update

from app.ai.calls.models import AiCall, AiSettings, AiSpend
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import every_account

TEXTS_KEPT = timedelta(days=30)
RUNS_KEPT = timedelta(days=90)  # what a run has spent matters while it may be started again
AT_ONCE = 1_000
BATCHES = 50  # of one call: the scheduler has more to do


@every_account("thirty days are thirty days in every account")
def delete_old_texts() -> int:
    """Delete texts that are too old or no longer wanted, and sums of old runs. Returns how many. Commits each batch."""
    old = AiCall.created_at < utcnow() - TEXTS_KEPT
    unwanted = AiCall.account_id.in_(select(AiSettings.account_id).where(~AiSettings.keep_texts))
    return _forget_texts(old) + _forget_texts(unwanted & (AiCall.state != "running")) + _forget_runs()


def _forget_texts(condition: ColumnElement[bool]) -> int:
    has_texts = or_(AiCall.prompt_encrypted.is_not(None), AiCall.answer_encrypted.is_not(None))
    ids = select(AiCall.id).where(has_texts, condition).limit(AT_ONCE)
    return _in_batches(
        update(AiCall)
        .where(AiCall.id.in_(ids))
        .values(prompt_encrypted=None, answer_encrypted=None, updated_at=AiCall.updated_at)
    )


def _forget_runs() -> int:
    is_of_a_period = AiSpend.period.startswith("day:") | AiSpend.period.startswith("month:")
    over = ~is_of_a_period & (AiSpend.updated_at < utcnow() - RUNS_KEPT) & (AiSpend.reserved_micros <= 0)
    keys = select(AiSpend.account_id, AiSpend.period).where(over).limit(AT_ONCE)
    return _in_batches(delete(AiSpend).where(tuple_(AiSpend.account_id, AiSpend.period).in_(keys)))


def _in_batches(statement: Update | Delete) -> int:
    total = 0
    for _ in range(BATCHES):
        result = db.session.execute(statement.execution_options(synchronize_session=False))
        assert isinstance(result, CursorResult)
        db.session.commit()
        total += result.rowcount
        if result.rowcount < AT_ONCE:
            break
    return total
