"""Delivering events. A batch is taken and worked on in one transaction: delivered once, even if a worker dies."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from app.core.causation import caused_by
from app.core.clock import utcnow
from app.core.errors import Refused
from app.core.events.kinds import Event
from app.core.events.models import EventDelivery
from app.core.events.outbox import DELIVER
from app.core.events.subscribers import in_account, subscriber
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.queue import enqueue_now, new_job_id
from app.core.row_security import every_account

AT_ONCE = 1_000
MAX_ATTEMPTS = 10
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
OVERDUE = timedelta(seconds=20)
D = EventDelivery
log = get_logger(__name__)


def deliver(account_id: int) -> int:
    """Deliver the account's events that are due, batch by batch. Returns how many batches. Commits after each."""
    batches = 0
    while _deliver_one(account_id):
        batches += 1
    return batches


def _deliver_one(account_id: int) -> bool:
    rows = _lock_due_rows(account_id)
    if not rows:
        db.session.rollback()
        return False
    ids = [row.id for row in rows]
    try:
        with caused_by(rows[0].causes), db.session.begin_nested():
            _call_subscriber(rows)
    except Refused as refusal:
        log.info("event_refused", subscriber=rows[0].subscriber, reason=refusal.message)
    except Exception as error:
        log.exception("event_delivery_failed", subscriber=rows[0].subscriber)
        _put_off(rows, str(error))
        db.session.commit()
        return True
    db.session.execute(delete(D).where(D.id.in_(ids)))
    db.session.commit()
    return True


def _lock_due_rows(account_id: int) -> Sequence[EventDelivery]:
    """Lock the due rows of one subscriber, kind, site and cause; rows that another worker holds are left to it.

    After a failure each is delivered by itself, so that the one that fails does not keep the others waiting.
    """
    due = select(D).where(D.account_id == account_id, D.due_at <= utcnow())
    first = db.session.scalar(due.order_by(D.id).limit(1).with_for_update(skip_locked=True))
    if first is None:
        return []
    alike = due.where(
        D.subscriber == first.subscriber,
        D.event == first.event,
        D.site_id == first.site_id,
        D.attempts == first.attempts,
        D.causes == first.causes,
    )
    at_once = 1 if first.attempts else AT_ONCE
    return db.session.scalars(alike.order_by(D.id).limit(at_once).with_for_update(skip_locked=True)).all()


def _call_subscriber(rows: Sequence[EventDelivery]) -> None:
    first = rows[0]
    to_call = subscriber(first.subscriber)
    if to_call is None or to_call.event.name != first.event:
        raise Refused("Nobody of this name is there any more.")
    if not in_account(first.account_id, [to_call]):
        raise Refused("Its module was switched off meanwhile.")
    event: Event = to_call.event(first.account_id, first.site_id, ())
    to_call.function(event.with_subjects(subject for row in rows for subject in row.subjects))


def _put_off(rows: Sequence[EventDelivery], error: str) -> None:
    """Try again later and later; after the last try the rows stay, and health and metrics report them."""
    first, attempts = rows[0], rows[0].attempts + 1
    wait = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    due_at = utcnow() + wait if attempts < MAX_ATTEMPTS else None
    if due_at is None:
        log.error("event_given_up", subscriber=first.subscriber, event_kind=first.event, site_id=first.site_id)
    readable = error.replace("\0", "").encode(errors="replace").decode()[:500]  # as a database can hold it
    stmt = update(D).where(D.id.in_([row.id for row in rows])).values(attempts=attempts, due_at=due_at, error=readable)
    db.session.execute(stmt, execution_options={"synchronize_session": False})


@every_account("events of every account are handed over")
def deliver_overdue() -> int:
    """Enqueue delivery for accounts that have due events and no worker. Returns how many. Called every minute."""
    late = utcnow() - OVERDUE
    stmt = select(D.account_id).where(D.due_at <= late).group_by(D.account_id).order_by(func.min(D.due_at)).limit(1_000)
    accounts = db.session.scalars(stmt).all()
    db.session.rollback()
    return sum(enqueue_now("default", DELIVER, new_job_id(), account_id) for account_id in accounts)


@every_account("how many events of all accounts stand; nothing of what they tell")
def standing() -> list[tuple[str, bool, int]]:
    """Counts of undelivered events: (subscriber, whether they were given up, how many)."""
    given_up = D.due_at.is_(None).label("given_up")
    stmt = select(D.subscriber, given_up, func.count()).group_by(D.subscriber, given_up)
    stmt = stmt.order_by(D.subscriber, given_up)
    return [(name, is_given_up, count) for name, is_given_up, count in db.session.execute(stmt)]


@every_account("events that were given up are delivered again, for all accounts")
def redeliver_given_up() -> int:
    """Have all events that were given up delivered again, with ten tries each. Returns how many. Commits."""
    stmt = update(D).where(D.due_at.is_(None)).values(due_at=utcnow(), attempts=1)
    count: int = db.session.execute(stmt, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]
    db.session.commit()
    return count
