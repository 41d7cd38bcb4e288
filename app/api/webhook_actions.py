"""What can be done with webhooks, each as one use case. They flush; callers commit."""

from collections.abc import Sequence

from app.api import webhooks
from app.api.webhook_models import Webhook, WebhookDelivery
from app.core import audit
from app.core.actor import Actor
from app.core.extensions import db
from app.core.tenancy import owned


def create_webhook(account_id: int, actor: Actor, url: str, events: Sequence[str]) -> Webhook:
    """An address for events. Raises DomainError with the field that is wrong."""
    webhook = webhooks.create_webhook(account_id, url, events)
    audit.record(account_id, "webhook.made", subject=webhook.url, after={"events": webhook.events}, by=actor)
    return webhook


def switch_webhook(account_id: int, actor: Actor, webhook_id: int, active: bool) -> Webhook:
    """Switch an address on or off. Raises NotFound."""
    webhook = owned(Webhook, webhook_id, account_id)
    if webhooks.set_webhook_active(webhook, active):
        audit.record(account_id, "webhook.switched", subject=webhook.url, after={"active": active}, by=actor)
    return webhook


def delete_webhook(account_id: int, actor: Actor, webhook_id: int) -> str:
    """Delete an address with what was sent there. Returns its URL. Raises NotFound."""
    webhook = owned(Webhook, webhook_id, account_id)
    url = webhook.url
    db.session.delete(webhook)
    audit.record(account_id, "webhook.deleted", subject=url, by=actor)
    db.session.flush()
    return url


def send_again(account_id: int, actor: Actor, delivery_id: int) -> WebhookDelivery:
    """Send an event once more. Raises NotFound, and Conflict while it is on its way."""
    delivery = webhooks.send_again(account_id, delivery_id)
    audit.record(account_id, "webhook.sent_again", subject=delivery.event, by=actor)
    return delivery


def send_test_event(account_id: int, actor: Actor, webhook_id: int) -> WebhookDelivery:
    """Send an event that only tries the address. Raises NotFound, and Conflict for one that is off."""
    webhook = owned(Webhook, webhook_id, account_id)
    delivery = webhooks.put_down_test(webhook)
    audit.record(account_id, "webhook.tested", subject=webhook.url, by=actor)
    return delivery
