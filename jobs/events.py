"""Handing events to their subscribers. RQ enters by `deliver` with the id of an account."""

from app.core.events.delivery import deliver as deliver_to_subscribers
from app.core.row_security import act_for
from jobs import the_app


def deliver(account_id: int) -> None:
    """Deliver the account's events to subscribers; what fails is delivered again by the sweep."""
    with the_app().app_context():
        act_for(account_id)
        deliver_to_subscribers(account_id)
