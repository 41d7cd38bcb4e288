"""What the page of the plan shows of money and credits: invoices, the newest lines of the ledger, whom to ask."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import Membership
from app.billing.models import BillingAccount, CreditEntry, Invoice
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity.models import User

FRESH = timedelta(seconds=5)


def newest_invoices(account_id: int) -> Sequence[Invoice]:
    """Two years of monthly invoices, the newest first."""
    stmt = select(Invoice).where(Invoice.account_id == account_id).order_by(Invoice.issued_at.desc())
    return db.session.scalars(stmt.limit(24)).all()


def newest_entries(account_id: int) -> Sequence[CreditEntry]:
    """The newest lines of the ledger that say something to a person."""
    stmt = select(CreditEntry).where(CreditEntry.account_id == account_id, CreditEntry.kind != "settle")
    return db.session.scalars(stmt.order_by(CreditEntry.id.desc()).limit(8)).all()


def is_synced_just_now(account_id: int) -> bool:
    """Whether Stripe was asked a moment ago, or has nothing to say of the account."""
    billing = db.session.get(BillingAccount, account_id)
    return billing is None or (billing.synced_at is not None and billing.synced_at > utcnow() - FRESH)


def owner_names(account_id: int) -> list[str]:
    """Names of the account's owners: whom to ask for credits."""
    stmt = select(User.name).join(Membership, Membership.user_id == User.id)
    return list(db.session.scalars(stmt.where(Membership.account_id == account_id, Membership.role == "owner")))
