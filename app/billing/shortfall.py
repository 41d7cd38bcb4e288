"""Credits that are missing, and what somebody can do about it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.billing.costs import costs
from app.billing.entitlements import Entitlements
from app.billing.plans import PACKS, SOLD, Pack, Plan

PIECES = {"content": ("draft", "drafts"), "ideas": ("cluster", "clusters"), "image": ("image", "images")}


@dataclass(frozen=True, slots=True)
class Shortfall:
    """`enough_for` says what the balance pays for; "" when it pays for nothing or that is unknown.

    `pack` is the smallest that covers what is missing, else the largest; `plan` the next larger plan, if any.
    """

    label: str
    needed: int
    have: int
    missing: int
    enough_for: str
    pack: Pack
    plan: Plan | None


def shortfall_of(details: Mapping[str, Any], entitlements: Entitlements) -> Shortfall:
    """The details of an error `NOT_ENOUGH_CREDITS`, with what this account can do about it."""
    missing, cost = int(details["missing"]), costs().get(details["operation"])
    packs = sorted(PACKS.values(), key=lambda pack: pack.credits)
    plan_credits = entitlements.plan.credits or 0
    return Shortfall(
        label=cost.label if cost else "",
        needed=int(details["needed"]),
        have=int(details["have"]),
        missing=missing,
        enough_for=_enough_for(str(details["operation"]), int(details["have"])),
        pack=next((pack for pack in packs if pack.credits >= missing), packs[-1]),
        plan=next((plan for plan in SOLD if (plan.credits or 0) > plan_credits), None),
    )


def _enough_for(operation: str, have: int) -> str:
    count = have // costs()[operation].each if operation in PIECES else 0
    singular, plural = PIECES.get(operation, ("", ""))
    return f"{count:,} {singular if count == 1 else plural}" if count else ""
