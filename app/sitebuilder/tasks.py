"""The Writer task that each page's content comes with, in a cluster of the planned site's own.

Task and content are made together, and no event tells of them: the sections are written already, and no rule may write
them a second time or publish a page before its site (docs/decisions/0059).
"""

from typing import Any

from sqlalchemy import select

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.planner.moved_in import add_clusters
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.writer.moved_in import add_moved_tasks


def add_page_task(blueprint: SiteBlueprint, page: PageBlueprint, structure: str) -> tuple[int, int]:
    """A completed task for a page, and its cluster. Flushes."""
    cluster_id = _cluster_of_pages(blueprint)
    industry = str(blueprint.config.get("industry") or "")
    row = {
        **_of_site(blueprint),
        "cluster_id": cluster_id,
        "idea_id": None,
        "title": page.title[:300],
        "description": blueprint.name,
        "content_type": "Page",
        "content_structure": structure,
        "primary_keyword": (industry if page.page_type == "home" and industry else page.title)[:255],
        "status": "completed",
    }
    return add_moved_tasks([row])[0], cluster_id


def _cluster_of_pages(blueprint: SiteBlueprint) -> int:
    """The cluster that the site's pages are in; one with the name of the site when none of them is in any yet."""
    stmt = (
        select(Content.cluster_id)
        .join(PageBlueprint, PageBlueprint.content_id == Content.id)
        .where(
            PageBlueprint.blueprint_id == blueprint.id, Content.cluster_id.is_not(None), Content.task_id.is_not(None)
        )
        .order_by(Content.id)
        .limit(1)
    )
    present = db.session.scalar(stmt)
    if present is not None:
        return present
    return add_clusters(blueprint.site_id, [{**_of_site(blueprint), "name": blueprint.name}])[0][0]


def _of_site(blueprint: SiteBlueprint) -> dict[str, Any]:
    now = utcnow()
    return {"account_id": blueprint.account_id, "site_id": blueprint.site_id, "created_at": now, "updated_at": now}
