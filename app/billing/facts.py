"""What Stripe says of a customer, as plain data; and what follows from it for the account. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.billing.plans import GRACE_DAYS

LIVE = ("active", "trialing", "past_due", "unpaid", "paused")
PAID = ("active", "trialing")
NOT_BEGUN = ("incomplete", "incomplete_expired")
OF_A_PERIOD = ("subscription_create", "subscription_cycle")
OPEN_DISPUTE = ("needs_response", "under_review")
LOST_DISPUTE = "lost"
# An invoice of a period is made as the period begins, give or take the clocks.
SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SubscriptionFacts:
    """A subscription. `custom` is (credits, seats, sites) of a Custom price; `keeps_credits` after a change
    of plan for which no money was given back."""

    id: str
    status: str
    plan: str | None
    created: datetime
    period_start: datetime
    period_end: datetime
    cancel_at: datetime | None = None
    ended_because: str | None = None
    custom: tuple[int, int, int] | None = None
    keeps_credits: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """An invoice; amounts in cents of `currency`."""

    id: str
    number: str | None
    status: str
    total: int
    paid: int
    currency: str
    issued_at: datetime
    reason: str | None = None
    subscription_id: str | None = None
    page_url: str | None = None
    pdf_url: str | None = None


@dataclass(frozen=True, slots=True)
class PackFacts:
    """A paid checkout of a pack, and how much of it went back: refunded, or held by a dispute that is open or lost."""

    session_id: str
    pack: str
    credits: int
    cents: int
    refunded_cents: int = 0
    charge_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnFacts:
    """A payment that was refunded in part or whole, or is disputed at the payer's bank."""

    charge_id: str
    cents: int
    currency: str
    paid_at: datetime
    refunded_cents: int = 0
    dispute_id: str | None = None
    dispute_status: str | None = None
    dispute_reason: str | None = None
    disputed_cents: int = 0
    disputed_at: datetime | None = None

    @property
    def held_cents(self) -> int:
        """What the bank has withheld for a dispute and not paid back."""
        return self.disputed_cents if self.dispute_status in (*OPEN_DISPUTE, LOST_DISPUTE) else 0


@dataclass(frozen=True, slots=True)
class StripeSnapshot:
    """All that matters of one customer, read from Stripe at one time."""

    customer_id: str
    subscriptions: list[SubscriptionFacts] = field(default_factory=list)
    invoices: list[InvoiceFacts] = field(default_factory=list)
    packs: list[PackFacts] = field(default_factory=list)
    returned: list[ReturnFacts] = field(default_factory=list)

    @property
    def subscription(self) -> SubscriptionFacts | None:
        """The one that counts: the newest that lives, else the newest that ended."""
        begun = sorted(
            (subscription for subscription in self.subscriptions if subscription.status not in NOT_BEGUN),
            key=lambda subscription: subscription.created,
        )
        live = [subscription for subscription in begun if subscription.status in LIVE]
        candidates = live or begun
        return candidates[-1] if candidates else None

    def is_paid(self, subscription: SubscriptionFacts) -> bool:
        """True when the invoice of the present period is paid."""
        of_period = [
            invoice
            for invoice in self.invoices
            if invoice.subscription_id == subscription.id
            and invoice.reason in OF_A_PERIOD
            and invoice.issued_at >= subscription.period_start - SLACK
        ]
        return any(invoice.status == "paid" for invoice in of_period)

    def dispute_of(self, subscription: SubscriptionFacts) -> ReturnFacts | None:
        """The dispute of the present period's payment, a lost one first. A dispute of a pack changes credits alone."""
        of_packs = {pack.charge_id for pack in self.packs}
        disputed = [
            payment
            for payment in self.returned
            if payment.held_cents
            and payment.charge_id not in of_packs
            and payment.paid_at >= subscription.period_start - SLACK
        ]
        return min(
            disputed, key=lambda payment: (payment.dispute_status != LOST_DISPUTE, payment.disputed_at), default=None
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """An account's plan and entitlements, as far as Stripe decides them."""

    plan: str | None = None
    custom: tuple[int, int, int] | None = None
    state: str = "active"
    reason: str | None = None
    grace_until: datetime | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    cancel_at: datetime | None = None
    subscription_id: str | None = None
    stripe_status: str | None = None


def decide_terms(before: Terms, snapshot: StripeSnapshot, now: datetime) -> Terms:
    """What holds after looking at Stripe; the same for the same facts, however often and in whichever order."""
    subscription = snapshot.subscription
    if subscription is None:
        return before
    state, reason, grace_until = _state(subscription, snapshot.dispute_of(subscription), before, now)
    return replace(
        before,
        plan=subscription.plan or before.plan,
        custom=subscription.custom,
        state=state,
        reason=reason,
        grace_until=grace_until,
        period_start=subscription.period_start,
        period_end=subscription.period_end,
        cancel_at=subscription.cancel_at,
        subscription_id=subscription.id,
        stripe_status=subscription.status,
    )


def _state(
    facts: SubscriptionFacts, dispute: ReturnFacts | None, before: Terms, now: datetime
) -> tuple[str, str | None, datetime | None]:
    if facts.status in PAID:
        return _disputed(dispute, now) if dispute else ("active", None, None)
    if facts.status == "past_due":
        same = before.subscription_id == facts.id and before.reason == "payment_failed"
        until = (before.grace_until if same else None) or now + timedelta(days=GRACE_DAYS)
        return ("suspended" if now >= until else "grace"), "payment_failed", until
    if facts.status == "canceled":
        for_want_of_payment = facts.ended_because in ("payment_failed", "payment_disputed")
        return "suspended", facts.ended_because if for_want_of_payment else "subscription_ended", None
    return "suspended", "payment_failed", None


def _disputed(dispute: ReturnFacts, now: datetime) -> tuple[str, str | None, datetime | None]:
    """Grace from the day of the dispute, then read-only until the bank gives the money back or a month is paid."""
    if dispute.dispute_status == LOST_DISPUTE or dispute.disputed_at is None:
        return "suspended", "payment_disputed", None
    until = dispute.disputed_at + timedelta(days=GRACE_DAYS)
    return ("suspended" if now >= until else "grace"), "payment_disputed", until
