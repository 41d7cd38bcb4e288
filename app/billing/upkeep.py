"""Periodic work on accounts: new months, grace that ends, the nightly comparison with Stripe."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import ColumnElement, delete, or_, select

from app.accounts.models import Account
from app.billing import credits
from app.billing.entitlements import lock_billing_account, stripe_is_on
from app.billing.facts import LIVE
from app.billing.models import BillingAccount, StripeEvent
from app.billing.periods import period_at
from app.billing.plans import LOCAL, PLANS, Plan
from app.billing.stripe_client import gateway
from app.billing.sync import sync_account
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.logs import get_logger
from app.core.row_security import every_account, within

EVENTS_KEPT = timedelta(days=90)  # Stripe sends an event again for three days
LATE = timedelta(minutes=5)
log = get_logger(__name__)


def choose_local_plan(account_id: int, key: str) -> Plan:
    """Choose a plan on an installation without payments; its month and its credits begin now. Flushes.

    Raises DomainError when payments are set up or the plan cannot be chosen.
    """
    if stripe_is_on():
        raise DomainError(
            gettext("Plans are bought on this installation."), code="PLAN_IS_BOUGHT", cure=gettext("Choose it again.")
        )
    plan = PLANS.get(key)
    if plan is None or (plan.cents is None and key != LOCAL):
        raise NotFound(gettext("There is no such plan."))
    row, now = lock_billing_account(account_id), utcnow()
    row.plan, row.source = (None, "none") if key == LOCAL else (key, "local")
    row.state, row.reason = "active", None
    row.anchor_at, row.grace_until, row.suspended_at, row.cancel_at = now, None, None, None
    row.period_start, row.period_end = period_at(now, now) if plan.is_metered else (None, None)
    db.session.flush()
    note = f"{plan.name}, chosen here without payment"
    credits.set_plan_credits(account_id, plan.credits or 0, f"{account_id}:local:{now.isoformat()}", note)
    return plan


def replenish_due() -> int:
    """Begin the next month of accounts that chose a plan here and are at the end of theirs. Returns how many.

    Commits after each account.

    However long the app was away, an account gets the present month's credits, once.
    """
    if stripe_is_on():
        return 0
    due = select(BillingAccount.account_id).where(
        BillingAccount.source == "local", BillingAccount.plan.is_not(None), BillingAccount.period_end <= utcnow()
    )
    with every_account("months end whatever the account"):
        accounts = db.session.scalars(due.limit(500)).all()
    count = 0
    for account_id in accounts:
        with within(account_id):
            count += _begin_month(account_id)
            db.session.commit()
    return count


def _begin_month(account_id: int) -> bool:
    row, now = lock_billing_account(account_id), utcnow()
    plan = PLANS.get(row.plan or "")
    if plan is None or row.source != "local" or row.anchor_at is None or (row.period_end and row.period_end > now):
        return False  # another scheduler was first, or the plan was changed just now
    row.period_start, row.period_end = period_at(row.anchor_at, now)
    key = f"{account_id}:local:{row.period_start.isoformat()}"
    return credits.set_plan_credits(account_id, plan.credits or 0, key, f"{plan.name}, credits of the month")


@every_account("every customer is compared with Stripe")
def _customers_where(condition: ColumnElement[bool]) -> list[int]:
    stmt = select(BillingAccount.account_id).where(BillingAccount.stripe_customer_id.is_not(None), condition)
    account_ids = list(db.session.scalars(stmt.order_by(BillingAccount.account_id)))
    db.session.rollback()
    return account_ids


def due_accounts() -> list[int]:
    """Accounts to ask Stripe about now: a month is over, or the grace after a failed payment."""
    now = utcnow()
    stale = or_(BillingAccount.synced_at.is_(None), BillingAccount.synced_at < now - LATE)
    month_over = BillingAccount.period_end < now - LATE
    grace_over = (BillingAccount.state == "grace") & (BillingAccount.grace_until <= now)
    not_canceled = BillingAccount.stripe_status.is_distinct_from("canceled")
    return _customers_where(stale & not_canceled & (month_over | grace_over)) if stripe_is_on() else []


def all_customers() -> list[int]:
    """Every account that has a customer in Stripe."""
    return _customers_where(BillingAccount.stripe_customer_id.is_not(None))


def compare_with_stripe(account_ids: list[int]) -> dict[str, int]:
    """Compare these accounts with Stripe and correct what differs; counts `checked`, `mended`, `failed`. Commits each.

    One that cannot be asked does not stop the others.
    """
    counts = {"checked": 0, "mended": 0, "failed": 0}
    for account_id in account_ids:
        with within(account_id):
            _compare(account_id, counts)
    return counts


def _compare(account_id: int, counts: dict[str, int]) -> None:
    before = _comparable_state(account_id)
    try:
        sync_account(account_id)
    except DomainError as error:
        db.session.rollback()
        counts["failed"] += 1
        log.warning("stripe_not_compared", account_id=account_id, code=error.code)
        return
    counts["checked"] += 1
    if _comparable_state(account_id) != before:
        counts["mended"] += 1
        log.warning("stripe_differed", account_id=account_id)


def end_subscriptions_of_leaving_accounts() -> int:
    """Let the subscriptions of accounts that are to be deleted end with their month. Returns how many. Commits each.

    An account that Stripe does not answer for is tried again the next time.
    """
    row = (BillingAccount.account_id, BillingAccount.stripe_subscription_id, Account.deletion_due_at)
    stmt = (
        select(*row)
        .join(Account, Account.id == BillingAccount.account_id)
        .where(
            Account.deletion_due_at.is_not(None),
            BillingAccount.source == "stripe",
            BillingAccount.cancel_at.is_(None),
            BillingAccount.stripe_status.in_(LIVE),
        )
    )
    with every_account("accounts leave whoever looks"):
        leaving = db.session.execute(stmt).all()
    db.session.rollback()
    count = 0
    for account_id, subscription_id, due_at in leaving:
        once = f"leaving-{subscription_id}-{due_at}"
        try:
            gateway(current_app.config).cancel_at_end(str(subscription_id), True, once)
            with within(account_id):
                count += sync_account(account_id)
        except DomainError as error:
            db.session.rollback()
            log.warning("subscription_not_ended", account_id=account_id, code=error.code)
    return count


def _comparable_state(account_id: int) -> tuple[object, ...]:
    """The values that are compared before and after a sync."""
    row = db.session.get(BillingAccount, account_id, populate_existing=True)
    terms = (row.plan, row.state, row.period_start, row.cancel_at, row.stripe_status) if row else ()
    amounts = credits.balance(account_id)
    db.session.rollback()
    return (*terms, *amounts)


@every_account("Stripe's events are forgotten whatever the account")
def forget_old_events() -> int:
    """Delete events that Stripe no longer sends again. Returns how many. Commits."""
    old = delete(StripeEvent).where(StripeEvent.received_at < utcnow() - EVENTS_KEPT)
    deleted = db.session.execute(old.execution_options(synchronize_session=False))
    db.session.commit()
    return int(deleted.rowcount)  # type: ignore[attr-defined]
