"""Refunds and disputes, each recorded once in the audit log and mailed once to the owners. Within `sync`'s lock."""

from sqlalchemy import select

from app.billing import messages
from app.billing.facts import LOST_DISPUTE, OPEN_DISPUTE, ReturnFacts
from app.billing.models import BillingAccount, ReturnedPayment
from app.core import audit
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.extensions import db


def stripe() -> Actor:
    """Stripe as the actor for the audit log."""
    return audit.named_actor(None, "Stripe")


def record_returned_payment(row: BillingAccount, facts: ReturnFacts) -> None:
    """Store the state of a payment and record what is new. Flushes; the account's billing row is locked.

    The same facts a second time, or late, record nothing: what is stored was recorded.
    """
    payment = db.session.scalar(select(ReturnedPayment).where(ReturnedPayment.charge_id == facts.charge_id))
    if payment is None:
        payment = ReturnedPayment(
            account_id=row.account_id,
            charge_id=facts.charge_id,
            cents=facts.cents,
            currency=facts.currency[:3],
            paid_at=facts.paid_at,
            refunded_cents=0,
            disputed_cents=0,
        )
        db.session.add(payment)
    if payment.account_id != row.account_id:
        return
    _record_refund(payment, facts)
    _record_dispute(row, payment, facts)
    payment.refunded_cents, payment.disputed_cents = facts.refunded_cents, facts.disputed_cents
    payment.dispute_id, payment.disputed_at = facts.dispute_id, facts.disputed_at
    payment.dispute_status = facts.dispute_status[:32] if facts.dispute_status else None
    payment.dispute_reason = facts.dispute_reason[:60] if facts.dispute_reason else None
    payment.updated_at = utcnow()
    db.session.flush()


def _record_refund(payment: ReturnedPayment, facts: ReturnFacts) -> None:
    if facts.refunded_cents > payment.refunded_cents:
        audit.record(
            payment.account_id,
            "payment.refunded",
            subject=format_amount(facts.cents, facts.currency),
            by=stripe(),
            before={"refunded_cents": payment.refunded_cents},
            after={"refunded_cents": facts.refunded_cents},
        )


def _record_dispute(row: BillingAccount, payment: ReturnedPayment, facts: ReturnFacts) -> None:
    before = payment.dispute_status if payment.dispute_id == facts.dispute_id else None
    if not facts.dispute_id or facts.dispute_status == before:
        return
    audit.record(
        row.account_id,
        "payment.disputed",
        subject=format_amount(facts.disputed_cents, facts.currency),
        by=stripe(),
        before={"dispute": before},
        after={"dispute": facts.dispute_status, "reason": facts.dispute_reason},
    )
    stage = dispute_stage(facts.dispute_status)
    if stage and stage != dispute_stage(before):
        messages.payment_disputed(row, facts, stage, format_amount(facts.disputed_cents, facts.currency))


def dispute_stage(status: str | None) -> str | None:
    """``asked``, ``open``, ``lost``, ``settled``: what makes a difference to owners; None without a dispute."""
    if status is None:
        return None
    if status in OPEN_DISPUTE:
        return "open"
    if status == LOST_DISPUTE:
        return "lost"
    return "asked" if status.startswith("warning_") and status != "warning_closed" else "settled"


def format_amount(cents: int, currency: str) -> str:
    """“39.00 USD”."""
    return f"{cents / 100:,.2f} {currency.upper()}"
