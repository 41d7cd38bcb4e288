"""Plans, credits and payments, as a feature."""

from datetime import timedelta
from typing import Any

from flask import g

from app.billing.credits import sweep_reservations
from app.billing.entitlements import entitlements_of, stripe_is_on
from app.billing.guard import connect
from app.billing.routes import bp
from app.billing.shortfall import shortfall_of
from app.billing.statements import owner_names
from app.billing.upkeep import forget_old_events
from app.billing.webhook_routes import bp as stripe
from app.core.features import AuditGroup, Feature, SettingsPage
from app.core.languages import N_
from app.core.permissions import Permission
from app.core.scheduler import Periodic
from app.core.templating import Later


def _frame() -> dict[str, Any]:
    return {
        "entitlements": Later(lambda: entitlements_of(g.account_id)),
        "account_owners": owner_names,
        "shortfall": shortfall_of,
        "payments_are_on": stripe_is_on,
    }


FEATURE = Feature(
    key="billing",
    place=170,
    blueprints=(bp, stripe),
    machines=(stripe,),
    json_paths=("/billing/stripe/",),
    periodic=(
        Periodic("give_credits_back", timedelta(seconds=10), sweep_reservations),
        Periodic("billing_due", timedelta(minutes=5), "jobs.billing.every_few_minutes"),
        Periodic("compare_with_stripe", timedelta(hours=24), "jobs.billing.every_night"),
        Periodic("forget_stripe_events", timedelta(hours=24), forget_old_events),
    ),
    audit_words={
        "plan.changed": N_("Plan changed"),
        "plan.cancelled": N_("Plan cancelled"),
        "plan.checkout_opened": N_("Payment of a plan opened"),
        "plan.portal_opened": N_("Payment details opened"),
        "pack.checkout_opened": N_("Payment of a credit pack opened"),
        "plan.kept": N_("Cancellation undone"),
        "plan.set_by_stripe": N_("Plan or standing as paid"),
        "pack.paid": N_("Credit pack paid"),
        "pack.credits_moved": N_("Credits of a pack removed or returned"),
        "payment.refunded": N_("Payment refunded"),
        "payment.disputed": N_("Payment disputed"),
    },
    direct_jobs=(
        "jobs.billing.compare_all",
        "jobs.billing.compare_due",
    ),
    audit_groups=(
        AuditGroup("plan", N_("Plan"), 140),
        AuditGroup("pack", N_("Credit packs"), 150),
        AuditGroup("payment", N_("Payments that went back"), 160),
    ),
    settings_pages=(SettingsPage(N_("Billing"), "billing.index", 50, Permission.BILLING_READ),),
    error_dialogs={"NOT_ENOUGH_CREDITS": "billing/_short_dialog.html"},
    frame=_frame,
    connect=connect,
    guide={"billing": "ai-and-credits#credits"},
)
