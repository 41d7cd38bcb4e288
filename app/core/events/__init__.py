"""Events: what happened, delivered to subscribers after the commit. Hooks are called within a transaction instead.

`publish` writes one row for each subscriber into the transaction at hand, so that an event is delivered if and only if
its change was committed. A worker hands rows over in batches: events of one kind, account, site and cause that wait
for the same subscriber are one event with all their subjects. The subscriber works in the transaction that takes the
rows away, so that it has worked once, whoever dies when.
"""

from app.core.events.kinds import Event
from app.core.events.outbox import has_subscribers, publish
from app.core.events.subscribers import Subscriber

__all__ = ["Event", "Subscriber", "has_subscribers", "publish"]
