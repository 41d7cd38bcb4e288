"""Tasks, and drafts written from them."""

from datetime import date
from typing import Any

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_etag
from app.api.idea_routes import PlanGiven
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.runs import RunShown
from app.api.shapes import Count, Given, Instant, IsoDay, RowId, RowIds, RowPage, Shown
from app.core.access import current_account_id, current_actor
from app.core.edits import etag
from app.core.errors import Conflict
from app.core.languages import gettext
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.tenancy import owned, owned_many
from app.planner.models import Idea
from app.writer import actions, services, task_edits
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
    content_structure: str = Field(examples=["Guide"])
    primary_keyword: str = Field(examples=["trail running shoes"])
    status: str = Field(examples=["queued"])
    assignee_id: int | None = Field(examples=[None])
    due_on: date | None
    note: str = Field(examples=[""])
    created_at: Instant


class TaskShownWhole(TaskShown):
    """A task with its keywords in their order, and what names it for If-Match."""

    keyword_ids: list[int] = Field(examples=[[7]])
    etag: str = Field(examples=["1f0c4d"])

    @classmethod
    def of(cls, row: Task) -> "TaskShownWhole":
        """The task as it is answered."""
        own: dict[str, Any] = TaskShown.model_validate(row).model_dump(exclude={"created_at"})
        keywords, tag = [keyword.id for keyword in row.keywords], etag(task_edits.stored_task(row))
        return cls(**own, created_at=row.created_at, keyword_ids=keywords, etag=tag)


class TaskGiven(PlanGiven):
    """What is to be written, by whom and until when. Fields that are left out are empty.

    Without `keyword_ids` a new task has those of its cluster, and a changed one those that it had.
    """

    assignee_id: RowId | None = Field(None, examples=[None])
    due_on: IsoDay | None = Field(None, examples=["2027-01-31"])
    note: str = Field("", max_length=2000, examples=["Ask Mia for pictures."])
    keyword_ids: list[RowId] | None = Field(None, max_length=30, examples=[None])

    def form(self) -> dict[str, str]:
        """What the page's form would have sent."""
        more = {"assignee": str(self.assignee_id or ""), "due_on": self.due_on or "", "note": self.note}
        keywords = {} if self.keyword_ids is None else {"keywords": " ".join(map(str, self.keyword_ids))}
        return super().form() | more | keywords


class NewTask(TaskGiven):
    """A task of a site."""

    site_id: RowId = Field(examples=[1])


class AssignGiven(Given):
    """Tasks of one site, and the person who is to write them: null for nobody."""

    task_ids: RowIds = Field(examples=[[9]])
    assignee_id: RowId | None = Field(examples=[None])


class DueGiven(Given):
    """Tasks of one site, and the day until which they are to be written: null for none."""

    task_ids: RowIds = Field(examples=[[9]])
    due_on: IsoDay | None = Field(examples=["2027-01-31"])


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
def show_task(task_id: int) -> TaskShownWhole:
    """One task, with its ETag."""
    return TaskShownWhole.of(owned(Task, task_id, current_account_id()))


@api_endpoint("POST", "/writer/tasks/new/", WRITE, module="writer", status=201)
def add_task(body: NewTask) -> TaskShownWhole:
    """Add a task that is of no idea."""
    return TaskShownWhole.of(task_edits.create_task(current_account_id(), body.site_id, body.form()))


@api_endpoint("PUT", "/writer/tasks/<int:task_id>/", WRITE, module="writer", matches=True)
def change_task(task_id: int, body: TaskGiven) -> TaskShownWhole:
    """Change a task. Fields that are left out are emptied, but for its keywords."""
    task = task_edits.update_task(current_account_id(), task_id, body.form(), expected=expected_etag())
    return TaskShownWhole.of(task)


@api_endpoint("POST", "/writer/tasks/assign/", WRITE, module="writer", rehearses=True)
def assign_tasks(body: AssignGiven) -> Count:
    """Give tasks of one site to a person, or to nobody. Says how many were changed."""
    site_id = owned_many(Task, body.task_ids, current_account_id())[0].site_id
    chosen, assignee = Selection(list(body.task_ids)), str(body.assignee_id or "none")
    done = actions.assign_tasks(current_account_id(), current_actor(), site_id, chosen, assignee)
    return Count(count=done.count)


@api_endpoint("POST", "/writer/tasks/due/", WRITE, module="writer", rehearses=True)
def set_tasks_due(body: DueGiven) -> Count:
    """Set or clear the due date of tasks of one site. Says how many were changed."""
    site_id = owned_many(Task, body.task_ids, current_account_id())[0].site_id
    chosen, day = Selection(list(body.task_ids)), date.fromisoformat(body.due_on) if body.due_on else None
    return Count(count=actions.set_due_date(current_account_id(), current_actor(), site_id, chosen, day).count)


@api_endpoint("POST", "/writer/tasks/", WRITE, module="writer", status=201)
def tasks_of_ideas(body: IdeaIds) -> TasksMadeShown:
    """Make a task of each idea that has none."""
    account_id = current_account_id()
    site_id = owned_many(Idea, body.idea_ids, account_id)[0].site_id
    made = actions.create_tasks(account_id, site_id, Selection(list(body.idea_ids)))
    return TasksMadeShown(made=made.made, had=made.had)


@api_endpoint("DELETE", "/writer/tasks/<int:task_id>/", WRITE, module="writer", rehearses=True)
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
