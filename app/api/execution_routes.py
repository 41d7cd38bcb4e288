"""What rules did, by schedule or otherwise: the scheduled tasks of automation."""

from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.runs import RunShown
from app.api.shapes import Done, Instant, RowId, RowPage, Shown
from app.automation import actions
from app.automation.history import execution_list, execution_of, list_executions
from app.automation.models import RuleExecution
from app.automation.permissions import AutomationPermission
from app.core.access import current_account_id, current_actor
from app.core.runs.services import find_run

READ, WRITE = AutomationPermission.READ, AutomationPermission.WRITE
UTC = ZoneInfo("UTC")
EXECUTIONS = ApiList(
    lambda: execution_list(UTC),
    {
        "state": "`waiting`, `held`, `running`, `succeeded`, `failed`, `skipped` or `cancelled`.",
        "cause": "`schedule`, `event` or `manual`.",
        "rule": "The id of a rule.",
        "since": "A day in UTC: on it or later.",
        "until": "A day in UTC: on it or earlier.",
    },
)
ONE = "/automation/scheduled-tasks/<int:execution_id>/"


class ExecutionRowShown(Shown):
    """An execution of a rule: what set it off (`cause`), how it ended, and what it cost."""

    id: RowId = Field(examples=[8])
    site_id: int = Field(examples=[1])
    rule_id: int | None = Field(examples=[6])
    rule_name: str = Field(examples=["Draft what is planned"])
    cause: str = Field(examples=["schedule"])
    state: str = Field(examples=["waiting"])
    credits: int = Field(examples=[4])
    message: str = Field(examples=["5 drafts written."])
    scheduled_at: Instant
    started_at: Instant | None
    ended_at: Instant | None
    undone_at: Instant | None
    created_at: Instant


class ExecutionShown(ExecutionRowShown):
    """An execution with the run that does it, what it did in `steps`, and `error` where it failed."""

    run: RunShown | None
    steps: list[Any] = Field(examples=[[]])
    error: dict[str, Any] | None = Field(examples=[None])

    @classmethod
    def of(cls, row: RuleExecution) -> "ExecutionShown":
        """The execution as it is answered."""
        own = {name: getattr(row, name) for name in (*ExecutionRowShown.model_fields, "steps", "error")}
        run = find_run(row.run_id, row.account_id)
        return cls(**own, run=RunShown.of(run) if run else None)


@api_endpoint("GET", "/automation/scheduled-tasks/", READ, module="automation", listed=EXECUTIONS)
def show_executions(query: SiteListParameters) -> RowPage[ExecutionRowShown]:
    """List what the rules of a site did, the newest first."""
    EXECUTIONS.read(query)
    _spec, page = list_executions(current_account_id(), query.site_id, query.values, UTC)
    return list_page(page, ExecutionRowShown.model_validate)


@api_endpoint("GET", ONE, READ, module="automation")
def show_execution(execution_id: int) -> ExecutionShown:
    """One execution of a rule."""
    return ExecutionShown.of(execution_of(current_account_id(), execution_id))


@api_endpoint("POST", f"{ONE}retry/", WRITE, module="automation", status=202)
def retry_execution(execution_id: int) -> ExecutionShown:
    """Let a failed or cancelled execution go on where it stopped. Needs besides what its actions need."""
    return ExecutionShown.of(actions.retry_execution(current_account_id(), current_actor(), execution_id))


@api_endpoint("POST", f"{ONE}cancel/", WRITE, module="automation")
def stop_execution(execution_id: int) -> ExecutionShown:
    """Cancel an execution with what it began. 409 when it has ended."""
    return ExecutionShown.of(actions.stop_execution(current_account_id(), current_actor(), execution_id))


@api_endpoint("POST", f"{ONE}undo/", WRITE, module="automation")
def undo_execution(execution_id: int) -> Done:
    """Undo what an execution made and nobody has touched since."""
    return Done(says=actions.undo_execution(current_account_id(), current_actor(), execution_id), count=1)
