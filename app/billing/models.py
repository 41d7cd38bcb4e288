"""What an account has bought, its credits, and each change of them."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import utcnow
from app.core.db import AccountOwned, Base, Identified, Timestamped

STATES = ("active", "grace", "suspended")


class BillingAccount(Base, Timestamped):
    """An account's plan and entitlements. No row means: nothing was ever chosen or bought.

    `source` says who set the plan: ``none``, ``local`` (an owner, without payments) or ``stripe``.
    `version` rises with each change that came from Stripe: what was read before may not overwrite it.
    """

    __tablename__ = "billing_accounts"
    __table_args__ = (
        CheckConstraint("source in ('none','local','stripe')", name="source"),
        CheckConstraint("state in ('active','grace','suspended')", name="state"),
        Index("ix_billing_accounts_period_end", "period_end"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    plan: Mapped[str | None] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(10), default="none")
    state: Mapped[str] = mapped_column(String(12), default="active")
    reason: Mapped[str | None] = mapped_column(String(40))
    grace_until: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    anchor_at: Mapped[datetime | None]
    period_start: Mapped[datetime | None]
    period_end: Mapped[datetime | None]
    cancel_at: Mapped[datetime | None]
    custom_credits: Mapped[int | None]
    custom_seats: Mapped[int | None]
    custom_sites: Mapped[int | None]
    stripe_customer_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    stripe_subscription_id: Mapped[str | None] = mapped_column(String(64))
    stripe_status: Mapped[str | None] = mapped_column(String(24))
    synced_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))


class CreditBalance(Base):
    """Credits that can be reserved now: those of the plan's month, and those bought in packs."""

    __tablename__ = "credit_balances"
    __table_args__ = (CheckConstraint("plan_credits >= 0 and pack_credits >= 0", name="not_negative"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    plan_credits: Mapped[int] = mapped_column(default=0)
    pack_credits: Mapped[int] = mapped_column(default=0)


class CreditEntry(Base, Identified):
    """One line of the ledger. Lines are only ever added: the database refuses to change one.

    The sum of an account's deltas is its balance. `key` is unique: what it names happens once.
    """

    __tablename__ = "credit_entries"
    __table_args__ = (
        CheckConstraint(
            "kind in ('grant','expire','pack','pack_refund','plan_change','reserve','settle','refund')", name="kind"
        ),
        Index("ix_credit_entries_account", "account_id", text("id DESC")),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    kind: Mapped[str] = mapped_column(String(16))
    plan_delta: Mapped[int] = mapped_column(default=0)
    pack_delta: Mapped[int] = mapped_column(default=0)
    settled: Mapped[int] = mapped_column(default=0)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    operation: Mapped[str | None] = mapped_column(String(20))
    run_id: Mapped[uuid.UUID | None]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)  # no reference: a line outlives the person
    note: Mapped[str] = mapped_column(String(200), default="")


class CreditReservation(Base, AccountOwned):
    """Credits reserved for a piece of work. `used` of `amount` is charged; closing gives the rest back.

    `amount` is 0 where credits are not counted. `units` is how many requests, clusters or drafts were priced.
    """

    __tablename__ = "credit_reservations"
    __table_args__ = (
        CheckConstraint("state in ('held','closed')", name="state"),
        CheckConstraint("used >= 0 and used <= amount and amount = from_plan + from_pack", name="amounts"),
        Index("uq_credit_reservations_held", "run_id", unique=True, postgresql_where=text("state = 'held'")),
        Index("ix_credit_reservations_state", "state", postgresql_where=text("state = 'held'")),
        Index("ix_credit_reservations_run", "run_id"),
    )

    key: Mapped[str] = mapped_column(String(120), unique=True)
    operation: Mapped[str] = mapped_column(String(20))
    run_id: Mapped[uuid.UUID | None]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    units: Mapped[int]
    units_done: Mapped[int] = mapped_column(default=0)
    amount: Mapped[int]
    from_plan: Mapped[int]
    from_pack: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)
    period: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(8), default="held")
    expires_at: Mapped[datetime]


class CreditUsage(Base, AccountOwned):
    """One thing that was done: by whom, to what, for how many credits, tokens and money.

    `cost_micros` is in millionths of a US dollar; None when the model's price is not known.
    """

    __tablename__ = "credit_usage"
    __table_args__ = (
        Index("ix_credit_usage_recent", "account_id", text("created_at DESC"), text("id DESC")),
        Index("ix_credit_usage_run", "run_id"),
    )

    key: Mapped[str] = mapped_column(String(160), unique=True)
    operation: Mapped[str] = mapped_column(String(20))
    credits: Mapped[int]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="SET NULL"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    run_id: Mapped[uuid.UUID | None]
    object_type: Mapped[str] = mapped_column(String(20), default="")
    object_id: Mapped[int | None] = mapped_column(BigInteger)
    object_title: Mapped[str] = mapped_column(String(300), default="")
    provider: Mapped[str] = mapped_column(String(120), default="")
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_out: Mapped[int] = mapped_column(default=0)
    cost_micros: Mapped[int | None] = mapped_column(BigInteger)


class PackPurchase(Base, AccountOwned):
    """A pack that was paid for, once by its checkout session; a refund removes its credits."""

    __tablename__ = "pack_purchases"

    session_id: Mapped[str] = mapped_column(String(120), unique=True)
    pack: Mapped[str] = mapped_column(String(20))
    credits: Mapped[int]
    cents: Mapped[int]
    refunded_cents: Mapped[int] = mapped_column(default=0)
    removed_credits: Mapped[int] = mapped_column(default=0)


class Invoice(Base, AccountOwned):
    """An invoice as Stripe had it when it was last asked. Amounts in cents of `currency`."""

    __tablename__ = "billing_invoices"
    __table_args__ = (Index("ix_billing_invoices_recent", "account_id", text("issued_at DESC")),)

    stripe_id: Mapped[str] = mapped_column(String(64), unique=True)
    number: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    total: Mapped[int]
    paid: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    issued_at: Mapped[datetime]
    page_url: Mapped[str | None] = mapped_column(String(500))
    pdf_url: Mapped[str | None] = mapped_column(String(500))


class ReturnedPayment(Base, AccountOwned):
    """A payment whose money went back: refunded, or disputed at the payer's bank. Amounts in cents of `currency`.

    `dispute_status` is Stripe's: ``needs_response``, ``under_review``, ``won`` (by us), ``lost``, ``warning_…``.
    """

    __tablename__ = "billing_returned_payments"

    charge_id: Mapped[str] = mapped_column(String(64), unique=True)
    cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    paid_at: Mapped[datetime]
    refunded_cents: Mapped[int] = mapped_column(default=0)
    dispute_id: Mapped[str | None] = mapped_column(String(64))
    dispute_status: Mapped[str | None] = mapped_column(String(32))
    dispute_reason: Mapped[str | None] = mapped_column(String(60))
    disputed_cents: Mapped[int] = mapped_column(default=0)
    disputed_at: Mapped[datetime | None]


class StripeEvent(Base):
    """An event of Stripe that has had its effect."""

    __tablename__ = "stripe_events"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    type: Mapped[str] = mapped_column(String(80))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    received_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
