"""Clusters as rows on which the prompt for ideas can be tried."""

from sqlalchemy import select

from app.ai.tasks.ideas import IDEAS
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.listing.search import Search
from app.core.request_ids import parse_id
from app.core.tenancy import owned
from app.planner.ideas.runs import ideas_request
from app.planner.models import Cluster
from app.thinker import rows

KIND = "cluster:"


def clusters(account_id: int, operation: str, words: str) -> list[rows.Row]:
    """The newest clusters whose name has these words."""
    if operation != IDEAS.key:
        return []
    is_found = Search(Cluster.search, Cluster.name).where(words)
    stmt = select(Cluster.id, Cluster.name, Cluster.site_id).where(Cluster.account_id == account_id, *is_found)
    rows_found = db.session.execute(stmt.order_by(Cluster.id.desc()).limit(rows.AT_MOST))
    return [rows.Row(f"{KIND}{row.id}", row.name, row.site_id) for row in rows_found]


def cluster_case(account_id: int, operation: str, key: str) -> rows.Case | None:
    """What is asked about this cluster."""
    cluster_id = parse_id(key.removeprefix(KIND)) if operation == IDEAS.key and key.startswith(KIND) else None
    if cluster_id is None:
        return None
    try:
        cluster = owned(Cluster, cluster_id, account_id)
    except NotFound:
        return None
    return rows.Case(rows.Row(key, cluster.name, cluster.site_id), ideas_request(cluster))


def connect() -> None:
    """Be asked by Thinker from now on."""
    rows.rows_for.add(clusters)
    rows.case_for.add(cluster_case)
