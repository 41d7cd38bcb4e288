"""Stores what a person decided about fields that differed: both sides agree on it from then on. Services flush."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.mirror import drift, drift_state
from app.mirror.changes import ChangeLine, add_lines
from app.mirror.incoming import Incoming
from app.mirror.merge import change_message
from app.mirror.models import RemoteState
from app.mirror.published import mark_unchanged

CAUSE = "settled"


def store_decision(
    content: Content,
    incoming: Incoming,
    verdicts: dict[str, str],
    *,
    base: Mapping[str, Any],
    ahead: list[str],
    fields: Mapping[str, Any],
) -> None:
    """Store the sync state of `content` after a decision; `incoming` is what WordPress has. Flushes.

    `verdicts` are of the fields that still differ, `base`, `ahead` and `fields` as in `RemoteState`. The caller has
    changed the content, and holds the locks of its remote state and of its row.
    """
    db.session.refresh(content)
    in_step = not verdicts
    values = {**incoming.remote, "base": base, "ahead": ahead, "fields": fields, "seen_at": utcnow(), "gone_at": None}
    values["agreed_version"] = content.version if in_step else 0
    if "terms" in verdicts:
        values["state_hash"] = ""  # the next comparison looks at it again
    stmt = update(RemoteState).where(RemoteState.content_id == content.id).values(values)
    db.session.execute(stmt.execution_options(synchronize_session=False))
    if in_step and incoming.remote.get("content_hash") and content.published_at is not None:
        mark_unchanged(content.account_id, [content.id])
    drift_state.write({content.id: (verdicts, drift.overall(verdicts.values()))})
    db.session.expire_all()


def record_decision(content: Content, taken_fields: list[str], kept_fields: list[str], by: str) -> None:
    """Add a line about what was updated from WordPress and what was kept, if anything. Flushes."""
    if taken_fields or kept_fields:
        line = ChangeLine(content.id, change_message(taken_fields, kept_fields), taken_fields, kept_fields, by)
        add_lines(content.account_id, content.site_id, CAUSE, [line])
