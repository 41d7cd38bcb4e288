"""Asking Stripe for many accounts. RQ enters here; each account is compared in transactions of its own."""

from app.billing import upkeep
from app.billing.entitlements import stripe_is_on
from app.core.logs import get_logger
from app.core.queue import enqueue_now, new_job_id
from jobs import the_app

log = get_logger(__name__)


def compare_all() -> dict[str, int]:
    """Compare every customer with Stripe and correct what differs."""
    with the_app().app_context():
        counts = upkeep.compare_with_stripe(upkeep.all_customers()) if stripe_is_on() else {}
        log.info("compared_with_stripe", **counts)
        return counts


def compare_due() -> dict[str, int]:
    """Ask Stripe for the accounts whose month or grace is over; end the subscriptions of those that are leaving."""
    with the_app().app_context():
        if stripe_is_on():
            upkeep.end_subscriptions_of_leaving_accounts()
        return upkeep.compare_with_stripe(upkeep.due_accounts())


def every_night() -> None:
    """For the scheduler: have all customers compared."""
    if stripe_is_on():
        enqueue_now("bulk", "jobs.billing.compare_all", new_job_id())


def every_few_minutes() -> None:
    """For the scheduler: begin months, and have Stripe asked where something is due."""
    upkeep.replenish_due()
    if stripe_is_on():
        enqueue_now("bulk", "jobs.billing.compare_due", new_job_id())
