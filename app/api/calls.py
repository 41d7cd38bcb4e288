"""The log of calls of each token: the newest thousand, for 30 days."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from app.api.models import ApiCall
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import every_account

KEPT = timedelta(days=30)
MOST = 1000
SHOWN = 200


def note_call(account_id: int, token_id: int, **facts: Any) -> None:
    """Note a call. Does not commit."""
    db.session.add(ApiCall(account_id=account_id, token_id=token_id, **facts))


def newest_calls(account_id: int, token_id: int) -> Sequence[ApiCall]:
    """The token's newest calls."""
    stmt = select(ApiCall).where(ApiCall.account_id == account_id, ApiCall.token_id == token_id)
    return db.session.scalars(stmt.order_by(ApiCall.id.desc()).limit(SHOWN)).all()


@every_account("calls are kept for a time, whoever made them")
def forget_old_calls() -> int:
    """Delete calls that are older than 30 days, and of each token all but the newest thousand. Commits."""
    old = db.session.execute(delete(ApiCall).where(ApiCall.created_at < utcnow() - KEPT))
    number = func.row_number().over(partition_by=ApiCall.token_id, order_by=ApiCall.id.desc())
    ranked = select(ApiCall.id, number.label("number")).subquery()
    beyond = select(ranked.c.id).where(ranked.c.number > MOST)
    many = db.session.execute(
        delete(ApiCall).where(ApiCall.id.in_(beyond)).execution_options(synchronize_session=False)
    )
    db.session.commit()
    return int(old.rowcount) + int(many.rowcount)  # type: ignore[attr-defined]
