"""Runs: any work that takes long. Listing, watching, cancelling and starting again."""

from uuid import UUID
from zoneinfo import ZoneInfo

from app.api.endpoints import api_endpoint
from app.api.lists import ApiList, ListParameters, list_page
from app.api.runs import RunShown
from app.api.shapes import RowPage
from app.core.access import current_account_id, current_actor
from app.core.permissions import Permission
from app.core.runs import actions
from app.core.runs.services import get_run
from app.monitoring.activity import activity_list, list_runs

UTC = ZoneInfo("UTC")
RUNS = ApiList(
    lambda: activity_list(UTC),
    {
        "state": "`active`, `scheduled`, `attention`, `paused`, `failed`, `succeeded` or `cancelled`.",
        "kind": "The name of a kind of work.",
        "on": "The id of a site, or `none`.",
        "type": "The type of the content that was published.",
        "ended_from": "An instant: ended then or later.",
        "ended_to": "An instant: ended then or earlier.",
    },
)


@api_endpoint("GET", "/runs/", Permission.CONTENT_READ, listed=RUNS)
def show_runs(query: ListParameters) -> RowPage[RunShown]:
    """List runs, the newest first."""
    page = list_runs(current_account_id(), RUNS.current_spec, RUNS.read(query))
    return list_page(page, RunShown.of)


@api_endpoint("GET", "/runs/<uuid:run_id>/", Permission.CONTENT_READ)
def show_run(run_id: UUID) -> RunShown:
    """One run, as it stands now."""
    return RunShown.of(get_run(run_id, current_account_id()))


@api_endpoint("POST", "/runs/<uuid:run_id>/cancel/", Permission.RUNS_CONTROL)
def cancel_run(run_id: UUID) -> RunShown:
    """Ask a run to stop. Needs besides what its kind asks for. 409 when it has ended."""
    run = get_run(run_id, current_account_id())
    actions.cancel_run(current_actor(), run)
    return RunShown.of(run)


@api_endpoint("POST", "/runs/<uuid:run_id>/retry/", Permission.RUNS_CONTROL)
def retry_run(run_id: UUID) -> RunShown:
    """Start a run again that failed or was cancelled. Needs besides what its kind asks for."""
    run = get_run(run_id, current_account_id())
    actions.retry_run(current_actor(), run)
    return RunShown.of(run)


@api_endpoint("POST", "/runs/<uuid:run_id>/pause/", Permission.RUNS_CONTROL)
def pause_run(run_id: UUID) -> RunShown:
    """Have a run wait, once what is under way is done. 409 when it has ended or cannot wait."""
    run = get_run(run_id, current_account_id())
    actions.pause_run(current_actor(), run)
    return RunShown.of(run)


@api_endpoint("POST", "/runs/<uuid:run_id>/resume/", Permission.RUNS_CONTROL)
def resume_run(run_id: UUID) -> RunShown:
    """Let a run go on where it was paused. 409 when it is not paused, or something newer is under way."""
    run = get_run(run_id, current_account_id())
    actions.resume_run(current_actor(), run)
    return RunShown.of(run)
