"""What models answered for the texts of drafts: kept for 30 days, encrypted, to be read again without a new call.

Nothing is kept for an account that keeps no prompts and answers. Services flush; callers commit.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, CursorResult, case, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from app.ai.calls.models import AiSettings
from app.ai.calls.upkeep import TEXTS_KEPT
from app.core.clock import utcnow
from app.core.crypto import decrypt, encrypt
from app.core.extensions import db
from app.core.row_security import every_account
from app.writer.drafting.section_models import StoredAnswer
from app.writer.models import Task

LAST = ""  # in place of the id of a section: what stands around the sections, or the only answer


def keep_answer(task: Task, text: str, section_id: str, heading: str, raw: str) -> None:
    """Store the answer for a part of one of the task's texts, in place of an earlier answer. Flushes."""
    unwanted = exists().where(AiSettings.account_id == task.account_id, ~AiSettings.keep_texts)
    if not raw or db.session.scalar(select(unwanted)):
        return
    now = utcnow()
    values = {"heading": heading[:300], "answer_encrypted": encrypt(raw), "created_at": now, "updated_at": now}
    key = {"task_id": task.id, "text": text, "section_id": section_id}
    stmt = insert(StoredAnswer).values(account_id=task.account_id, site_id=task.site_id, place=0, **key, **values)
    db.session.execute(stmt.on_conflict_do_update(index_elements=list(key), set_=values))


def end_text(account_id: int, task_id: int, text: str, section_ids: Sequence[str], name: str) -> None:
    """Rename a finished text's answers to `name`, ordered by its sections, and delete all others. Flushes."""
    db.session.execute(delete(StoredAnswer).where(*_of_text(account_id, task_id, text), _is_of_none(section_ids)))
    places = {section_id: place for place, section_id in enumerate(section_ids)}
    place = case(places, value=StoredAnswer.section_id, else_=len(places)) if places else 0
    stmt = update(StoredAnswer).where(*_of_text(account_id, task_id, text))
    db.session.execute(stmt.values(text=name, place=place).execution_options(synchronize_session=False))


def _is_of_none(section_ids: Sequence[str]) -> ColumnElement[bool]:
    return StoredAnswer.section_id.not_in([LAST, *section_ids])


def stored_answers(account_id: int, task_id: int, text: str) -> list[tuple[StoredAnswer, str]]:
    """The answers of a text in the order of its sections, the last answer at the end, each with its content."""
    stmt = select(StoredAnswer).where(*_of_text(account_id, task_id, text))
    rows = db.session.scalars(stmt.order_by(StoredAnswer.place, StoredAnswer.id)).all()
    return [(row, decrypt(row.answer_encrypted)) for row in rows]


def has_answer(account_id: int, task_id: int, text: str) -> bool:
    """Whether the last answer of a text is still kept."""
    is_last = StoredAnswer.section_id == LAST
    return bool(db.session.scalar(select(exists().where(*_of_text(account_id, task_id, text), is_last))))


def _of_text(account_id: int, task_id: int, text: str) -> tuple[ColumnElement[bool], ...]:
    return StoredAnswer.account_id == account_id, StoredAnswer.task_id == task_id, StoredAnswer.text == text


@every_account("thirty days are thirty days in every account")
def delete_old_answers() -> int:
    """Delete answers that are older than 30 days, or that the account does not want kept. Returns how many. Commits."""
    unwanted = select(AiSettings.account_id).where(~AiSettings.keep_texts)
    is_over = (StoredAnswer.created_at < utcnow() - TEXTS_KEPT) | StoredAnswer.account_id.in_(unwanted)
    result = db.session.execute(delete(StoredAnswer).where(is_over).execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    db.session.commit()
    return result.rowcount
