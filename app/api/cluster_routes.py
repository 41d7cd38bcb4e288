"""Clusters and ideas."""

from typing import Any

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
from app.planner.clusters import services as clusters
from app.planner.ideas import services as ideas
from app.planner.lists import CLUSTER_LIST, IDEA_LIST
from app.planner.models import Cluster, Idea

READ, WRITE = Permission.PLANNER_READ, Permission.PLANNER_WRITE
CLUSTERS = ApiList(
    CLUSTER_LIST,
    {
        "sector": "The id of a sector, or `none`.",
        "live": "`1` for those with something that visitors see.",
        "uncovered": "`1` for those without any content.",
    },
)
IDEAS = ApiList(
    IDEA_LIST,
    {
        "cluster": "The id of a cluster.",
        "type": "Article, Page, Product or Taxonomy.",
        "structure": "A structure, such as `guide`.",
        "state": "`open`, or `used` for those with a task.",
    },
)


class ClusterShown(Shown):
    """A cluster: a topic of a site."""

    id: RowId = Field(examples=[3])
    site_id: int = Field(examples=[1])
    name: str = Field(examples=["Trail running"])
    description: str = Field(examples=["Shoes and clothes for trails."])
    sector_id: int | None = Field(examples=[None])
    created_at: Instant
    etag: str = Field(examples=["1f0c4d"])

    @classmethod
    def of(cls, row: Cluster) -> "ClusterShown":
        """The cluster as it is answered."""
        return cls(
            id=row.id,
            site_id=row.site_id,
            name=row.name,
            description=row.description or "",
            sector_id=row.sector_id,
            created_at=row.created_at,
            etag=etag(clusters.stored_words(row)),
        )


class ClusterRowShown(ClusterShown):
    """A cluster with its figures: `volume` is searches a month of all its keywords."""

    keywords: int = Field(examples=[12])
    volume: int = Field(examples=[4200])
    ideas: int = Field(examples=[5])
    contents: int = Field(examples=[2])

    @classmethod
    def of_row(cls, row: clusters.ClusterRow) -> "ClusterRowShown":
        """A row of the list as it is answered."""
        own: dict[str, Any] = ClusterShown.of(row.cluster).model_dump()
        figures: dict[str, Any] = {
            "keywords": row.keywords,
            "volume": row.volume,
            "ideas": row.ideas,
            "contents": row.contents,
        }
        return cls(**own, **figures)


class ClusterGiven(Given):
    """Name and description of a cluster."""

    name: str = Field(min_length=1, max_length=200, examples=["Trail running"])
    description: str = Field("", max_length=5000, examples=["Shoes and clothes for trails."])


class NewCluster(ClusterGiven):
    """An empty cluster of a site."""

    site_id: RowId = Field(examples=[1])


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
    content_structure: str = Field(examples=["guide"])
    primary_keyword: str = Field(examples=["trail running shoes"])
    tone: str = Field(examples=[""])
    country: str | None = Field(examples=["US"])
    task_id: int | None = Field(examples=[None])
    created_at: Instant


@api_endpoint("GET", "/planner/clusters/", READ, module="planner", listed=CLUSTERS)
def show_clusters(query: SiteListParameters) -> RowPage[ClusterRowShown]:
    """List the clusters of a site with their figures."""
    CLUSTERS.read(query)
    page = clusters.list_clusters(current_account_id(), query.site_id, query.values)
    return list_page(page, ClusterRowShown.of_row)


@api_endpoint("GET", "/planner/clusters/<int:cluster_id>/", READ, module="planner")
def show_cluster(cluster_id: int) -> ClusterShown:
    """One cluster, with its ETag."""
    return ClusterShown.of(clusters.cluster_of(current_account_id(), cluster_id))


@api_endpoint("POST", "/planner/clusters/", WRITE, module="planner", status=201)
def add_cluster(body: NewCluster) -> ClusterShown:
    """Add an empty cluster. 409 when the site has one of this name."""
    return ClusterShown.of(clusters.create_cluster(current_account_id(), body.site_id, body.name, body.description))


@api_endpoint("PUT", "/planner/clusters/<int:cluster_id>/", WRITE, module="planner", matches=True)
def change_cluster(cluster_id: int, body: ClusterGiven) -> ClusterShown:
    """Change name and description of a cluster."""
    cluster = actions.update_cluster(
        current_account_id(),
        current_actor(),
        cluster_id,
        name=body.name,
        description=body.description,
        expected=expected_etag(),
    )
    return ClusterShown.of(cluster)


@api_endpoint("DELETE", "/planner/clusters/<int:cluster_id>/", WRITE, module="planner")
def remove_cluster(cluster_id: int) -> Count:
    """Delete a cluster: its keywords stay, its ideas go. 409 while it has tasks."""
    return Count(count=actions.delete_clusters(current_account_id(), current_actor(), [cluster_id]))


@api_endpoint("GET", "/planner/ideas/", READ, module="planner", listed=IDEAS)
def show_ideas(query: SiteListParameters) -> RowPage[IdeaShown]:
    """List the ideas of a site."""
    IDEAS.read(query)
    return list_page(ideas.list_ideas(current_account_id(), query.site_id, query.values), IdeaShown.model_validate)


@api_endpoint("GET", "/planner/ideas/<int:idea_id>/", READ, module="planner")
def show_idea(idea_id: int) -> IdeaShown:
    """One idea."""
    return IdeaShown.model_validate(owned(Idea, idea_id, current_account_id()))


@api_endpoint("DELETE", "/planner/ideas/<int:idea_id>/", WRITE, module="planner")
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
