"""Letting go of the texts of old tasks: what was decided stays, in the text itself and in its versions."""

from datetime import timedelta

from sqlalchemy import select, update

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import every_account
from app.optimizer.rewrite.task_models import TEXTS_KEPT_DAYS, UNDER_WAY, OptimizationTask

AT_ONCE = 5000
T = OptimizationTask


@every_account("texts of tasks are kept alike in every account")
def forget_old_texts() -> None:
    """Empty the texts of tasks that nobody touched for TEXTS_KEPT_DAYS; their changes can still be read. Commits."""
    is_old = (T.updated_at < utcnow() - timedelta(days=TEXTS_KEPT_DAYS), T.status.not_in(UNDER_WAY))
    while ids := list(db.session.scalars(select(T.id).where(T.forgotten_at.is_(None), *is_old).limit(AT_ONCE))):
        stmt = update(T).where(T.id.in_(ids), *is_old)
        values = {"html_before": "", "html_after": "", "details": {}, "waiting": 0, "forgotten_at": utcnow()}
        stmt = stmt.values(**values, updated_at=T.updated_at)
        db.session.execute(stmt.execution_options(synchronize_session=False))
        db.session.commit()
