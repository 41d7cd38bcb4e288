"""Who wants to know that a site was connected, again or for the first time. Called in the transaction that records it.

Sync sits above sites in the house, and compares a site that was connected again with what is known of it.
"""

from collections.abc import Callable

from app.sites.models import WordPressConnection

Listener = Callable[[WordPressConnection], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call `listener` with each connection that is made from now on; asked twice, once."""
    if listener not in _listeners:
        _listeners.append(listener)


def paired(connection: WordPressConnection) -> None:
    """The plugin of this connection has said hello, or answered for the first time since its key was made."""
    for listener in _listeners:
        listener(connection)
