"""Plans and credit packs, read from `plans.toml`: the one place that says what is sold for how much."""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.core.languages import N_

LOCAL, TRIAL, CUSTOM = "local", "trial", "custom"
# Names and summaries of plans.toml that are translated where they are shown.
MARKED = (
    N_("Local"),
    N_("Trial"),
    N_("Starter"),
    N_("Pro"),
    N_("Agency"),
    N_("Custom"),
    N_("This installation takes no payments. Nothing is limited."),
    N_("To see whether it suits you."),
    N_("For one editor and a few sites."),
    N_("For a team that publishes every day."),
    N_("For agencies with many clients."),
    N_("More of everything, as agreed."),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an account may use. `cents` is the price of a month in US cents, None when it is not sold here.

    `credits` (a month), `seats`, `sites` and `asset_mb` (files of each planned site, in megabytes) are None where there
    is no limit. `shares` is how much of workers and models it gets where accounts take turns.
    """

    key: str
    name: str
    summary: str
    cents: int | None = None
    credits: int | None = None
    seats: int | None = None
    sites: int | None = None
    asset_mb: int | None = None
    shares: int = 1

    @property
    def is_metered(self) -> bool:
        """True when credits are counted."""
        return self.credits is not None

    @property
    def lookup_key(self) -> str:
        """The name of its monthly price in Stripe."""
        return f"igny8_{self.key}_monthly"


@dataclass(frozen=True, slots=True)
class Pack:
    """Credits bought once; they stay until they are used. `cents` in US cents."""

    key: str
    name: str
    cents: int
    credits: int


def _read() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("plans.toml").read_text())


_DATA = _read()
GRACE_DAYS: int = _DATA["grace_days"]
PLANS: dict[str, Plan] = {key: Plan(key=key, **values) for key, values in _DATA["plans"].items()}
PACKS: dict[str, Pack] = {key: Pack(key=key, **values) for key, values in _DATA["packs"].items()}
SOLD: tuple[Plan, ...] = tuple(plan for plan in PLANS.values() if plan.cents is not None)


def custom_plan(credits: int, seats: int, sites: int) -> Plan:
    """The Custom plan with what was agreed with one customer."""
    return replace(PLANS[CUSTOM], credits=credits, seats=seats, sites=sites)
