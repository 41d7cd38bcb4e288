"""What can be done with the plan and credits, each as one use case: for a click or a call of the API.

They ask Stripe where payments are set up, with no row held meanwhile; callers commit. What was paid, Stripe reports.
"""

from dataclasses import dataclass

from app.billing import subscriptions, upkeep
from app.billing.entitlements import Entitlements, entitlements_of, stripe_is_on
from app.core import audit
from app.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, as Stripe's page is filled in: the account's name, and the address that receipts go to."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """Either `page`, where the payment is made, or the name of the plan that the account is on now."""

    page: str = ""
    plan: str = ""


def choose_plan(account_id: int, actor: Actor, key: str, payer: Payer, *, home: str, once: str) -> PlanChoice:
    """Take a plan: by a payment, or at once where a subscription runs or no payments are set up.

    `home`: where Stripe leads back to. `once` makes the same call twice one. Raises DomainError.
    """
    before = entitlements_of(account_id)
    if not stripe_is_on():
        plan = upkeep.choose_local_plan(account_id, key)
        _record_plan_change(account_id, actor, "plan.changed", before.plan.name, f"{plan.name} (local)")
        return PlanChoice(plan=plan.name)
    if before.has_subscription:
        change = subscriptions.change_plan(account_id, key, once)
        _record_plan_change(account_id, actor, "plan.changed", before.plan.name, change.plan.name)
        return PlanChoice(plan=change.plan.name)
    page = subscriptions.checkout(account_id, key, payer.name, payer.email, home, once)
    audit.record(account_id, "plan.checkout_opened", subject=key, by=actor)
    return PlanChoice(page=page)


def buy_pack(account_id: int, actor: Actor, key: str, payer: Payer, *, home: str, once: str) -> str:
    """The page on which a credit pack is paid. Raises DomainError."""
    page = subscriptions.checkout_pack(account_id, key, payer.name, payer.email, home, once)
    audit.record(account_id, "pack.checkout_opened", subject=key, by=actor)
    return page


def open_portal(account_id: int, actor: Actor, *, home: str, once: str) -> str:
    """The customer's pages at Stripe. Raises DomainError."""
    page = subscriptions.portal(account_id, home, once)
    audit.record(account_id, "plan.portal_opened", by=actor)
    return page


def end_subscription(account_id: int, actor: Actor, *, stop: bool, once: str) -> Entitlements:
    """Let the subscription end with its month, or not `stop` let it go on. Raises DomainError."""
    entitlements = subscriptions.set_cancelled(account_id, stop, once)
    _record_plan_change(account_id, actor, "plan.cancelled" if stop else "plan.kept", "", entitlements.plan.name)
    return entitlements


def _record_plan_change(account_id: int, actor: Actor, action: str, before: str, after: str) -> None:
    was = {"plan": before} if before else None
    audit.record(account_id, action, subject=after, before=was, after={"plan": after}, by=actor)
