"""Deleting many rows of a site at once, and moving contents to the trash and out of it. A dry run says how many."""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.shapes import Count, Given, RowIds
from app.api.term_routes import BulkShown
from app.content import actions as content_actions
from app.content.models import Content
from app.core.access import current_account_id, current_actor
from app.core.errors import Conflict
from app.core.languages import gettext
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.tenancy import owned_many
from app.planner import actions as planner_actions
from app.planner.models import Cluster, Idea, Keyword
from app.writer import actions as writer_actions
from app.writer.models import Task


class KeywordIds(Given):
    """Keywords of one site."""

    keyword_ids: RowIds = Field(examples=[[7]])


class ClustersGiven(Given):
    """Clusters of one site."""

    cluster_ids: RowIds = Field(examples=[[3]])


class IdeasGiven(Given):
    """Ideas of one site."""

    idea_ids: RowIds = Field(examples=[[5]])


class TasksGiven(Given):
    """Tasks of one site."""

    task_ids: RowIds = Field(examples=[[9]])


class ContentsGiven(Given):
    """Contents of one site."""

    content_ids: RowIds = Field(examples=[[11]])


def _of_one_site(model: Any, ids: Sequence[int]) -> tuple[int, list[int]]:
    """The site of these rows and their ids. Raises NotFound for others', Conflict for rows of several sites."""
    rows = owned_many(model, list(ids), current_account_id())
    site_ids = {row.site_id for row in rows}
    if len(site_ids) > 1:
        raise Conflict(
            gettext("These are rows of several sites."), code="SEVERAL_SITES", cure=gettext("Send those of one site.")
        )
    return site_ids.pop(), [row.id for row in rows]


def _delete_selected(delete: Callable[..., int], model: Any, ids: Sequence[int]) -> Count:
    site_id, own = _of_one_site(model, ids)
    return Count(count=delete(current_account_id(), current_actor(), site_id, Selection(own)))


def _change_contents(change: Callable[..., Any], ids: Sequence[int]) -> BulkShown:
    site_id, own = _of_one_site(Content, ids)
    return BulkShown.of(change(current_account_id(), current_actor(), site_id, own))


@api_endpoint("POST", "/planner/keywords/delete/", Permission.PLANNER_WRITE, module="planner", rehearses=True)
def delete_many_keywords(body: KeywordIds) -> Count:
    """Delete keywords of a site."""
    return _delete_selected(planner_actions.delete_keywords, Keyword, body.keyword_ids)


@api_endpoint("POST", "/planner/clusters/delete/", Permission.PLANNER_WRITE, module="planner", rehearses=True)
def delete_many_clusters(body: ClustersGiven) -> Count:
    """Delete clusters of a site: their keywords stay, their ideas go. 409 while one has tasks."""
    _site_id, own = _of_one_site(Cluster, body.cluster_ids)
    return Count(count=planner_actions.delete_clusters(current_account_id(), current_actor(), own))


@api_endpoint("POST", "/planner/ideas/delete/", Permission.PLANNER_WRITE, module="planner", rehearses=True)
def delete_many_ideas(body: IdeasGiven) -> Count:
    """Delete ideas of a site."""
    return _delete_selected(planner_actions.delete_ideas, Idea, body.idea_ids)


@api_endpoint("POST", "/writer/tasks/delete/", Permission.WRITER_WRITE, module="writer", rehearses=True)
def delete_many_tasks(body: TasksGiven) -> Count:
    """Delete tasks of a site. Drafts that were made of them stay."""
    return _delete_selected(writer_actions.delete_tasks, Task, body.task_ids)


@api_endpoint("POST", "/content/trash/", Permission.CONTENT_WRITE, status=202, rehearses=True)
def trash_many_contents(body: ContentsGiven) -> BulkShown:
    """Move contents of a site to the trash and cancel what is planned for them. What is live stays live."""
    return _change_contents(content_actions.move_to_trash, body.content_ids)


@api_endpoint("POST", "/content/trash/restore/", Permission.CONTENT_WRITE, status=202, rehearses=True)
def take_contents_out_of_trash(body: ContentsGiven) -> BulkShown:
    """Take contents of a site out of the trash."""
    return _change_contents(content_actions.restore_from_trash, body.content_ids)


@api_endpoint("POST", "/content/trash/delete/", Permission.CONTENT_WRITE, status=202, rehearses=True)
def delete_contents_for_good(body: ContentsGiven) -> BulkShown:
    """Delete contents of a site for good that are in the trash, with their versions and images."""
    return _change_contents(content_actions.delete_for_good, body.content_ids)
