"""Tasks, and drafts written from them."""

from datetime import date

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.runs import RunShown
from app.api.shapes import Count, Given, Instant, RowId, RowIds, RowPage, Shown
from app.core.access import current_account_id, current_actor
from app.core.errors import Conflict
from app.core.languages import gettext
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.tenancy import owned, owned_many
from app.planner.models import Idea
from app.writer import actions, services
from app.writer.models import Task

READ, WRITE = Permission.WRITER_READ, Permission.WRITER_WRITE
TASKS = ApiList(
    services.TASK_LIST,
    {
        "status": "`queued` or `completed`.",
        "cluster": "The id of a cluster.",
        "type": "Article, Page, Product or Taxonomy.",
        "assignee": "The id of a person, or `none`.",
        "due": "`overdue` and other ranges of the page's list.",
    },
)


class TaskShown(Shown):
    """An order to write a piece of content."""

    id: RowId = Field(examples=[9])
    site_id: int = Field(examples=[1])
    cluster_id: int = Field(examples=[3])
    idea_id: int | None = Field(examples=[5])
    title: str = Field(examples=["How to choose trail running shoes"])
    description: str = Field(examples=["A guide for beginners."])
    content_type: str = Field(examples=["Article"])
    content_structure: str = Field(examples=["guide"])
    primary_keyword: str = Field(examples=["trail running shoes"])
    status: str = Field(examples=["queued"])
    assignee_id: int | None = Field(examples=[None])
    due_on: date | None
    note: str = Field(examples=[""])
    created_at: Instant


class IdeaIds(Given):
    """Ideas of one site."""

    idea_ids: RowIds = Field(examples=[[5]])


class TaskIds(Given):
    """Tasks of one site."""

    task_ids: RowIds = Field(examples=[[9]])


class TasksMadeShown(Shown):
    """How many tasks were made, and how many of the ideas had one already. Tasks say which idea they are of."""

    made: int = Field(examples=[1])
    had: int = Field(examples=[0])


@api_endpoint("GET", "/writer/tasks/", READ, module="writer", listed=TASKS)
def show_tasks(query: SiteListParameters) -> RowPage[TaskShown]:
    """List the tasks of a site."""
    TASKS.read(query)
    return list_page(services.list_tasks(current_account_id(), query.site_id, query.values), TaskShown.model_validate)


@api_endpoint("GET", "/writer/tasks/<int:task_id>/", READ, module="writer")
def show_task(task_id: int) -> TaskShown:
    """One task."""
    return TaskShown.model_validate(owned(Task, task_id, current_account_id()))


@api_endpoint("POST", "/writer/tasks/", WRITE, module="writer", status=201)
def tasks_of_ideas(body: IdeaIds) -> TasksMadeShown:
    """Make a task of each idea that has none."""
    account_id = current_account_id()
    site_id = owned_many(Idea, body.idea_ids, account_id)[0].site_id
    made = actions.create_tasks(account_id, site_id, Selection(list(body.idea_ids)))
    return TasksMadeShown(made=made.made, had=made.had)


@api_endpoint("DELETE", "/writer/tasks/<int:task_id>/", WRITE, module="writer")
def remove_task(task_id: int) -> Count:
    """Delete a task. A draft that was written from it stays."""
    task = owned(Task, task_id, current_account_id())
    return Count(count=actions.delete_tasks(task.account_id, current_actor(), task.site_id, Selection([task_id])))


@api_endpoint("POST", "/writer/drafts/", WRITE, module="writer", status=202)
def write_drafts(body: TaskIds) -> RunShown:
    """Write drafts of tasks of one site: a run. 409 when all are written or being written."""
    account_id = current_account_id()
    site_id = owned_many(Task, body.task_ids, account_id)[0].site_id
    start = actions.start_drafts(account_id, current_actor(), site_id, Selection(list(body.task_ids)))
    if start.run is None:
        raise Conflict(gettext("All of these tasks are written or being written."), code="NOTHING_TO_DO")
    return RunShown.of(start.run)
