"""Ideas for contents: finding them for clusters, adding and changing them by hand."""

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_etag
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.runs import RunShown
from app.api.shapes import Count, Given, Instant, RowId, RowIds, RowPage, Shown
from app.core.access import current_account_id, current_actor
from app.core.edits import etag
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.tenancy import owned, owned_many
from app.planner import actions
from app.planner.ideas import services as ideas
from app.planner.lists import IDEA_LIST
from app.planner.models import Cluster, Idea

READ, WRITE = Permission.PLANNER_READ, Permission.PLANNER_WRITE
IDEAS = ApiList(
    IDEA_LIST,
    {
        "cluster": "The id of a cluster.",
        "type": "Article, Page, Product or Taxonomy.",
        "structure": "A structure, such as `Guide`.",
        "state": "`open`, or `used` for those with a task.",
    },
)


class ClusterIds(Given):
    """Clusters of one site."""

    cluster_ids: RowIds = Field(examples=[[3]])


class IdeaShown(Shown):
    """An idea for a piece of content. `task_id` is the task that was made of it."""

    id: RowId = Field(examples=[5])
    site_id: int = Field(examples=[1])
    cluster_id: int = Field(examples=[3])
    title: str = Field(examples=["How to choose trail running shoes"])
    description: str = Field(examples=["A guide for beginners."])
    content_type: str = Field(examples=["Article"])
    content_structure: str = Field(examples=["Guide"])
    primary_keyword: str = Field(examples=["trail running shoes"])
    tone: str = Field(examples=[""])
    country: str | None = Field(examples=["US"])
    task_id: int | None = Field(examples=[None])
    created_at: Instant
    etag: str = Field("", examples=["1f0c4d"])

    @classmethod
    def of(cls, row: Idea) -> "IdeaShown":
        """The idea as it is answered."""
        shown = cls.model_validate(row)
        shown.etag = etag(ideas.stored_plan(row))
        return shown


class PlanGiven(Given):
    """What a piece of content is to be. Fields that are left out are empty."""

    cluster_id: RowId = Field(examples=[3])
    title: str = Field(min_length=1, max_length=300, examples=["How to lace trail running shoes"])
    description: str = Field("", max_length=5000, examples=["A guide for beginners."])
    content_type: str = Field("Article", max_length=12, examples=["Article"])
    content_structure: str = Field("Guide", max_length=40, examples=["Guide"])
    primary_keyword: str = Field(min_length=1, max_length=255, examples=["trail running shoes"])
    tone: str = Field("", max_length=60, examples=[""])
    country: str = Field("", max_length=2, examples=["US"])

    def form(self) -> dict[str, str]:
        """What the page's form would have sent."""
        names = ("title", "description", "content_type", "content_structure", "primary_keyword", "tone", "country")
        return {name: getattr(self, name) for name in names} | {"cluster": str(self.cluster_id)}


class NewIdea(PlanGiven):
    """An idea of a site."""

    site_id: RowId = Field(examples=[1])


@api_endpoint("GET", "/planner/ideas/", READ, module="planner", listed=IDEAS)
def show_ideas(query: SiteListParameters) -> RowPage[IdeaShown]:
    """List the ideas of a site."""
    IDEAS.read(query)
    return list_page(ideas.list_ideas(current_account_id(), query.site_id, query.values), IdeaShown.of)


@api_endpoint("GET", "/planner/ideas/<int:idea_id>/", READ, module="planner")
def show_idea(idea_id: int) -> IdeaShown:
    """One idea, with its ETag."""
    return IdeaShown.of(owned(Idea, idea_id, current_account_id()))


@api_endpoint("POST", "/planner/ideas/", WRITE, module="planner", status=201)
def add_idea(body: NewIdea) -> IdeaShown:
    """Add an idea to a cluster. 409 when the cluster has one of this title."""
    return IdeaShown.of(ideas.create_idea(current_account_id(), body.site_id, body.form()))


@api_endpoint("PUT", "/planner/ideas/<int:idea_id>/", WRITE, module="planner", matches=True)
def change_idea(idea_id: int, body: PlanGiven) -> IdeaShown:
    """Change an idea; another `cluster_id` moves it. Fields that are left out are emptied."""
    return IdeaShown.of(ideas.update_idea(current_account_id(), idea_id, body.form(), expected=expected_etag()))


@api_endpoint("DELETE", "/planner/ideas/<int:idea_id>/", WRITE, module="planner", rehearses=True)
def remove_idea(idea_id: int) -> Count:
    """Delete an idea. A task that was made of it stays."""
    idea = owned(Idea, idea_id, current_account_id())
    return Count(count=actions.delete_ideas(idea.account_id, current_actor(), idea.site_id, Selection([idea_id])))


@api_endpoint("POST", "/planner/ideas/generate/", WRITE, module="planner", status=202)
def find_ideas(body: ClusterIds) -> RunShown:
    """Find ideas for clusters of one site: a run."""
    account_id, ids = current_account_id(), list(dict.fromkeys(body.cluster_ids))
    site_id = owned_many(Cluster, ids, account_id)[0].site_id
    return RunShown.of(actions.start_ideas_for_clusters(account_id, current_actor(), site_id, ids))
