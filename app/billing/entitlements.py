"""What an account may do now: its plan, whether it is read-only, and its credits."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.billing.models import BillingAccount, CreditBalance
from app.billing.plans import CUSTOM, LOCAL, PLANS, TRIAL, Plan, custom_plan
from app.core.asked_once import is_reading, once_a_page
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import N_, gettext

SUSPENDED = "suspended"
_OF_ACCOUNT = (
    select(BillingAccount, CreditBalance)
    .select_from(Account)
    .outerjoin(BillingAccount, BillingAccount.account_id == Account.id)
    .outerjoin(CreditBalance, CreditBalance.account_id == Account.id)
    .where(Account.id == bindparam("account"))
)
REASONS = {
    "payment_failed": N_("the last payment failed"),
    "subscription_ended": N_("the subscription has ended"),
    "payment_disputed": N_("a payment was disputed"),
}


MISSING = N_("a payment is missing")


class Suspended(DomainError):
    """The account is read-only: everything can be seen and exported, nothing runs."""

    status = 403

    def __init__(self, entitlements: "Entitlements") -> None:
        super().__init__(
            gettext("This account is read-only because %(why)s.", why=entitlements.why),
            code="ACCOUNT_SUSPENDED",
            cure=gettext(
                "An owner can put it right under Billing. Everything can be seen and exported until then, and nothing "
                "is lost."
            ),
            retryable=True,
        )


@dataclass(frozen=True, slots=True)
class Entitlements:
    """An account's plan, state and credits as they are now. Credits are None where they are not counted."""

    account_id: int
    plan: Plan
    source: str = "none"
    state: str = "active"
    reason: str | None = None
    grace_until: datetime | None = None
    suspended_at: datetime | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    cancel_at: datetime | None = None
    subscription_id: str | None = None
    customer_id: str | None = None
    plan_credits: int = 0
    pack_credits: int = 0

    @property
    def is_suspended(self) -> bool:
        """True when nothing may be changed or started."""
        return self.state == SUSPENDED

    @property
    def credits(self) -> int | None:
        """Credits that can be used now; None where they are not counted."""
        return self.plan_credits + self.pack_credits if self.plan.is_metered else None

    @property
    def why(self) -> str:
        """Why it is suspended or in grace, as a clause."""
        return gettext(REASONS.get(self.reason or "", MISSING))

    @property
    def has_subscription(self) -> bool:
        """True when a subscription in Stripe stands behind the plan, paid or not."""
        return self.source == "stripe" and self.subscription_id is not None and self.reason != "subscription_ended"


def stripe_is_on() -> bool:
    """True when payments are set up on this installation."""
    return bool(current_app.config.get("STRIPE_SECRET_KEY"))


def plan_of(row: BillingAccount | None) -> Plan:
    """The plan that counts: what was bought or, without payments, chosen; else the start.

    The start is Local (no limits) where no payments are set up, and Trial where they are.
    """
    start = PLANS[TRIAL if stripe_is_on() else LOCAL]
    if row is None or row.plan is None or (row.source == "local" and stripe_is_on()):
        return start
    if row.plan == CUSTOM:
        return custom_plan(row.custom_credits or 0, row.custom_seats or 0, row.custom_sites or 0)
    return PLANS.get(row.plan, start)


def shares_by_plan(account_id: int) -> float:
    """How much the account's plan gets where accounts take turns. In a transaction of its own."""
    with Session(db.engine) as session:
        return float(plan_of(session.get(BillingAccount, account_id)).shares)


@once_a_page
def entitlements_of(account_id: int) -> Entitlements:
    """The account's entitlements now. One read by primary keys."""
    row, balance = _rows_of(account_id)
    plan = plan_of(row)
    amounts = (balance.plan_credits, balance.pack_credits) if balance else (0, 0)
    if row is None:
        return Entitlements(account_id, plan, plan_credits=amounts[0], pack_credits=amounts[1])
    return Entitlements(
        account_id,
        plan,
        row.source,
        row.state,
        row.reason,
        row.grace_until,
        row.suspended_at,
        row.period_start,
        row.period_end,
        row.cancel_at,
        row.stripe_subscription_id,
        row.stripe_customer_id,
        *amounts,
    )


@once_a_page
def _rows_of(account_id: int) -> tuple[BillingAccount | None, CreditBalance | None]:
    rows = db.session.execute(_OF_ACCOUNT, {"account": account_id}).first()
    return (rows[0], rows[1]) if rows else (None, None)


def check_active(account_id: int) -> None:
    """Raise Suspended when the account is read-only."""
    row = _rows_of(account_id)[0] if is_reading() else _billing_account_of(account_id)
    if row is not None and row.state == SUSPENDED:
        raise Suspended(entitlements_of(account_id))


def _billing_account_of(account_id: int) -> BillingAccount | None:
    """The account's row, kept: the session itself forgets what nobody holds, and a request that writes asks often."""
    row = db.session.get(BillingAccount, account_id)
    db.session.info["billing"] = row
    return row


def lock_billing_account(account_id: int) -> BillingAccount:
    """The account's billing row, made when missing, held until the transaction ends. Flushes."""
    db.session.execute(insert(BillingAccount).values(account_id=account_id).on_conflict_do_nothing())
    stmt = select(BillingAccount).where(BillingAccount.account_id == account_id).with_for_update()
    return db.session.scalars(stmt.execution_options(populate_existing=True)).one()
