"""Money that went back: refunds and disputes, told once each to the audit log and the owners. Within `sync`'s lock."""

from sqlalchemy import select

from app.billing import messages
from app.billing.facts import LOST_DISPUTE, OPEN_DISPUTE, ReturnFacts
from app.billing.models import BillingAccount, ReturnedPayment
from app.core import audit
from app.core.clock import utcnow
from app.core.extensions import db

STRIPE = "Stripe"


def keep(row: BillingAccount, facts: ReturnFacts) -> None:
    """Write what holds of a payment and tell what is new. Flushes; the account's billing row is locked.

    The same facts a second time, or late, tell nothing: what was told is what was written.
    """
    known = db.session.scalar(select(ReturnedPayment).where(ReturnedPayment.charge_id == facts.charge_id))
    if known is None:
        known = ReturnedPayment(
            account_id=row.account_id,
            charge_id=facts.charge_id,
            cents=facts.cents,
            currency=facts.currency[:3],
            paid_at=facts.paid_at,
            refunded_cents=0,
            disputed_cents=0,
        )
        db.session.add(known)
    if known.account_id != row.account_id:
        return
    _tell_refund(known, facts)
    _tell_dispute(row, known, facts)
    known.refunded_cents, known.disputed_cents = facts.refunded_cents, facts.disputed_cents
    known.dispute_id, known.disputed_at = facts.dispute_id, facts.disputed_at
    known.dispute_status = facts.dispute_status[:32] if facts.dispute_status else None
    known.dispute_reason = facts.dispute_reason[:60] if facts.dispute_reason else None
    known.updated_at = utcnow()
    db.session.flush()


def _tell_refund(known: ReturnedPayment, facts: ReturnFacts) -> None:
    if facts.refunded_cents > known.refunded_cents:
        audit.record(
            known.account_id,
            "payment.refunded",
            subject=amount(facts.cents, facts.currency),
            actor=STRIPE,
            before={"refunded_cents": known.refunded_cents},
            after={"refunded_cents": facts.refunded_cents},
        )


def _tell_dispute(row: BillingAccount, known: ReturnedPayment, facts: ReturnFacts) -> None:
    before = known.dispute_status if known.dispute_id == facts.dispute_id else None
    if not facts.dispute_id or facts.dispute_status == before:
        return
    audit.record(
        row.account_id,
        "payment.disputed",
        subject=amount(facts.disputed_cents, facts.currency),
        actor=STRIPE,
        before={"dispute": before},
        after={"dispute": facts.dispute_status, "reason": facts.dispute_reason},
    )
    stage = stage_of(facts.dispute_status)
    if stage and stage != stage_of(before):
        messages.disputed(row, facts, stage, amount(facts.disputed_cents, facts.currency))


def stage_of(status: str | None) -> str | None:
    """``asked``, ``open``, ``lost``, ``settled``: what makes a difference to owners; None without a dispute."""
    if status is None:
        return None
    if status in OPEN_DISPUTE:
        return "open"
    if status == LOST_DISPUTE:
        return "lost"
    return "asked" if status.startswith("warning_") and status != "warning_closed" else "settled"


def amount(cents: int, currency: str) -> str:
    """“39.00 USD”."""
    return f"{cents / 100:,.2f} {currency.upper()}"
