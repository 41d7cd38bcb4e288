"""The settings of webhooks: addresses, what was sent there, and sending it again."""

from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from app.api import webhook_actions, webhooks
from app.api.webhook_models import Webhook
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.identity.blueprints import settings

MANAGE = Permission.ACCOUNT_MANAGE


def _page(error: DomainError | None = None) -> Any:
    return render_template(
        "account/webhooks.html",
        webhooks=webhooks.list_webhooks(current_account_id()),
        words=webhooks.EVENT_WORDS,
        error=error,
        values=request.form,
    ), 422 if error else 200


@settings.get("/webhooks/", endpoint="webhooks")
@requires(MANAGE)
def show_webhooks() -> Any:
    """The account's webhooks, and the form of a new one."""
    return _page()


@settings.post("/webhooks/")
@requires(MANAGE)
def create_webhook() -> Any:
    """Add an address; 422 with the form when something is wrong."""
    events = request.form.getlist("events")
    try:
        webhook = webhook_actions.create_webhook(
            current_account_id(), current_actor(), request.form.get("url", ""), events
        )
    except DomainError as error:
        db.session.rollback()
        return _page(error)
    db.session.commit()
    return redirect_to(url_for("account.webhook", webhook_id=webhook.id))


@settings.get("/webhooks/<int:webhook_id>/", endpoint="webhook")
@requires(MANAGE)
def show_webhook(webhook_id: int) -> str:
    """One webhook: its secret, and what was sent there."""
    account_id = current_account_id()
    webhook = owned(Webhook, webhook_id, account_id)
    return render_template(
        "account/webhook.html",
        webhook=webhook,
        secret=webhooks.secret_of(webhook),
        words=webhooks.SHOWN_WORDS,
        deliveries=webhooks.newest_deliveries(account_id, webhook.id),
    )


@settings.post("/webhooks/<int:webhook_id>/switch/")
@requires(MANAGE)
def switch_webhook(webhook_id: int) -> Response:
    """Switch an address on (`on=1`) or off."""
    on = request.form.get("on") == "1"
    webhook_actions.switch_webhook(current_account_id(), current_actor(), webhook_id, on)
    db.session.commit()
    toast(gettext("Switched on.") if on else gettext("Switched off."))
    return redirect_to(url_for("account.webhook", webhook_id=webhook_id))


@settings.post("/webhooks/<int:webhook_id>/delete/")
@requires(MANAGE)
def delete_webhook(webhook_id: int) -> Response:
    """Delete an address with what was sent there."""
    webhook_actions.delete_webhook(current_account_id(), current_actor(), webhook_id)
    db.session.commit()
    toast(gettext("The webhook is deleted."))
    return redirect_to(url_for("account.webhooks"))


@settings.post("/webhooks/<int:webhook_id>/test/")
@requires(MANAGE)
def test_webhook(webhook_id: int) -> Response:
    """Send a test event to an address."""
    webhook_actions.send_test_event(current_account_id(), current_actor(), webhook_id)
    db.session.commit()
    toast(gettext("A test event is on its way. Reload the page to see what was answered."), "info")
    return redirect_to(url_for("account.webhook", webhook_id=webhook_id))


@settings.post("/webhooks/deliveries/<int:delivery_id>/again/")
@requires(MANAGE)
def send_webhook_again(delivery_id: int) -> Response:
    """Send an event once more."""
    delivery = webhook_actions.send_again(current_account_id(), current_actor(), delivery_id)
    webhook_id = delivery.webhook_id
    db.session.commit()
    toast(gettext("It is sent again."))
    return redirect_to(url_for("account.webhook", webhook_id=webhook_id))
