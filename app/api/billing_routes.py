"""The plan, invoices, prices; credits: how many there are, and what they were spent on."""

from typing import Any
from uuid import UUID

from pydantic import Field

from app.ai.charging import price_quote
from app.api.endpoints import api_endpoint
from app.api.lists import ApiList, ListParameters, list_page
from app.api.shapes import Instant, RowId, RowPage, Shown, whole_list
from app.billing import limits, statements
from app.billing.costs import costs
from app.billing.entitlements import entitlements_of
from app.billing.usage import USAGE_LIST, UsageFilter, list_usage
from app.core.access import current_account_id
from app.core.permissions import Permission

READ = Permission.BILLING_READ
USAGE = ApiList(
    USAGE_LIST,
    {
        "operation": "The name of an operation, such as `clustering`.",
        "person": "The id of a person, or `none`.",
        "on_site": "The id of a site, or `none`.",
    },
)


class CreditsShown(Shown):
    """The plan, and the credits that can be used now; null where they are not counted."""

    plan: str = Field(examples=["growth"])
    state: str = Field(examples=["active"])
    credits: int | None = Field(examples=[1500])
    plan_credits: int = Field(examples=[1000])
    pack_credits: int = Field(examples=[500])
    period_end: Instant | None


class UsageShown(Shown):
    """Something that was done for credits."""

    id: RowId = Field(examples=[21])
    operation: str = Field(examples=["clustering"])
    credits: int = Field(examples=[2])
    site_id: int | None = Field(examples=[1])
    actor_id: int | None = Field(examples=[None])
    run_id: UUID | None
    object_type: str = Field(examples=["cluster"])
    object_id: int | None = Field(examples=[3])
    object_title: str = Field(examples=["Trail running"])
    tokens_in: int = Field(examples=[1200])
    tokens_out: int = Field(examples=[400])
    created_at: Instant

    @classmethod
    def of_row(cls, row: Any) -> "UsageShown":
        """A row of the log as it is answered."""
        return cls.model_validate(row[0])


class PlanShown(Shown):
    """The plan and how it stands: `state` is `active`, `grace` or `suspended`, with the `reason`.

    Where the plan has no limit, the limit is null.
    """

    plan: str = Field(examples=["pro"])
    name: str = Field(examples=["Pro"])
    cents: int | None = Field(examples=[9900])
    state: str = Field(examples=["active"])
    reason: str | None = Field(examples=[None])
    credits: int | None = Field(examples=[3000])
    seats: int | None = Field(examples=[5])
    seats_used: int = Field(examples=[2])
    sites: int | None = Field(examples=[10])
    sites_used: int = Field(examples=[3])
    period_start: Instant | None
    period_end: Instant | None
    cancel_at: Instant | None
    grace_until: Instant | None


class InvoiceShown(Shown):
    """An invoice as Stripe had it. Amounts are in cents of `currency`; the addresses are Stripe's."""

    id: RowId = Field(examples=[3])
    number: str | None = Field(examples=["A-0003"])
    status: str = Field(examples=["paid"])
    total: int = Field(examples=[9900])
    paid: int = Field(examples=[9900])
    currency: str = Field(examples=["usd"])
    issued_at: Instant
    page_url: str | None = Field(examples=["https://invoice.stripe.com/i/1"])
    pdf_url: str | None = Field(examples=["https://pay.stripe.com/invoice/1/pdf"])


class EntryShown(Shown):
    """A line of the ledger: what came to the credits of the plan and of packs, or went."""

    id: RowId = Field(examples=[70])
    kind: str = Field(examples=["grant"])
    plan_delta: int = Field(examples=[3000])
    pack_delta: int = Field(examples=[0])
    operation: str | None = Field(examples=[None])
    note: str = Field(examples=[""])
    created_at: Instant


class PriceShown(Shown):
    """What a piece of an operation costs: `each` credits where the installation's model does it; `says` in words.

    `is_free` where it does not: without a model, or where the account's own provider is asked.
    """

    operation: str = Field(examples=["clustering"])
    each: int = Field(examples=[10])
    says: str = Field(examples=["10 credits per request"])
    is_free: bool = Field(examples=[False])

    @classmethod
    def of_account(cls, account_id: int, operation: str) -> "PriceShown":
        """The price as it is answered."""
        quote = price_quote(account_id, operation)
        cost = costs()[operation]
        return cls(operation=operation, each=cost.each, says=quote.price_label, is_free=quote.is_free)


@api_endpoint("GET", "/billing/plan/", READ)
def show_plan_of_account() -> PlanShown:
    """The account's plan, its limits and how much of them is used."""
    account_id = current_account_id()
    now = entitlements_of(account_id)
    own = {name: getattr(now, name) for name in PlanShown.model_fields if hasattr(now, name)}
    limits_of_plan = {name: getattr(now.plan, name) for name in ("name", "cents", "credits", "seats", "sites")}
    used = {"seats_used": limits.seats_used(account_id), "sites_used": limits.sites_used(account_id)}
    return PlanShown(**(own | limits_of_plan | used | {"plan": now.plan.key}))


@api_endpoint("GET", "/billing/invoices/", READ)
def show_invoices() -> RowPage[InvoiceShown]:
    """List the newest 24 invoices, on one page."""
    return whole_list([InvoiceShown.model_validate(row) for row in statements.newest_invoices(current_account_id())])


@api_endpoint("GET", "/billing/entries/", READ)
def show_entries() -> RowPage[EntryShown]:
    """List the newest lines of the ledger of credits, on one page."""
    return whole_list([EntryShown.model_validate(row) for row in statements.newest_entries(current_account_id())])


@api_endpoint("GET", "/billing/prices/", READ)
def show_prices() -> RowPage[PriceShown]:
    """List what operations cost, on one page."""
    account_id = current_account_id()
    return whole_list([PriceShown.of_account(account_id, operation) for operation in costs()])


@api_endpoint("GET", "/billing/credits/", READ)
def show_credits() -> CreditsShown:
    """The account's credits now."""
    now = entitlements_of(current_account_id())
    return CreditsShown(
        plan=now.plan.key,
        state=now.state,
        credits=now.credits,
        plan_credits=now.plan_credits,
        pack_credits=now.pack_credits,
        period_end=now.period_end,
    )


@api_endpoint("GET", "/billing/usage/", READ, listed=USAGE)
def show_usage(query: ListParameters) -> RowPage[UsageShown]:
    """List what credits were spent on, the newest first."""
    USAGE.read(query)
    return list_page(list_usage(current_account_id(), UsageFilter.read(query.values)), UsageShown.of_row)
