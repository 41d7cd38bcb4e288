"""Clusters: a site's topics, and which keywords they have."""

from typing import Any

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_etag
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.shapes import Count, Done, Given, Instant, RowId, RowIds, RowPage, Shown
from app.core.access import current_account_id, current_actor
from app.core.edits import etag
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.tenancy import owned_many
from app.planner import actions
from app.planner.clusters import services as clusters
from app.planner.lists import CLUSTER_LIST
from app.planner.models import Cluster, Keyword

READ, WRITE = Permission.PLANNER_READ, Permission.PLANNER_WRITE
CLUSTERS = ApiList(
    CLUSTER_LIST,
    {
        "sector": "The id of a sector, or `none`.",
        "live": "`1` for those with something that visitors see.",
        "uncovered": "`1` for those without any content.",
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


class MergeGiven(Given):
    """Clusters of one site, and the one of it that takes what they hold."""

    cluster_ids: RowIds = Field(examples=[[3]])
    target_id: RowId = Field(examples=[4])


class MergedShown(Shown):
    """The cluster that took the others in; `dropped` ideas were there twice."""

    cluster: ClusterShown
    dropped: int = Field(examples=[0])


class MoveKeywordsGiven(Given):
    """Keywords of a site, and the cluster that they go to: null takes them out of theirs."""

    site_id: RowId = Field(examples=[1])
    keyword_ids: RowIds = Field(examples=[[7]])
    cluster_id: RowId | None = Field(examples=[3])


class KeywordsMovedShown(Shown):
    """How many of the keywords changed their cluster. `change_id` is what can be undone, null where nothing changed."""

    count: int = Field(examples=[1])
    cluster: str | None = Field(examples=["Trail running"])
    change_id: int | None = Field(examples=[12])


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


@api_endpoint("DELETE", "/planner/clusters/<int:cluster_id>/", WRITE, module="planner", rehearses=True)
def remove_cluster(cluster_id: int) -> Count:
    """Delete a cluster: its keywords stay, its ideas go. 409 while it has tasks."""
    return Count(count=actions.delete_clusters(current_account_id(), current_actor(), [cluster_id]))


@api_endpoint("POST", "/planner/clusters/merge/", WRITE, module="planner", rehearses=True)
def merge_clusters(body: MergeGiven) -> MergedShown:
    """Merge clusters into one: their keywords, ideas and tasks go there, and they are deleted. Can be undone."""
    account_id, ids = current_account_id(), list(dict.fromkeys(body.cluster_ids))
    cluster, dropped = actions.merge_clusters(account_id, current_actor(), ids, body.target_id)
    return MergedShown(cluster=ClusterShown.of(cluster), dropped=dropped)


@api_endpoint("POST", "/planner/keywords/move/", WRITE, module="planner", rehearses=True)
def move_keywords(body: MoveKeywordsGiven) -> KeywordsMovedShown:
    """Move keywords of a site to another cluster, or out of their clusters. Can be undone."""
    chosen, target = Selection(list(body.keyword_ids)), str(body.cluster_id or clusters.NONE)
    owned_many(Keyword, body.keyword_ids, current_account_id())
    moved = actions.move_keywords(current_account_id(), current_actor(), body.site_id, chosen, target)
    return KeywordsMovedShown.model_validate(moved)


@api_endpoint("POST", "/planner/changes/<int:change_id>/undo/", WRITE, module="planner")
def undo_cluster_change(change_id: int) -> Done:
    """Undo a change of clusters: a move of keywords, a merge or another name. 409 when it was undone already."""
    return Done(says=actions.undo_change(current_account_id(), current_actor(), change_id), count=1)
