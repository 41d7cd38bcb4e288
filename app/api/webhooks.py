"""Webhooks of an account: its addresses, and the events that are put down for them. Services flush."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import current_app
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.api.webhook_models import Webhook, WebhookDelivery
from app.core import http, outbound_sockets, own_hosts
from app.core.clock import utcnow
from app.core.crypto import decrypt, encrypt
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import N_, gettext
from app.core.queue import enqueue_once_after_commit
from app.core.row_security import every_account
from app.core.tenancy import owned
from app.core.web_addresses import AddressError, WebAddress, parse_address

RUN_ENDED, PUBLISHED, CONFLICT, CREDITS_LOW = "run.ended", "content.published", "content.conflict", "credits.low"
EVENT_WORDS = {
    RUN_ENDED: N_("A run ended"),
    PUBLISHED: N_("Content was published"),
    CONFLICT: N_("Content is in conflict with WordPress"),
    CREDITS_LOW: N_("Credits are low"),
}
TEST = "webhook.test"
SHOWN_WORDS = {**EVENT_WORDS, TEST: N_("Test")}
ENTRY = "jobs.api.send_webhooks"
SECRET_PREFIX = "whsec_"  # noqa: S105
MOST, MOST_SHOWN, MAX_URL = 10, 100, 500
KEPT = timedelta(days=30)


def list_webhooks(account_id: int) -> Sequence[Webhook]:
    """The account's webhooks, the newest first."""
    return db.session.scalars(select(Webhook).where(Webhook.account_id == account_id).order_by(Webhook.id.desc())).all()


def newest_deliveries(account_id: int, webhook_id: int) -> Sequence[WebhookDelivery]:
    """What was sent there last, or is on its way."""
    mine = (WebhookDelivery.account_id == account_id, WebhookDelivery.webhook_id == webhook_id)
    stmt = select(WebhookDelivery).where(*mine).order_by(WebhookDelivery.id.desc())
    return db.session.scalars(stmt.limit(MOST_SHOWN)).all()


def create_webhook(account_id: int, url: str, events: Sequence[str]) -> Webhook:
    """A webhook with a secret of its own. Raises DomainError with the field that is wrong."""
    webhook = Webhook(
        account_id=account_id,
        url=_checked_url(url),
        events=_checked_events(events),
        secret=encrypt(SECRET_PREFIX + secrets.token_urlsafe(32)),
        off_reason="",
    )
    if len(list_webhooks(account_id)) >= MOST:
        raise DomainError(
            gettext("There are %(most)s webhooks already.", most=MOST),
            code="WEBHOOKS_FULL",
            cure=gettext("Delete one that is not needed."),
        )
    db.session.add(webhook)
    db.session.flush()
    return webhook


def _checked_url(url: str) -> str:
    url = url.strip()
    try:
        http.check_url(url)
        address = parse_address(url)
    except (http.OutboundError, AddressError):
        address = None
    if address is None or len(url) > MAX_URL:
        raise _url_refused(
            gettext("This is no address that can be called."), gettext("Type one like https://example.com/hook.")
        )
    _refuse_inner(address)
    return url


def _refuse_inner(address: WebAddress) -> None:
    """Raise DomainError for a host or port that would be refused whenever something is sent there."""
    host, port = address.host, address.port or (443 if address.scheme == "https" else 80)
    if outbound_sockets.is_allowed_host(host, port, current_app.config["ALLOWED_PRIVATE_HOSTS"]):
        return
    cure = gettext("Type an address that is reached from the internet.")
    if own_hosts.is_private_host(host):
        message = gettext("%(host)s is a private network address, which is not called.", host=host)
        raise _url_refused(message, cure)
    if not outbound_sockets.is_web_port(port):
        raise _url_refused(gettext("Port %(port)s is not called.", port=port), cure)


def _url_refused(message: str, cure: str) -> DomainError:
    return DomainError(message, code="WEBHOOK_URL", field="url", cure=cure)


def _checked_events(events: Sequence[str]) -> list[str]:
    chosen = [name for name in EVENT_WORDS if name in events]
    if not chosen or len(chosen) != len(set(events)):
        raise DomainError(gettext("Choose what is told there."), code="WEBHOOK_EVENTS", field="events")
    return chosen


def secret_of(webhook: Webhook) -> str:
    """The secret that signs what is sent there."""
    return decrypt(webhook.secret)


def set_webhook_active(webhook: Webhook, active: bool) -> bool:
    """Switch it; False when it stands so already. What waits is sent once it is on again."""
    if webhook.is_active == active:
        return False
    webhook.is_active, webhook.off_reason, webhook.failing_since = active, "", None
    db.session.flush()
    if active:
        enqueue_once_after_commit("default", ENTRY)
    return True


def has_webhooks(account_id: int, event: str) -> bool:
    """Whether anybody is told of such events."""
    stmt = select(Webhook.id).where(*_takers(account_id, event)).limit(1)
    return db.session.scalar(stmt) is not None


def _takers(account_id: int, event: str) -> list[Any]:
    return [Webhook.account_id == account_id, Webhook.is_active.is_(True), Webhook.events.contains([event])]


def put_down(account_id: int, event: str, key: str, data: dict[str, Any]) -> int:
    """Put an event down for every webhook that takes it, once for each `key`; sent later. Returns how many."""
    ids = db.session.scalars(select(Webhook.id).where(*_takers(account_id, event))).all()
    count = 0
    for webhook_id in ids:
        values = {"account_id": account_id, "webhook_id": webhook_id, "event": event, "payload": data}
        stmt = insert(WebhookDelivery).values(event_key=f"{event}:{key}"[:160], error="", **values)
        added = db.session.scalar(stmt.on_conflict_do_nothing().returning(WebhookDelivery.id))
        count += added is not None
    if count:
        enqueue_once_after_commit("default", ENTRY)
    return count


def put_down_test(webhook: Webhook) -> WebhookDelivery:
    """Put down an event for this webhook alone, whatever it takes. Flushes. Raises Conflict for one that is off."""
    if not webhook.is_active:
        raise Conflict(
            gettext("This webhook is off."), code="WEBHOOK_OFF", cure=gettext("Switch it on, then try again.")
        )
    delivery = WebhookDelivery(
        account_id=webhook.account_id,
        webhook_id=webhook.id,
        event=TEST,
        event_key=f"{TEST}:{uuid4().hex}",
        payload={"webhook_id": webhook.id},
        state="waiting",
        attempts=0,
        error="",
    )
    db.session.add(delivery)
    db.session.flush()
    enqueue_once_after_commit("default", ENTRY)
    return delivery


def was_told_since(account_id: int, event: str, age: timedelta) -> bool:
    """Whether such an event was put down in this time."""
    mine = (WebhookDelivery.account_id == account_id, WebhookDelivery.event == event)
    recent = WebhookDelivery.created_at > utcnow() - age
    return db.session.scalar(select(func.count()).select_from(WebhookDelivery).where(*mine, recent)) != 0


def send_again(account_id: int, delivery_id: int) -> WebhookDelivery:
    """Send once more what was sent or given up, from the beginning. Raises NotFound, and Conflict while it waits."""
    delivery = owned(WebhookDelivery, delivery_id, account_id)
    ended = (WebhookDelivery.id == delivery.id, WebhookDelivery.state != "waiting")
    values = {"state": "waiting", "attempts": 0, "due_at": utcnow(), "lease_until": None, "ended_at": None}
    changed = db.session.scalar(update(WebhookDelivery).where(*ended).values(**values).returning(WebhookDelivery.id))
    if changed is None:
        raise Conflict(gettext("This is on its way already."), code="WEBHOOK_WAITING")
    db.session.refresh(delivery)
    enqueue_once_after_commit("default", ENTRY)
    return delivery


@every_account("what was sent is kept for a time, whose it is")
def forget_old_deliveries() -> int:
    """Delete what was put down more than 30 days ago. Returns how many. Commits."""
    result = db.session.execute(delete(WebhookDelivery).where(WebhookDelivery.created_at < utcnow() - KEPT))
    db.session.commit()
    return int(result.rowcount)  # type: ignore[attr-defined]
