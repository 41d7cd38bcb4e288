"""Plans, credits and payments, as a feature. Prices of operations that no feature has yet are here."""

import math
from datetime import timedelta

from app.billing.credits import sweep_reservations
from app.billing.guard import connect
from app.billing.routes import bp
from app.billing.upkeep import forget_old_events
from app.billing.webhook_routes import bp as stripe
from app.core.costs import WORDS_OF_A_DRAFT, Cost
from app.core.features import Feature
from app.core.scheduler import Periodic

FEATURE = Feature(
    key="billing",
    blueprints=(bp, stripe),
    periodic=(
        Periodic("give_credits_back", timedelta(seconds=10), sweep_reservations),
        Periodic("billing_due", timedelta(minutes=5), "jobs.billing.every_few_minutes"),
        Periodic("compare_with_stripe", timedelta(hours=24), "jobs.billing.every_night"),
        Periodic("forget_stripe_events", timedelta(hours=24), forget_old_events),
    ),
    audit_words={
        "plan.changed": "Plan changed",
        "plan.cancelled": "Plan cancelled",
        "plan.checkout_opened": "Payment of a plan opened",
        "plan.portal_opened": "Payment details opened",
        "pack.checkout_opened": "Payment of a credit pack opened",
        "plan.kept": "Cancellation taken back",
        "plan.set_by_stripe": "Plan or standing as paid",
        "pack.paid": "Credit pack paid",
        "pack.credits_moved": "Credits of a pack taken or given back",
        "payment.refunded": "Payment refunded",
        "payment.disputed": "Payment disputed",
    },
    credit_operations={
        "linking": Cost("Linking", 8, "piece"),
        "optimisation": Cost("Optimisation", 1, "word", per=200, usual=math.ceil(WORDS_OF_A_DRAFT / 200)),
        "site_structure": Cost("Site structure", 50, "structure"),
        "site_page": Cost("Site pages", 20, "page"),
    },
    connect=connect,
)
