"""Locks on remote states, and on a site while rows are made for what we do not know yet."""

from collections.abc import Collection

from sqlalchemy import func, select

from app.core.extensions import db
from app.mirror.models import RemoteState

CREATE_LOCK = 8_408_003  # the class of these locks among all advisory locks


def lock_for_create(site_id: int) -> None:
    """Hold the site's lock until the end of the transaction. The caller then checks again which rows are new."""
    db.session.execute(select(func.pg_advisory_xact_lock(CREATE_LOCK, site_id % 2**31)))


def lock_states(content_ids: Collection[int]) -> None:
    """Lock the remote states of these contents, which applying events locks first too. Answers `contents_deleting`."""
    stmt = select(RemoteState.id).where(RemoteState.content_id.in_(content_ids)).order_by(RemoteState.id)
    db.session.execute(stmt.with_for_update())
