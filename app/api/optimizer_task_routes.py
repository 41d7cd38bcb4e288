"""What the Optimizer proposed: reading the changes, deciding on them, making them and undoing them."""

from typing import Any, Literal

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.rates import Rate
from app.api.shapes import Count, Done, Given, Instant, RowId, RowPage, Shown
from app.core.access import current_account_id, current_actor
from app.core.tenancy import owned
from app.optimizer import actions
from app.optimizer.permissions import OptimizerPermission
from app.optimizer.rewrite.listing import OPTIMIZATION_LIST, list_optimizations
from app.optimizer.rewrite.task_models import OptimizationTask

READ, WRITE = OptimizerPermission.READ, OptimizerPermission.WRITE
TASKS = ApiList(
    OPTIMIZATION_LIST,
    {
        "status": "`pending`, `running`, `completed` or `failed`.",
        "from": "Where the content came from: `writer`, `wordpress`, `external` or `manual`.",
        "content": "The id of a content.",
    },
)
ONE = "/optimizer/tasks/<int:optimization_id>/"


class OptimizationShown(Shown):
    """A go at making a content better. `waiting` changes are not decided on, `used` ones are in the content."""

    id: RowId = Field(examples=[2])
    site_id: int = Field(examples=[1])
    content_id: int = Field(examples=[11])
    entry_point: str = Field(examples=["manual"])
    status: str = Field(examples=["completed"])
    content_version: int = Field(examples=[3])
    scores_before: dict[str, Any] = Field(examples=[{"overall": 61}])
    scores_after: dict[str, Any] = Field(examples=[{"overall": 74}])
    waiting: int = Field(examples=[4])
    used: int = Field(examples=[0])
    credits_used: int = Field(examples=[2])
    error: str = Field(examples=[""])
    applied_at: Instant | None
    created_at: Instant

    @classmethod
    def of(cls, row: OptimizationTask) -> "OptimizationShown":
        """The task as it is answered: one whose run has ended before it came to it has failed."""
        own = {name: getattr(row, name) for name in OptimizationShown.model_fields if name != "status"}
        return OptimizationShown(**own, status=row.shown_status)


class ProposedChangeShown(Shown):
    """One change: `before` becomes `after` in `field`. `state` is `open`, `accepted`, `rejected`, `applied` (it is in
    the content) or `outdated` (somebody changed that place)."""

    id: int = Field(examples=[1])
    field: str = Field(examples=["content_html"])
    reason: str = Field(examples=["sentence"])
    before: str = Field(examples=["It is the case that trails are rough."])
    after: str = Field(examples=["Trails are rough."])
    by_model: bool = Field(examples=[True])
    state: str = Field(examples=["open"])


class OptimizationShownWhole(OptimizationShown):
    """A go at making a content better, with its changes; they are forgotten 90 days after anything was done with it."""

    changes: list[ProposedChangeShown]


class DecisionGiven(Given):
    """What becomes of changes: of these, or without ids of all that nobody has decided on."""

    decision: Literal["accepted", "rejected", "open"] = Field(examples=["accepted"])
    change_ids: list[RowId] | None = Field(None, max_length=5000, examples=[None])


@api_endpoint("GET", "/optimizer/tasks/", READ, module="optimizer", listed=TASKS)
def show_optimizations(query: SiteListParameters) -> RowPage[OptimizationShown]:
    """List what was proposed for the contents of a site, the newest first."""
    TASKS.read(query)
    return list_page(list_optimizations(current_account_id(), query.site_id, query.values), OptimizationShown.of)


@api_endpoint("GET", ONE, READ, module="optimizer")
def show_optimization(optimization_id: int) -> OptimizationShownWhole:
    """One of them with its changes."""
    task = owned(OptimizationTask, optimization_id, current_account_id())
    own = OptimizationShown.of(task)
    values = {name: getattr(own, name) for name in OptimizationShown.model_fields}
    return OptimizationShownWhole(**values, changes=[ProposedChangeShown(**_shown(one)) for one in task.changes])


def _shown(change: dict[str, Any]) -> dict[str, Any]:
    return {name: change[name] for name in ProposedChangeShown.model_fields}


@api_endpoint("POST", f"{ONE}decide/", WRITE, module="optimizer", rate=Rate.OPTIMIZER)
def decide_on_changes(optimization_id: int, body: DecisionGiven) -> Count:
    """Accept, reject or reopen changes; says how many. The content stays as it is until they are used."""
    ids = None if body.change_ids is None else set(body.change_ids)
    done = actions.decide_changes(current_account_id(), current_actor(), optimization_id, ids, body.decision)
    return Count(count=done)


@api_endpoint("POST", f"{ONE}use/", WRITE, module="optimizer", rate=Rate.OPTIMIZER)
def use_changes(optimization_id: int) -> Done:
    """Make the accepted changes, as a new version of the content. What somebody edited since is left out."""
    made, says = actions.use_changes(current_account_id(), current_actor(), optimization_id)
    return Done(says=says, count=made.made)


@api_endpoint("POST", f"{ONE}undo/", WRITE, module="optimizer", rate=Rate.OPTIMIZER)
def undo_changes(optimization_id: int) -> Done:
    """Take the changes out of the content again, as a new version. What somebody edited since is left out."""
    made, says = actions.undo_changes(current_account_id(), current_actor(), optimization_id)
    return Done(says=says, count=made.made)
