"""Events: what happened, told after the commit to whoever subscribed. Hooks ask or tell within a transaction instead.

`publish` writes one row for each subscriber into the transaction at hand, so that an event is told if and only if what
it tells of was committed. A worker hands rows over in batches: events of one kind, account and site that wait for the
same subscriber are one event with all their subjects. The subscriber works in the transaction that takes the rows
away, so that it has worked once, whoever dies when.
"""

from app.core.events.kinds import (
    ClustersCreated,
    ContentChanged,
    DraftsWritten,
    Event,
    IdeasCreated,
    ImportFinished,
    KeywordsAdded,
    Published,
    RemoteChanged,
    TasksCreated,
)
from app.core.events.outbox import has_subscribers, publish
from app.core.events.subscribers import Subscriber

__all__ = [
    "ClustersCreated",
    "ContentChanged",
    "DraftsWritten",
    "Event",
    "IdeasCreated",
    "ImportFinished",
    "KeywordsAdded",
    "Published",
    "RemoteChanged",
    "Subscriber",
    "TasksCreated",
    "has_subscribers",
    "publish",
]
