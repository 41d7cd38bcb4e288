"""What models wrote in tests of prompts: encrypted, for 30 days, only where the account keeps prompts and answers."""

from sqlalchemy import CursorResult, select, update

from app.ai.calls import spending
from app.ai.calls.models import AiSettings
from app.ai.calls.upkeep import TEXTS_KEPT
from app.core.clock import utcnow
from app.core.crypto import decrypt, encrypt
from app.core.extensions import db
from app.core.row_security import every_account
from app.thinker.trial_models import PromptTestResult

ANSWER_LENGTH = 200_000


def encrypted_answer(account_id: int, raw: str) -> str | None:
    """The encrypted answer to store; None where the account keeps no answers.

    Reads the account's setting as it is now.
    """
    if not raw or not spending.read_allowance(db.session(), account_id).keep_texts:
        return None
    return encrypt(raw[:ANSWER_LENGTH].encode("utf-8", "replace").decode())


def answer_of(result: PromptTestResult) -> str | None:
    """What the model wrote; None when it was not kept, or is not kept any more."""
    return decrypt(result.answer_encrypted) if result.answer_encrypted else None


@every_account("thirty days are thirty days in every account")
def delete_old_test_answers() -> int:
    """Delete texts that are older than 30 days or no longer wanted; their figures stay. Returns how many. Commits."""
    unwanted = select(AiSettings.account_id).where(~AiSettings.keep_texts)
    is_over = (PromptTestResult.created_at < utcnow() - TEXTS_KEPT) | PromptTestResult.account_id.in_(unwanted)
    stmt = update(PromptTestResult).where(PromptTestResult.answer_encrypted.is_not(None), is_over)
    emptied = stmt.values(answer_encrypted=None, updated_at=PromptTestResult.updated_at)
    result = db.session.execute(emptied.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    db.session.commit()
    return result.rowcount
