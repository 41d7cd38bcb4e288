"""Credits: how many there are, and what they were spent on."""

from typing import Any
from uuid import UUID

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.lists import ApiList, ListParameters, list_page
from app.api.shapes import Instant, RowId, RowPage, Shown
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
