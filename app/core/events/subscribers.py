"""The subscribers of events. Features name theirs (`Feature.subscribers`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.events.kinds import Event
from app.core.hooks import switched_off


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A function that is called with events of one kind after they were committed.

    `name` is stored in the database. `function` gets a batch as one event, works in the transaction at hand (it may
    start runs, and calls nobody over the network) and does not commit. When it raises Refused the event is dropped: the
    account does not want this now. After any other error it is called again, later and later.
    """

    name: str
    event: type[Event]
    function: Callable[[Event], None]


_subscribers: dict[str, Subscriber] = {}
_modules: dict[str, str | None] = {}  # by name of the subscriber


def register(subscribers: Sequence[tuple[Subscriber, str | None]]) -> None:
    """Make these the subscribers of this process, in place of any before, each with the key of its feature's module.

    Raises ValueError for a name used twice.
    """
    by_name: dict[str, Subscriber] = {}
    for item, _module in subscribers:
        if item.name in by_name:
            raise ValueError(f"Two subscribers are called {item.name}.")
        by_name[item.name] = item
    _subscribers.clear()
    _subscribers.update(by_name)
    _modules.clear()
    _modules.update({item.name: module for item, module in subscribers})


def subscribers_of(event: type[Event]) -> list[Subscriber]:
    """The subscribers of this kind of event."""
    return [registered for registered in _subscribers.values() if registered.event is event]


def in_account(account_id: int, subscribers: Sequence[Subscriber]) -> list[Subscriber]:
    """Those whose feature the account has not switched off."""
    off = switched_off(account_id, {_modules[item.name] for item in subscribers})
    return [item for item in subscribers if _modules[item.name] not in off]


def subscriber(name: str) -> Subscriber | None:
    """The subscriber of this name; None for one of an older or newer version."""
    return _subscribers.get(name)
