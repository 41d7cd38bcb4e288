"""Bringing an account in line with what Stripe has now.

An event says only that something happened: what holds is asked of Stripe afterwards, so events may come
late, twice, in any order or not at all. What was read is written only when nobody wrote since it was read.
"""

from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import CursorResult, select, update
from sqlalchemy.dialects.postgresql import insert

from app.billing import credits, messages, refunds_and_disputes
from app.billing.entitlements import lock_billing_account
from app.billing.facts import PAID, InvoiceFacts, PackFacts, StripeSnapshot, SubscriptionFacts, Terms, decide_terms
from app.billing.models import BillingAccount, Invoice, PackPurchase, StripeEvent
from app.billing.periods import share_left
from app.billing.plans import CUSTOM, PLANS, Plan, custom_plan
from app.billing.stripe_client import EventFacts, gateway
from app.core import audit
from app.core.clock import utcnow
from app.core.errors import Unavailable
from app.core.extensions import db
from app.core.languages import gettext
from app.core.logs import get_logger
from app.core.row_security import every_account, within

TRIES = 5
HANDLED_EVENTS = (
    "customer.subscription.",
    "invoice.",
    "checkout.session.",
    "charge.refunded",
    "charge.dispute.",
    "customer.updated",
)
log = get_logger(__name__)


def apply_event(event: EventFacts) -> bool:
    """Apply an event once; False when it was applied before or means nothing here. Commits.

    Raises Unavailable when Stripe cannot be asked: nothing is kept then, and Stripe sends the event again.
    """
    if not event.type.startswith(HANDLED_EVENTS):
        return False
    customer_id = event.customer_id or _payer(event)
    if customer_id is None:
        return False
    account = select(BillingAccount.account_id).where(BillingAccount.stripe_customer_id == customer_id)
    with every_account("which account Stripe speaks of follows from its customer"):
        account_id = db.session.scalar(account)
        handled_id = db.session.scalar(select(StripeEvent.id).where(StripeEvent.id == event.id))
    db.session.rollback()
    if account_id is None or handled_id is not None:
        return False
    with within(account_id):
        return sync_account(account_id, event)


def _payer(event: EventFacts) -> str | None:
    """The customer of a dispute, which names the charge alone; asks Stripe with no transaction open."""
    return gateway(current_app.config).customer_of_charge(event.charge_id) if event.charge_id else None


def sync_account(account_id: int, event: EventFacts | None = None) -> bool:
    """Ask Stripe and store the answer; True when it was stored. Commits; asks with no transaction open.

    With an `event`, its id is kept in the same transaction: False when another worker was first.
    Raises Unavailable when Stripe does not answer, DomainError when payments are not set up.
    """
    stripe = gateway(current_app.config)
    for _ in range(TRIES):
        row = db.session.get(BillingAccount, account_id)
        if row is None or row.stripe_customer_id is None:
            db.session.rollback()
            return False
        customer_id, version = row.stripe_customer_id, row.version
        db.session.rollback()
        snapshot = stripe.snapshot(customer_id)
        written = _write(account_id, version, snapshot, event)
        if written is not None:
            return written
    raise Unavailable(gettext("The account changed again and again while Stripe was asked."), code="STRIPE_BUSY")


def _write(account_id: int, version: int, snapshot: StripeSnapshot, event: EventFacts | None) -> bool | None:
    """One transaction. None when the account was written to since `version` was read."""
    if event is not None and not _is_first_time(event, account_id):
        db.session.rollback()
        return False
    row = lock_billing_account(account_id)
    if row.version != version or row.stripe_customer_id != snapshot.customer_id:
        db.session.rollback()
        return None
    _apply(row, snapshot, utcnow())
    db.session.commit()
    return True


def _is_first_time(event: EventFacts, account_id: int) -> bool:
    stmt = insert(StripeEvent).values(id=event.id, type=event.type[:80], account_id=account_id, received_at=utcnow())
    return db.session.scalar(stmt.on_conflict_do_nothing().returning(StripeEvent.id)) is not None


def _apply(row: BillingAccount, snapshot: StripeSnapshot, now: datetime) -> None:
    before = _terms(row)
    after = decide_terms(before, snapshot, now)
    row.version += 1
    row.synced_at = now
    for invoice in snapshot.invoices:
        _record_invoice(row.account_id, invoice)
    for pack in snapshot.packs:
        _record_pack(row, pack)
    for payment in snapshot.returned:
        refunds_and_disputes.record_returned_payment(row, payment)
    subscription = snapshot.subscription
    if subscription is None:
        return
    _write_terms(row, after, now)
    audit.record_changes(
        row.account_id,
        "plan.set_by_stripe",
        _audit_values(before),
        _audit_values(after),
        by=refunds_and_disputes.stripe(),
    )
    db.session.flush()
    if subscription.status in PAID:
        _give_credits(row, before, after, subscription, snapshot.is_paid(subscription), now)
    if before.state != after.state:
        messages.billing_state_changed(row, before.state)
        log.info("account_state_changed", account_id=row.account_id, before=before.state, after=after.state)


def _audit_values(terms: Terms) -> dict[str, Any]:
    """The terms that the audit log keeps: money and rights."""
    ends = terms.cancel_at.isoformat() if terms.cancel_at else None
    return {"plan": terms.plan, "state": terms.state, "reason": terms.reason, "ends": ends}


def _terms(row: BillingAccount) -> Terms:
    custom = (row.custom_credits or 0, row.custom_seats or 0, row.custom_sites or 0) if row.plan == CUSTOM else None
    if row.source != "stripe":
        return Terms()
    return Terms(
        row.plan,
        custom,
        row.state,
        row.reason,
        row.grace_until,
        row.period_start,
        row.period_end,
        row.cancel_at,
        row.stripe_subscription_id,
        row.stripe_status,
    )


def _write_terms(row: BillingAccount, after: Terms, now: datetime) -> None:
    row.plan, row.source = after.plan, "stripe"
    row.custom_credits, row.custom_seats, row.custom_sites = after.custom or (None, None, None)
    if after.state != "suspended":
        row.suspended_at = None
    elif row.state != "suspended":
        row.suspended_at = now
    row.state, row.reason, row.grace_until = after.state, after.reason, after.grace_until
    row.period_start, row.period_end, row.cancel_at = after.period_start, after.period_end, after.cancel_at
    row.anchor_at = row.anchor_at or after.period_start
    row.stripe_subscription_id, row.stripe_status = after.subscription_id, after.stripe_status


def _plan(key: str | None, custom: tuple[int, int, int] | None) -> Plan | None:
    return custom_plan(*custom) if key == CUSTOM and custom else PLANS.get(key or "")


def _give_credits(
    row: BillingAccount, before: Terms, after: Terms, facts: SubscriptionFacts, paid: bool, now: datetime
) -> None:
    """The month's credits once it is paid; after a change of plan within a month, the difference for what is left."""
    plan = _plan(after.plan, after.custom)
    if plan is None or not plan.is_metered:
        return
    key = f"{row.account_id}:{facts.id}:{facts.period_start.isoformat()}"
    if paid and credits.set_plan_credits(row.account_id, plan.credits or 0, key, f"{plan.name}, credits of the month"):
        return
    old_plan = _plan(before.plan, before.custom)
    same_month = before.subscription_id == facts.id and before.period_start == facts.period_start
    if not (paid and same_month and old_plan) or old_plan.credits == plan.credits:
        return
    difference = round(
        ((plan.credits or 0) - (old_plan.credits or 0)) * share_left(facts.period_start, facts.period_end, now)
    )
    _change_credits(row, difference, f"{old_plan.name} to {plan.name}", facts.keeps_credits)


def _change_credits(row: BillingAccount, difference: int, note: str, keeps: bool) -> None:
    left, _ = credits.balance(row.account_id, lock=True)
    change = difference if difference > 0 else 0 if keeps else -min(left, -difference)
    if change:
        credits.add_entry(
            row.account_id, "plan_change", f"change:{row.account_id}:{row.version}", plan=change, note=note
        )


def _record_pack(row: BillingAccount, facts: PackFacts) -> None:
    """Credits of a paid pack, once by its checkout; what went back takes its share, as far as it is left."""
    now, account_id = utcnow(), row.account_id
    stmt = insert(PackPurchase).values(
        account_id=account_id,
        session_id=facts.session_id,
        pack=facts.pack[:20],
        credits=facts.credits,
        cents=facts.cents,
        refunded_cents=0,
        removed_credits=0,
        created_at=now,
        updated_at=now,
    )
    if db.session.scalar(stmt.on_conflict_do_nothing().returning(PackPurchase.id)) is not None:
        credits.add_entry(
            account_id, "pack", f"pack:{facts.session_id}", pack=facts.credits, note=f"{facts.credits:,} credits"
        )
        after = {"credits": facts.credits, "cents": facts.cents}
        audit.record(
            account_id,
            "pack.paid",
            subject=facts.pack,
            after=after,
            by=refunds_and_disputes.stripe(),
        )
    changed = db.session.execute(
        update(PackPurchase)
        .where(PackPurchase.session_id == facts.session_id, PackPurchase.account_id == account_id)
        .where(PackPurchase.refunded_cents != facts.refunded_cents)
        .values(refunded_cents=facts.refunded_cents)
    )
    if isinstance(changed, CursorResult) and changed.rowcount:
        _move_credits_back(row, facts)


def _move_credits_back(row: BillingAccount, facts: PackFacts) -> None:
    """Remove the credits of a refunded share, or add those of one that was paid again. Spent credits are not owed."""
    purchase = db.session.scalars(
        select(PackPurchase)
        .where(PackPurchase.session_id == facts.session_id)
        .execution_options(populate_existing=True)
    ).one()
    due = round(purchase.credits * facts.refunded_cents / max(1, purchase.cents)) - purchase.removed_credits
    _, left = credits.balance(row.account_id, lock=True)
    credits_back = min(left, due)  # negative: a dispute was won, and its credits are added again
    if credits_back:
        key = f"pack_refund:{facts.session_id}:{row.version}"
        note = "The pack was paid back" if credits_back > 0 else "The dispute over the pack was settled"
        credits.add_entry(row.account_id, "pack_refund", key, pack=-credits_back, note=note)
        before, purchase.removed_credits = purchase.removed_credits, purchase.removed_credits + credits_back
        audit.record(
            row.account_id,
            "pack.credits_moved",
            subject=facts.pack,
            by=refunds_and_disputes.stripe(),
            before={"taken_back": before},
            after={"taken_back": purchase.removed_credits},
        )


def _record_invoice(account_id: int, facts: InvoiceFacts) -> None:
    values: dict[str, Any] = {
        "number": facts.number,
        "status": facts.status[:16],
        "total": facts.total,
        "paid": facts.paid,
        "page_url": _link(facts.page_url),
        "pdf_url": _link(facts.pdf_url),
        "updated_at": utcnow(),
    }
    stmt = insert(Invoice).values(
        account_id=account_id,
        stripe_id=facts.id,
        currency=facts.currency[:3],
        issued_at=facts.issued_at,
        created_at=utcnow(),
        **values,
    )
    same = Invoice.account_id == account_id
    db.session.execute(stmt.on_conflict_do_update(index_elements=[Invoice.stripe_id], set_=values, where=same))


def _link(url: str | None) -> str | None:
    return url if url and len(url) <= 500 and url.startswith(("https://", "http://127.0.0.1:")) else None
