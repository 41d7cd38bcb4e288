"""What an owner does with plans and packs where payments are set up. Each call to Stripe is made with no
transaction open; what holds afterwards is read from Stripe and written by `sync`.
"""

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import update

from app.billing import credits, limits
from app.billing.entitlements import Entitlements, entitlements_of, lock_billing_account
from app.billing.models import BillingAccount
from app.billing.periods import share_left
from app.billing.plans import PACKS, PLANS, Plan
from app.billing.stripe_client import Gateway, gateway
from app.billing.sync import sync_account
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext, local_number


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What changing to `plan` would mean. `cents` is paid now; negative is a credit on the next invoice.

    `credits` are added or removed now. `waits` when nothing is given back: more than the month's share is used.
    """

    plan: Plan
    present: Plan
    proration: str
    cents: int
    credits: int

    @property
    def is_upgrade(self) -> bool:
        """True when the new plan costs more."""
        return (self.plan.cents or 0) > (self.present.cents or 0)

    @property
    def waits(self) -> bool:
        """True when the lower price only begins with the next month."""
        return self.proration == "none"


def _stripe() -> Gateway:
    return gateway(current_app.config)


def sold_plan(key: str) -> Plan:
    """The plan of this key, when it is sold here; raises NotFound."""
    plan = PLANS.get(key)
    if plan is None or plan.cents is None:
        raise NotFound(gettext("There is no such plan."))
    return plan


def customer_of(account_id: int, name: str, email: str) -> str:
    """The account's customer in Stripe, made on first use. Commits."""
    customer_id = entitlements_of(account_id).customer_id
    db.session.rollback()
    if customer_id:
        return customer_id
    new_id = _stripe().create_customer(account_id, name, email)
    lock_billing_account(account_id)
    db.session.execute(
        update(BillingAccount)
        .where(BillingAccount.account_id == account_id, BillingAccount.stripe_customer_id.is_(None))
        .values(stripe_customer_id=new_id, version=BillingAccount.version + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    stored_id = entitlements_of(account_id).customer_id or new_id  # another request may have been first
    db.session.rollback()
    return stored_id


def checkout(account_id: int, plan_key: str, name: str, email: str, back: str, once: str) -> str:
    """The address where a plan is paid for. Raises Conflict when a subscription runs: that one is changed."""
    plan = sold_plan(plan_key)
    if entitlements_of(account_id).has_subscription:
        raise Conflict(
            gettext("This account has a subscription already."),
            code="SUBSCRIBED",
            cure=gettext("Change its plan instead."),
        )
    _check_fits(account_id, plan)
    return _stripe().checkout_plan(customer_of(account_id, name, email), account_id, plan, back, once)


def checkout_pack(account_id: int, pack_key: str, name: str, email: str, back: str, once: str) -> str:
    """The address where a pack is paid for."""
    pack = PACKS.get(pack_key)
    if pack is None:
        raise NotFound(gettext("There is no such pack."))
    return _stripe().checkout_pack(customer_of(account_id, name, email), account_id, pack, back, once)


def preview_change(account_id: int, plan_key: str) -> PlanChange:
    """What changing the running subscription to this plan would mean."""
    plan, entitlements = sold_plan(plan_key), _subscribed(account_id)
    _check_fits(account_id, plan)
    if plan.key == entitlements.plan.key:
        raise Conflict(
            gettext("%(name)s is the present plan.", name=plan.name),
            code="SAME_PLAN",
            cure=gettext("Choose another one."),
        )
    proration, change = _proration(entitlements, plan)
    db.session.rollback()
    cents = (
        0
        if proration == "none"
        else _stripe()
        .preview(entitlements.customer_id or "", entitlements.subscription_id or "", plan, proration)
        .cents
    )
    return PlanChange(plan, entitlements.plan, proration, cents, change)


def _proration(entitlements: Entitlements, plan: Plan) -> tuple[str, int]:
    """How Stripe is to charge the rest of the month, and what becomes of the credits.

    A smaller plan gives money back only with the credits it was paid for: who has used them pays the lower
    price from the next month on.
    """
    difference = (plan.credits or 0) - (entitlements.plan.credits or 0)
    if entitlements.period_start and entitlements.period_end:
        difference = round(difference * share_left(entitlements.period_start, entitlements.period_end, utcnow()))
    if difference >= 0 and (plan.cents or 0) >= (entitlements.plan.cents or 0):
        return "always_invoice", difference
    left, _ = credits.balance(entitlements.account_id)
    return ("create_prorations", difference) if left >= -difference else ("none", 0)


def change_plan(account_id: int, plan_key: str, once: str) -> PlanChange:
    """Change the plan of the running subscription now, and read what holds. Commits.

    Raises DomainError when the card is declined or the account has more people or sites than the plan allows:
    nothing is changed then.
    """
    plan, entitlements = sold_plan(plan_key), _subscribed(account_id)
    if plan.key == entitlements.plan.key:
        raise Conflict(
            gettext("%(name)s is the present plan already.", name=plan.name),
            code="SAME_PLAN",
            cure=gettext("Choose another one."),
        )
    _check_fits(account_id, plan)
    proration, change = _proration(entitlements, plan)
    db.session.rollback()
    _stripe().change_plan(entitlements.subscription_id or "", plan, proration, once)
    sync_account(account_id)
    return PlanChange(plan, entitlements.plan, proration, 0, change)


def set_cancelled(account_id: int, cancel: bool, once: str) -> Entitlements:
    """Let the subscription end with its month, or go on. Returns the entitlements then. Commits."""
    entitlements = _subscribed(account_id)
    db.session.rollback()
    _stripe().cancel_at_end(entitlements.subscription_id or "", cancel, once)
    sync_account(account_id)
    return entitlements_of(account_id)


def portal(account_id: int, back: str, once: str) -> str:
    """The address of the customer's pages at Stripe; raises DomainError when there is no customer yet."""
    customer_id = entitlements_of(account_id).customer_id
    db.session.rollback()
    if customer_id is None:
        raise DomainError(gettext("Nothing was bought yet."), code="NO_CUSTOMER", cure=gettext("Choose a plan first."))
    return _stripe().portal(customer_id, back, once)


def _subscribed(account_id: int) -> Entitlements:
    entitlements = entitlements_of(account_id)
    if not entitlements.has_subscription:
        raise Conflict(
            gettext("This account has no subscription."), code="NOT_SUBSCRIBED", cure=gettext("Choose a plan first.")
        )
    return entitlements


def _check_fits(account_id: int, plan: Plan) -> None:
    """Raise LimitReached when the account has more people or sites than the plan allows."""
    for used, limit, kind in usage_under(account_id, plan):
        if limit is not None and used > limit:
            raise limits.LimitReached(
                kind.sentence(plan.name, limit, used),
                code="PLAN_TOO_SMALL",
                cure=gettext(
                    "Remove %(count)s of them first, or choose a larger plan.", count=local_number(used - limit)
                ),
            )


def usage_under(account_id: int, plan: Plan) -> list[tuple[int, int | None, limits.LimitWords]]:
    """(used, allowed, words) for people and sites under this plan."""
    return [
        (limits.seats_used(account_id), plan.seats, limits.PEOPLE),
        (limits.sites_used(account_id), plan.sites, limits.SITES),
    ]
