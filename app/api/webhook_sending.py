"""Sending what was put down for webhooks: claimed, signed, and tried again for three days."""

import hmac
import json
import time
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from flask import current_app
from sqlalchemy import case, func, or_, select, update

from app.api.webhook_mails import mail_webhook_off
from app.api.webhook_models import Webhook, WebhookDelivery
from app.api.webhooks import ENTRY, secret_of
from app.core import audit, http
from app.core.actor import THE_APP
from app.core.clock import iso, utcnow
from app.core.extensions import db
from app.core.queue import enqueue_now, new_job_id
from app.core.row_security import every_account, within

SECONDS, AT_ONCE, MOST_BYTES = 10.0, 20, 64 * 1024
OF_EACH = 5  # of one address at a time
LEASE = timedelta(minutes=5)
PUT_OFF = timedelta(minutes=5)
LONGEST = 60  # seconds after which no more is begun
# After each try but the last: a minute at first, a day at last, 72 hours in all.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 300, 600, 720, 1080, 1440))
GIVE_UP = timedelta(days=3)
D = WebhookDelivery


def hand_out_webhooks() -> None:
    """For the scheduler: have a worker send what is due."""
    with every_account("events are due, whoever's they are"):
        due = db.session.scalar(select(D.id).where(*_due()).limit(1))
        db.session.rollback()
    if due is not None:
        enqueue_now("default", ENTRY, new_job_id(), seconds=300)


def send_all_due() -> int:
    """Send what is due until nothing is, or others are to have their turn. Returns how many were tried. Commits."""
    count, until = 0, time.monotonic() + LONGEST
    while time.monotonic() < until and (tried := send_due()):
        count += tried
    return count


def send_due() -> int:
    """Send some of what is due, of each address only a few. Returns how many were tried. Commits."""
    with every_account("events are due, whoever's they are"):
        claimed = _claim()
    for delivery_id, account_id, attempt in claimed:
        with within(account_id):
            _send(delivery_id, attempt)
    return len(claimed)


def _due() -> list[Any]:
    is_on = D.webhook_id.in_(select(Webhook.id).where(Webhook.is_active.is_(True)))
    free = or_(D.lease_until.is_(None), D.lease_until < utcnow())
    return [D.state == "waiting", D.due_at <= utcnow(), free, is_on]


def _claim() -> list[tuple[int, int, int]]:
    """(id, account, number of the try) of what this worker sends now: nothing for who is being sent to. Commits.

    So an address that answers slowly holds up one worker for a while, and not all of them.
    """
    busy = select(D.webhook_id).where(D.state == "waiting", D.lease_until >= utcnow())
    place = func.row_number().over(partition_by=D.webhook_id, order_by=(D.due_at, D.id)).label("place")
    ranked = select(D.id, place).where(*_due(), D.webhook_id.not_in(busy)).subquery()
    few = select(ranked.c.id).where(ranked.c.place <= OF_EACH)
    chosen = select(D.id).where(D.id.in_(few), *_due()).order_by(D.due_at).limit(AT_ONCE)
    chosen = chosen.with_for_update(skip_locked=True)
    stmt = update(D).where(D.id.in_(chosen.scalar_subquery())).values(attempts=D.attempts + 1)
    rows = db.session.execute(
        stmt.values(lease_until=utcnow() + LEASE)
        .returning(D.id, D.account_id, D.attempts)
        .execution_options(synchronize_session=False)
    )
    claimed = [(row[0], row[1], row[2]) for row in rows]
    db.session.commit()
    return claimed


@dataclass(frozen=True)
class Outgoing:
    """A signed request."""

    url: str
    body: bytes
    headers: dict[str, str]


def signature_of(secret: str, timestamp: int, body: bytes) -> str:
    """The value of X-IGNY8-Signature: HMAC-SHA256 of ``timestamp.body``."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def _outgoing(delivery: WebhookDelivery) -> Outgoing:
    event = {"id": str(delivery.public_id), "type": delivery.event, "created_at": iso(delivery.created_at)}
    body = json.dumps({**event, "data": delivery.payload}, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "IGNY8-Webhooks/1",
        "X-IGNY8-Event": delivery.event,
        "X-IGNY8-Delivery": str(delivery.public_id),
        "X-IGNY8-Signature": signature_of(secret_of(delivery.webhook), int(time.time()), body),
    }
    return Outgoing(delivery.webhook.url, body, headers)


def _send(delivery_id: int, attempt: int) -> None:
    """Send one and note how that ended; what somebody else claimed meanwhile stays as it is. Commits."""
    delivery = db.session.get(WebhookDelivery, delivery_id)
    if delivery is None or delivery.attempts != attempt:
        return
    request = _outgoing(delivery)
    db.session.rollback()  # no transaction while the address is asked
    status, error = _post(request)
    values = {"status": status, "error": error, "lease_until": None, "updated_at": utcnow()}
    if not error:
        values |= {"state": "sent", "ended_at": utcnow()}
    elif attempt > len(WAITS):
        values |= {"state": "failed", "ended_at": utcnow()}
    else:
        values["due_at"] = utcnow() + WAITS[attempt - 1]
    mine = (D.id == delivery_id, D.attempts == attempt, D.state == "waiting")
    webhook_id = db.session.scalar(update(D).where(*mine).values(**values).returning(D.webhook_id))
    if webhook_id is not None:
        _note_standing(webhook_id, error)
        if status is None and error:
            _hold_back(webhook_id)
    db.session.commit()


def _hold_back(webhook_id: int) -> None:
    """Put off what else is due at an address that does not answer; those that were claimed were not tried."""
    claimed = D.lease_until >= utcnow()
    mine = (D.webhook_id == webhook_id, D.state == "waiting", D.due_at <= utcnow())
    values = {"due_at": utcnow() + PUT_OFF, "attempts": case((claimed, D.attempts - 1), else_=D.attempts)}
    stmt = update(D).where(*mine).values(**values, lease_until=None)
    db.session.execute(stmt.execution_options(synchronize_session=False))


def _post(request: Outgoing) -> tuple[int | None, str]:
    """The status that was answered, and what was wrong: nothing where it was taken. Redirects are not followed."""
    session = http.make_session(current_app.config["ALLOWED_PRIVATE_HOSTS"])
    try:
        answer = http.fetch(
            session,
            "POST",
            request.url,
            headers=request.headers,
            data=request.body,
            read_seconds=SECONDS,
            max_bytes=MOST_BYTES,
        )
    except http.OutboundError as error:
        return None, str(error)[:500]
    return answer.status, "" if 200 <= answer.status < 300 else f"It answered {answer.status}."


def _note_standing(webhook_id: int, error: str) -> None:
    """Note whether the address takes events; after three days without any it is switched off, which is told."""
    webhook = db.session.get_one(Webhook, webhook_id, with_for_update=True)
    if not error:
        webhook.failing_since = None
    elif webhook.failing_since is None:
        webhook.failing_since = utcnow()
    elif webhook.is_active and webhook.failing_since < utcnow() - GIVE_UP:
        webhook.is_active, webhook.off_reason = False, f"It took nothing for three days. Last: {error}"[:300]
        mail_webhook_off(webhook, error)
        audit.record(webhook.account_id, "webhook.gave_up", subject=webhook.url, after={"error": error}, by=THE_APP)
