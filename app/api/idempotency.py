"""One execution for each Idempotency-Key, and the same answer to whoever asks again within a day.

A lock of the transaction is held for the key: whoever comes meanwhile is told to wait. The answer is stored in the
transaction of what was done, so a process that is killed leaves neither, and the lock ends with its connection. Work
that commits before it asks somebody else lets go of the lock; it is taken again afterwards, and whoever finds that
another request with the key was quicker undoes what it did since and answers the same.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.api.models import KeptAnswer
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.row_security import every_account

KEPT = timedelta(hours=24)
KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class SentAnswer:
    """An answer as it is sent."""

    status: int
    body: bytes
    location: str = ""
    etag: str = ""
    is_replayed: bool = False


@dataclass(frozen=True)
class Once:
    """A write that is to be done once: whose it is, its key, and a fingerprint of what it asks for."""

    account_id: int
    token_id: int
    key: str
    fingerprint: str

    def first_answer(self) -> SentAnswer | None:
        """The answer that was given before, None for the first time. Holds the key until the transaction ends.

        Raises Conflict while another request with the key is at work, or when it was used for something else.
        """
        name = f"api:{self.account_id}:{self.token_id}:{self.key}"
        if not db.session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0)))):
            raise Conflict(
                gettext("Another request with this Idempotency-Key is being worked on."),
                code="IDEMPOTENCY_KEY_IN_USE",
                cure=gettext("Wait a moment and send it again: you will get its answer."),
                retryable=True,
            )
        row = db.session.scalar(self._query().where(KeptAnswer.created_at > utcnow() - KEPT))
        if row is None:
            return None
        if row.fingerprint != self.fingerprint:
            raise Conflict(
                gettext("This Idempotency-Key was used for another request."),
                code="IDEMPOTENCY_KEY_REUSED",
                cure=gettext("Use a new key for each thing that you want done."),
            )
        return SentAnswer(row.status, row.body, row.location, row.etag, is_replayed=True)

    def _query(self) -> Select[KeptAnswer]:
        mine = (KeptAnswer.account_id == self.account_id, KeptAnswer.token_id == self.token_id)
        return select(KeptAnswer).where(*mine, KeptAnswer.key == self.key)

    def keep(self, answer: SentAnswer) -> None:
        """Store the first answer, in the transaction of what was done. Flushes."""
        values = {
            "account_id": self.account_id,
            "token_id": self.token_id,
            "key": self.key,
            "fingerprint": self.fingerprint,
            "status": answer.status,
            "location": answer.location,
            "etag": answer.etag,
            "body": answer.body,
            "created_at": utcnow(),
            "updated_at": utcnow(),
        }
        stmt = insert(KeptAnswer).values(values)
        db.session.execute(
            stmt.on_conflict_do_update(
                index_elements=["account_id", "token_id", "key"],
                set_={name: stmt.excluded[name] for name in values},
                where=KeptAnswer.created_at <= utcnow() - KEPT,
            )
        )


def checked_key(key: str) -> str:
    """The key; raises DomainError for one that is empty, long or has other signs than ASCII's visible ones."""
    if KEY.fullmatch(key):
        return key
    raise DomainError(
        gettext("An Idempotency-Key has 1 to 255 visible ASCII characters."),
        code="IDEMPOTENCY_KEY_INVALID",
        status=400,
        cure=gettext("Use a random UUID."),
    )


def fingerprint_of(method: str, path: str, query: str, body: bytes, expected: str) -> str:
    """What makes two requests the same one."""
    parts = [method.encode(), path.encode(), query.encode(), expected.encode(), body]
    return sha256(b"\0".join(sha256(part).digest() for part in parts)).hexdigest()


def do_once(once: Once, work: Callable[[], SentAnswer]) -> SentAnswer:
    """The answer that was kept, or that of `work`, which is kept; commits. A refusal is kept by the caller."""
    before = once.first_answer()
    if before is not None:
        return before
    answer = work()
    quicker = once.first_answer()  # no other one can have been, unless the work has committed in between
    if quicker is not None:
        db.session.rollback()
        return quicker
    once.keep(answer)
    db.session.commit()
    return answer


@every_account("answers are kept for a day, whoever asked")
def forget_old_answers() -> int:
    """Delete answers that are older than a day. Returns how many. Commits."""
    result = db.session.execute(delete(KeptAnswer).where(KeptAnswer.created_at < utcnow() - KEPT))
    db.session.commit()
    return int(result.rowcount)  # type: ignore[attr-defined]
