"""Webhooks for programs: addresses, what was sent there, trying one, and sending an event again."""

from typing import Any
from uuid import UUID

from pydantic import Field

from app.api import webhook_actions, webhooks
from app.api.endpoints import api_endpoint
from app.api.shapes import Count, Given, Instant, RowId, RowPage, ShortText, Shown, whole_list
from app.api.webhook_models import Webhook, WebhookDelivery
from app.core.access import current_account_id, current_actor
from app.core.permissions import Permission
from app.core.tenancy import owned

MANAGE = Permission.ACCOUNT_MANAGE
ONE = "/webhooks/<int:webhook_id>/"


class WebhookShown(Shown):
    """An address that is told of events. `off_reason` says why it was switched off by itself."""

    id: RowId = Field(examples=[2])
    url: str = Field(examples=["https://example.com/hook"])
    events: list[str] = Field(examples=[["run.ended"]])
    is_active: bool = Field(examples=[True])
    failing_since: Instant | None
    off_reason: str = Field(examples=[""])
    created_at: Instant


class WebhookSecretShown(Shown):
    """The secret that signs what is sent there."""

    id: RowId = Field(examples=[2])
    secret: str = Field(examples=["whsec_…"])


class NewWebhook(Given):
    """An address, and the events that it is told of."""

    url: str = Field(min_length=1, max_length=500, examples=["https://example.com/hook"])
    events: list[ShortText] = Field(min_length=1, max_length=20, examples=[["run.ended"]])


class WebhookSwitch(Given):
    """Whether it is told of events. What waits is sent once it is on again."""

    is_active: bool = Field(examples=[True])


class DeliveryShown(Shown):
    """An event for an address: `waiting`, `sent` or `failed`. `status` and `error` are of the last try."""

    id: RowId = Field(examples=[20])
    webhook_id: int = Field(examples=[2])
    public_id: UUID
    event: str = Field(examples=["run.ended"])
    payload: dict[str, Any] = Field(examples=[{"state": "succeeded"}])
    state: str = Field(examples=["sent"])
    attempts: int = Field(examples=[1])
    status: int | None = Field(examples=[200])
    error: str = Field(examples=[""])
    due_at: Instant
    ended_at: Instant | None
    created_at: Instant


def _webhook(webhook_id: int) -> Webhook:
    return owned(Webhook, webhook_id, current_account_id())


@api_endpoint("GET", "/webhooks/", MANAGE)
def show_all_webhooks() -> RowPage[WebhookShown]:
    """List the webhooks, the newest first. All of them are on one page."""
    return whole_list([WebhookShown.model_validate(row) for row in webhooks.list_webhooks(current_account_id())])


@api_endpoint("GET", ONE, MANAGE)
def show_one_webhook(webhook_id: int) -> WebhookShown:
    """One webhook."""
    return WebhookShown.model_validate(_webhook(webhook_id))


@api_endpoint("GET", f"{ONE}secret/", MANAGE)
def show_webhook_secret(webhook_id: int) -> WebhookSecretShown:
    """The secret that signs what is sent to a webhook."""
    return WebhookSecretShown(id=webhook_id, secret=webhooks.secret_of(_webhook(webhook_id)))


@api_endpoint("POST", "/webhooks/", MANAGE, status=201)
def add_webhook(body: NewWebhook) -> WebhookShown:
    """Add an address for events: `run.ended`, `content.published`, `content.conflict`, `credits.low`."""
    made = webhook_actions.create_webhook(current_account_id(), current_actor(), body.url, body.events)
    return WebhookShown.model_validate(made)


@api_endpoint("PATCH", ONE, MANAGE)
def switch_webhook_on_or_off(webhook_id: int, body: WebhookSwitch) -> WebhookShown:
    """Switch a webhook on or off."""
    switched = webhook_actions.switch_webhook(current_account_id(), current_actor(), webhook_id, body.is_active)
    return WebhookShown.model_validate(switched)


@api_endpoint("DELETE", ONE, MANAGE)
def remove_webhook(webhook_id: int) -> Count:
    """Delete a webhook with what was sent there."""
    webhook_actions.delete_webhook(current_account_id(), current_actor(), webhook_id)
    return Count(count=1)


@api_endpoint("POST", f"{ONE}test/", MANAGE, status=201)
def send_test_event(webhook_id: int) -> DeliveryShown:
    """Send an event `webhook.test` to a webhook, whatever it is told of. How that went is in its deliveries."""
    return DeliveryShown.model_validate(
        webhook_actions.send_test_event(current_account_id(), current_actor(), webhook_id)
    )


@api_endpoint("GET", f"{ONE}deliveries/", MANAGE)
def show_deliveries(webhook_id: int) -> RowPage[DeliveryShown]:
    """List the newest 100 events for a webhook, on one page. They are kept for 30 days."""
    rows = webhooks.newest_deliveries(current_account_id(), _webhook(webhook_id).id)
    return whole_list([DeliveryShown.model_validate(row) for row in rows])


@api_endpoint("GET", "/webhooks/deliveries/<int:delivery_id>/", MANAGE)
def show_delivery(delivery_id: int) -> DeliveryShown:
    """One event for a webhook."""
    return DeliveryShown.model_validate(owned(WebhookDelivery, delivery_id, current_account_id()))


@api_endpoint("POST", "/webhooks/deliveries/<int:delivery_id>/again/", MANAGE)
def replay_delivery(delivery_id: int) -> DeliveryShown:
    """Send an event once more. 409 while it is on its way."""
    return DeliveryShown.model_validate(webhook_actions.send_again(current_account_id(), current_actor(), delivery_id))
