"""What can be done with scores and assessments, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.content.models import Content
from app.core import audit
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs import Run
from app.core.tenancy import owned
from app.optimizer import scoring
from app.optimizer.analysis import AnalysisReport, Assessment, analyse
from app.optimizer.documents import dismissed_keys, document_of
from app.optimizer.models import DismissedAssessment
from app.optimizer.permissions import OptimizerPermission
from app.optimizer.rewrite.actions import (
    OptimizingStarted,
    decide_changes,
    optimizing_price,
    start_optimizing,
    undo_changes,
    use_changes,
)

__all__ = [
    "OptimizingStarted",
    "analyse_content",
    "decide_changes",
    "dismiss_assessment",
    "dismissals_of",
    "optimizing_price",
    "restore_assessment",
    "start_optimizing",
    "start_scoring",
    "undo_changes",
    "use_changes",
]
MOST_REASON = 500


def analyse_content(
    account_id: int,
    actor: Actor,
    content_id: int,
    values: Mapping[str, Any] | None = None,
    alts: Mapping[int, str] | None = None,
) -> AnalysisReport:
    """Analyse a content as it is stored, or with other `values` (columns) and `alts` of images. Changes nothing.

    Raises NotFound and Forbidden.
    """
    actor.require(OptimizerPermission.READ)
    content = owned(Content, content_id, account_id)
    keys = dismissed_keys(account_id, [content_id])[content_id]
    return analyse(document_of(content, values or {}, alts or {}), dismissed=keys)


def start_scoring(account_id: int, actor: Actor, site_id: int) -> Run | None:
    """Start scoring what has no scores, or old ones; None when all have. Raises NotFound, Forbidden and Refused."""
    return scoring.start_scoring(account_id, site_id, actor)


def dismiss_assessment(account_id: int, actor: Actor, content_id: int, key: str, reason: str) -> str:
    """Leave an assessment out of the scores of a content, and say why; returns a sentence.

    Raises NotFound, Forbidden, and DomainError without a reason or for a key that there is not.
    """
    actor.require(OptimizerPermission.WRITE)
    content = owned(Content, content_id, account_id)
    assessment = _assessment(account_id, actor, content_id, key)
    reason = " ".join(reason.split())[:MOST_REASON]
    if not reason:
        raise DomainError(
            gettext("Say why it does not matter here."),
            code="NO_REASON",
            field="reason",
            cure=gettext("Colleagues who see it later will know."),
        )
    now = utcnow()
    values = {"reason": reason, "dismissed_by": actor.id, "updated_at": now}
    row = insert(DismissedAssessment).values(
        account_id=account_id, content_id=content_id, key=key, created_at=now, **values
    )
    db.session.execute(row.on_conflict_do_update(index_elements=["content_id", "key"], set_=values))
    audit.record(
        account_id,
        "optimizer.dismissed",
        subject=f"Content “{content.title}”",
        after={"assessment": key, "reason": reason},
        by=actor,
    )
    scoring.keep_scores(account_id, [content_id])
    return gettext("Dismissed: “%(name)s” counts no more for this text.", name=assessment.name)


def restore_assessment(account_id: int, actor: Actor, content_id: int, key: str) -> str:
    """Let a dismissed assessment count again; returns a sentence. Raises NotFound, Forbidden and DomainError."""
    actor.require(OptimizerPermission.WRITE)
    content = owned(Content, content_id, account_id)
    assessment = _assessment(account_id, actor, content_id, key)
    mine = (DismissedAssessment.account_id == account_id, DismissedAssessment.content_id == content_id)
    gone = db.session.scalars(
        delete(DismissedAssessment)
        .where(*mine, DismissedAssessment.key == key)
        .returning(DismissedAssessment.id)
        .execution_options(synchronize_session=False)
    ).all()
    if gone:
        audit.record(
            account_id, "optimizer.restored", subject=f"Content “{content.title}”", before={"assessment": key}, by=actor
        )
        scoring.keep_scores(account_id, [content_id])
    return gettext("“%(name)s” counts again.", name=assessment.name)


def dismissals_of(account_id: int, content_id: int) -> dict[str, DismissedAssessment]:
    """The dismissed assessments of a content, by key."""
    mine = (DismissedAssessment.account_id == account_id, DismissedAssessment.content_id == content_id)
    return {row.key: row for row in db.session.scalars(select(DismissedAssessment).where(*mine))}


def _assessment(account_id: int, actor: Actor, content_id: int, key: str) -> Assessment:
    report = analyse_content(account_id, actor, content_id)
    try:
        return report.of(key)
    except KeyError:
        raise DomainError(
            gettext("There is no such assessment."), code="NO_ASSESSMENT", cure=gettext("Load the page again.")
        ) from None
