"""Who wants to know that a site was connected, again or for the first time. Called in the transaction that records it.

Sync is a layer above sites, and compares a site that was connected again with what is known of it.
"""

from collections.abc import Callable

from app.sites.models import WordPressConnection

Listener = Callable[[WordPressConnection], None]
_listeners: list[Listener] = []


def add_listener(listener: Listener) -> None:
    """Call `listener` with each connection that is made from now on; once, however often it is added."""
    if listener not in _listeners:
        _listeners.append(listener)


def notify_paired(connection: WordPressConnection) -> None:
    """The plugin of this connection has said hello, or answered for the first time since its key was made."""
    for listener in _listeners:
        listener(connection)
