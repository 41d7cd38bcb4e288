"""Publishing events: the rows are part of the transaction in which the event happened."""

from sqlalchemy import insert

from app.core.causation import current_causes
from app.core.clock import utcnow
from app.core.events.kinds import Event
from app.core.events.models import EventDelivery
from app.core.events.subscribers import in_account, subscribers_of
from app.core.extensions import db
from app.core.queue import enqueue_once_after_commit

DELIVER = "jobs.events.deliver"
SUBJECTS_PER_ROW = 1_000


def has_subscribers(kind: type[Event]) -> bool:
    """Whether anybody subscribes to events of this kind: if not, callers need not look up what the event would say."""
    return bool(subscribers_of(kind))


def publish(event: Event) -> None:
    """Deliver the event to its subscribers once the present transaction has committed. Costs nothing without any.

    Features that the account has switched off are not told, neither now nor when they are on again. An event without
    subjects is not published, unless it `may_be_empty`.
    """
    if not (event.subjects or event.may_be_empty):
        return
    subscribers = in_account(event.account_id, subscribers_of(type(event)))
    if not subscribers:
        return
    now, causes = utcnow(), current_causes()
    offsets = range(0, max(1, len(event.subjects)), SUBJECTS_PER_ROW)
    rows = [
        {
            "account_id": event.account_id,
            "site_id": event.site_id,
            "subscriber": subscriber.name,
            "event": event.name,
            "subjects": list(event.subjects[offset : offset + SUBJECTS_PER_ROW]),
            "causes": causes,
            "attempts": 0,
            "error": "",
            "due_at": now,
            "created_at": now,
            "updated_at": now,
        }
        for subscriber in subscribers
        for offset in offsets
    ]
    db.session.execute(insert(EventDelivery), rows)
    enqueue_once_after_commit("default", DELIVER, event.account_id)
