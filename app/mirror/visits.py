"""The verdicts of visits to published pages, and when the next visit is due. Services flush; callers commit."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from app.content.models import Content
from app.core.extensions import db
from app.mirror.models import RemoteState

S = RemoteState


def published_at(account_id: int, content_id: int) -> datetime | None:
    """When the content was last published from here; None when it never was."""
    stmt = select(Content.published_at).where(Content.id == content_id, Content.account_id == account_id)
    return db.session.scalar(stmt)


def record_visit(account_id: int, content_id: int, verdict: str, issues: list[Any], look_at: datetime | None) -> None:
    """Store the verdict of a visit to the page (`S.verdict`) and when to visit it again, if at all. Flushes."""
    db.session.execute(
        update(S)
        .where(S.content_id == content_id, S.account_id == account_id)
        .values(verdict=verdict, issues=issues, look_at=look_at)
    )


def claim_visits(now: datetime, again_at: datetime, limit: int) -> list[tuple[int, int]]:
    """Account and content of pages whose visit is due by `now`, at most `limit`. Flushes.

    The next caller gets others: these are due again at `again_at`, in case the visit is lost.
    """
    due = select(S.id).where(S.look_at <= now).order_by(S.look_at).limit(limit)
    ids = db.session.scalars(due.with_for_update(skip_locked=True)).all()
    stmt = update(S).where(S.id.in_(ids), S.look_at <= now).values(look_at=again_at)
    return [(row[0], row[1]) for row in db.session.execute(stmt.returning(S.account_id, S.content_id))]
