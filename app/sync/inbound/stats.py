"""Counts that a plugin reports. Services flush; callers commit."""

from uuid import UUID

from sqlalchemy import select

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.states import ACTIVE
from app.publishing.counters import TYPES, count_operation
from app.publishing.models import PublishRun
from app.sync.inbound.schemas import Increment


def count_reported(account_id: int, site_id: int, increment: Increment) -> bool:
    """Count what a plugin reports, once for each id; False when that changes nothing.

    A publish of ours counts by its own result, which knows whether the post was new: while its run is at work, or once
    it has a result, the plugin's report of it is not needed.
    """
    if _counts_itself(site_id, increment.id):
        return False
    amounts = increment.taxonomies_created.model_dump()
    if increment.content_type in TYPES:
        amounts[TYPES[increment.content_type]] = 1
    now = utcnow()
    return count_operation(account_id, site_id, increment.id, amounts, min(increment.published_at or now, now))


def _counts_itself(site_id: int, operation: str) -> bool:
    try:
        run_id = UUID(operation)
    except ValueError:
        return False
    stmt = (
        select(PublishRun.result.is_not(None), Run.state)
        .join(Run, Run.id == PublishRun.run_id)
        .where(PublishRun.run_id == run_id, PublishRun.site_id == site_id)
    )
    row = db.session.execute(stmt).first()
    return row is not None and (row[0] or row[1] in ACTIVE)
