"""Sending webhooks. RQ enters by `send_webhooks`; each address is asked with no transaction open."""

from app.api.webhook_sending import send_all_due
from jobs import the_app


def send_webhooks() -> int:
    """Send the events that are due, for a minute or so. Returns how many were tried."""
    with the_app().app_context():
        return send_all_due()
