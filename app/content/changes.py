"""Telling the domains above that content was changed here, in the transaction of the change, after its rows."""

from collections.abc import Collection

from app.core import hooks

FIELDS = {"content_html": "content", "parent_external_id": "parent", "cluster_id": "cluster", "sector_id": "sector"}


def changed(content_ids: Collection[int], columns: Collection[str] | None) -> None:
    """These columns of these contents, or their ``terms`` or ``images``, were written just now."""
    if content_ids:
        names = None if columns is None else frozenset(FIELDS.get(name, name) for name in columns)
        hooks.content_changed(content_ids, names)
