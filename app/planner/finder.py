"""Finding a cluster from anywhere (Ctrl+K)."""

from dataclasses import replace

from sqlalchemy import select

from app.core.features import MOST_FOUND, FoundItem
from app.core.listing.pages import fetch_page
from app.planner.lists import CLUSTER_LIST
from app.planner.models import Cluster


def find_clusters(account_id: int, site_id: int, words: str) -> list[FoundItem]:
    """Clusters of the site whose names or descriptions have these words."""
    spec = replace(CLUSTER_LIST, per_page=MOST_FOUND)
    query = spec.read({"q": words, "sort": "name"})
    if not query.q:
        return []
    stmt = select(Cluster).where(*spec.where(account_id, site_id, query))
    return [
        FoundItem(row.name, "planner.cluster", {"cluster_id": row.id}) for row in fetch_page(spec, query, stmt).items
    ]
