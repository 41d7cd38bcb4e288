"""Who wants to know that content was changed here. Called in the transaction of the change, after its rows are written.

Publishing sits above content in the house, and keeps with each content how it stands to WordPress.
"""

from collections.abc import Callable, Collection

Listener = Callable[[Collection[int], frozenset[str] | None], None]
FIELDS = {
    "content_html": "content", "parent_external_id": "parent", "cluster_id": "cluster", "sector_id": "sector",
}  # fmt: skip
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call `listener` with ids and field names (None: any) of what changes from now on; asked twice, once."""
    if listener not in _listeners:
        _listeners.append(listener)


def changed(content_ids: Collection[int], columns: Collection[str] | None) -> None:
    """These columns of these contents, or their ``terms`` or ``images``, were written just now."""
    names = None if columns is None else frozenset(FIELDS.get(name, name) for name in columns)
    for listener in _listeners if content_ids else ():
        listener(content_ids, names)
