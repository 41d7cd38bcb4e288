"""The link plan of a site: making it, choosing from it, and putting mended links back."""

from typing import Any

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.rates import Rate
from app.api.runs import RunShown
from app.api.shapes import (
    Done,
    Given,
    Instant,
    Parameters,
    QueryId,
    RowId,
    RowIds,
    RowPage,
    Shown,
    SiteParameters,
    whole_list,
)
from app.content.models import Content
from app.core.access import current_account_id, current_actor
from app.core.errors import NotFound
from app.core.listing.selection import Selection
from app.core.request_ids import MAX_IDS
from app.core.tenancy import owned, owned_many
from app.linker.models import LinkBatch
from app.linker.permissions import LinkerPermission
from app.linker.plan import actions, listing
from app.linker.plan.listing import LINK_PLAN_LIST
from app.linker.plan.models import LinkPlanRow, LinkRepair
from app.linker.plan.repairs import applied_repairs
from app.linker.plan.wording import change_of, problem_of
from app.sites.models import Site

READ, WRITE = LinkerPermission.READ, LinkerPermission.WRITE
ROWS = ApiList(
    LINK_PLAN_LIST,
    {
        "kind": "broken, moved, fresh, orphan, deep, hub or overlinked.",
        "state": "open, chosen, done, left or seen.",
    },
)


class LinkPlanShown(Shown):
    """What was found about the links of a site when its texts were read, at `read_at`.

    `figures` are numbers before and after; `changed` is how many contents were changed since.
    """

    site_id: int = Field(examples=[1])
    read_at: Instant
    contents: int = Field(examples=[120])
    changed: int = Field(examples=[0])
    figures: dict[str, Any] = Field(examples=[{"orphans": [7, 0]}])
    kinds: dict[str, int] = Field(examples=[{"orphan": 7}])


class LinkPlanRowShown(Shown):
    """One thing that the plan found. `says` is what, `change` what is done when it is chosen: empty for nothing.

    `fix` is `link`, `propose`, `retarget` or `unlink`. `address` is what the text has now, `url` what it gets.
    """

    id: RowId = Field(examples=[31])
    content_id: int = Field(examples=[11])
    source_id: int | None = Field(examples=[None])
    target_id: int | None = Field(examples=[12])
    kind: str = Field(examples=["orphan"])
    fix: str = Field(examples=["link"])
    state: str = Field(examples=["open"])
    says: str = Field(examples=["No live text links to it."])
    change: str = Field(examples=["Put a link in"])
    address: str = Field(examples=[""])
    url: str = Field(examples=["https://blog.example/trail-shoes/"])
    anchor: str = Field(examples=["trail shoes"])
    before: str = Field(examples=["Good "])
    after: str = Field(examples=[" are light."])

    @classmethod
    def of(cls, row: LinkPlanRow) -> "LinkPlanRowShown":
        """The row as it is answered."""
        own = {name: getattr(row, name) for name in cls.model_fields if name not in ("says", "change")}
        return cls(**own, says=problem_of(row), change=change_of(row))


class PlanChoiceGiven(Given):
    """Rows of a site's plan; without ids all that are open."""

    site_id: RowId = Field(examples=[1])
    plan_row_ids: list[RowId] = Field(default_factory=list, max_length=MAX_IDS, examples=[[]])


class PlanAppliedShown(Shown):
    """The run that makes the changes, the batch of the Linker that it fills, and how many were chosen for it."""

    run: RunShown | None
    batch_id: int | None = Field(examples=[4])
    count: int = Field(examples=[7])


class RepairShown(Shown):
    """A link that was mended: it led to `old_href`, now to `new_href`, or its tags were taken away."""

    id: RowId = Field(examples=[8])
    content_id: int = Field(examples=[11])
    batch_id: int | None = Field(examples=[4])
    state: str = Field(examples=["applied"])
    old_href: str = Field(examples=["https://blog.example/old/"])
    new_href: str = Field(examples=["https://blog.example/new/"])
    anchor: str = Field(examples=["trail shoes"])
    before: str = Field(examples=["Good "])
    after: str = Field(examples=[" are light."])
    decided_at: Instant | None


class RepairsParameters(Parameters):
    """Whose mended links."""

    content_id: QueryId = Field(description="The content whose mended links are listed.", examples=[11])


class RepairIds(Given):
    """Mended links of a content."""

    content_id: RowId = Field(examples=[11])
    repair_ids: RowIds = Field(examples=[[8]])


@api_endpoint("GET", "/linker/plan/", READ, module="linker")
def show_link_plan(query: SiteParameters) -> LinkPlanShown:
    """The link plan of a site. 404 before one was made."""
    site = owned(Site, query.site_id, current_account_id())
    plan = listing.link_plan_of(site)
    if plan is None:
        raise NotFound()
    return LinkPlanShown(
        site_id=site.id,
        read_at=plan.read_at,
        contents=plan.contents,
        changed=listing.changed_since(plan),
        figures=plan.figures,
        kinds=dict(listing.count_kinds(site.account_id, site.id)),
    )


@api_endpoint("GET", "/linker/plan/rows/", READ, module="linker", listed=ROWS)
def show_link_plan_rows(query: SiteListParameters) -> RowPage[LinkPlanRowShown]:
    """List what the link plan of a site found."""
    page = listing.list_plan_rows(current_account_id(), query.site_id, ROWS.read(query))
    return list_page(page, LinkPlanRowShown.of)


@api_endpoint("POST", "/linker/plan/make/", WRITE, module="linker", status=202, rate=Rate.LINKER)
def make_link_plan(query: SiteParameters) -> RunShown:
    """Make the link plan of a site anew: a run, which writes nothing into texts."""
    return RunShown.of(actions.start_link_plan(current_account_id(), current_actor(), query.site_id))


@api_endpoint("POST", "/linker/plan/apply/", WRITE, module="linker", status=202, rate=Rate.LINKER, rehearses=True)
def apply_plan_rows(body: PlanChoiceGiven) -> PlanAppliedShown:
    """Make changes of a link plan, as one batch that can be undone: a run."""
    account_id, chosen = current_account_id(), actions.EVERYTHING
    if body.plan_row_ids:
        owned_many(LinkPlanRow, body.plan_row_ids, account_id)
        chosen = Selection(list(dict.fromkeys(body.plan_row_ids)))
    applied = actions.apply_link_plan(account_id, current_actor(), body.site_id, chosen)
    return PlanAppliedShown(run=RunShown.of(applied.run), batch_id=applied.batch.id, count=applied.count)


@api_endpoint("GET", "/linker/repairs/", READ, module="linker")
def show_repairs(query: RepairsParameters) -> RowPage[RepairShown]:
    """List the mended links of a content that can be put back, on one page."""
    content = owned(Content, query.content_id, current_account_id())
    return whole_list([RepairShown.model_validate(row) for row in applied_repairs(content.account_id, content.id)])


@api_endpoint("GET", "/linker/batches/<int:linking_id>/repairs/", READ, module="linker")
def show_repairs_of_batch(linking_id: int) -> RowPage[RepairShown]:
    """List the links that a batch mended, by content: 200 at most, on one page."""
    batch = owned(LinkBatch, linking_id, current_account_id())
    return whole_list([RepairShown.model_validate(row) for row in listing.batch_repairs(batch.account_id, batch)])


@api_endpoint("POST", "/linker/repairs/<int:repair_id>/undo/", WRITE, module="linker", rate=Rate.LINKER)
def put_link_back(repair_id: int) -> Done:
    """Put a mended link back as it was. 409 when that was done already."""
    return Done.of(actions.undo_repair(current_account_id(), current_actor(), repair_id))


@api_endpoint("POST", "/linker/repairs/undo/", WRITE, module="linker", rate=Rate.LINKER)
def put_links_back(body: RepairIds) -> Done:
    """Put mended links of a content back as they were."""
    account_id, ids = current_account_id(), list(dict.fromkeys(body.repair_ids))
    owned(Content, body.content_id, account_id)
    owned_many(LinkRepair, ids, account_id)
    return Done.of(actions.undo_repairs_of(account_id, current_actor(), body.content_id, ids))
