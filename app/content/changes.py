"""Telling the domains above that content was changed here, in the transaction of the change, after its rows."""

from collections.abc import Collection

from sqlalchemy import func, select

from app.content import hooks
from app.content.events import ContentChanged
from app.content.models import Content
from app.core import events
from app.core.extensions import db

FIELDS = {"content_html": "content", "parent_external_id": "parent", "cluster_id": "cluster", "sector_id": "sector"}


def changed(content_ids: Collection[int], columns: Collection[str] | None) -> None:
    """These columns of these contents, or their ``terms`` or ``images``, were written just now."""
    if content_ids:
        names = None if columns is None else frozenset(FIELDS.get(name, name) for name in columns)
        hooks.content_changed(content_ids, names)
        _publish(content_ids)


def _publish(content_ids: Collection[int]) -> None:
    """Tell those who subscribed, after the commit: by site."""
    if not events.has_subscribers(ContentChanged):
        return
    stmt = select(Content.account_id, Content.site_id, func.array_agg(Content.id)).where(Content.id.in_(content_ids))
    for account_id, site_id, ids in db.session.execute(stmt.group_by(Content.account_id, Content.site_id)).all():
        events.publish(ContentChanged(account_id, site_id, tuple(ids)))
