"""The dashboard's facts: how far the pipeline is, and the next step."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from app.content.listing import count_content
from app.core.extensions import db
from app.planner.ideas import count_open
from app.planner.models import Cluster, Keyword
from app.sites.models import Site
from app.writer.services import count_queued


@dataclass(frozen=True)
class Overview:
    """Counts of one site (or zeros without one), in the order of the pipeline: each is that of the list it links to.

    `live` is content that WordPress shows and that was not published from here.
    """

    keywords: int = 0
    unclustered: int = 0
    clusters: int = 0
    ideas: int = 0
    queued_tasks: int = 0
    drafts: int = 0
    live: int = 0
    published: int = 0

    @property
    def pieces(self) -> int:
        """All content of the site."""
        return self.drafts + self.live + self.published


def overview(account_id: int, site: Site | None) -> Overview:
    """Count what the site has; each count is one indexed query."""
    if site is None:
        return Overview()

    def count(model: type[Keyword | Cluster], *where: ColumnElement[bool]) -> int:
        stmt = select(func.count()).select_from(model)
        stmt = stmt.where(model.account_id == account_id, model.site_id == site.id, *where)
        return db.session.scalar(stmt) or 0

    def content(status: str) -> int:
        return count_content(account_id, site.id, status=status)

    return Overview(
        keywords=count(Keyword),
        unclustered=count(Keyword, Keyword.cluster_id.is_(None)),
        clusters=count(Cluster),
        ideas=count_open(account_id, site.id, {}),
        queued_tasks=count_queued(account_id, site.id, {}),
        drafts=content("draft"),
        live=content("live"),
        published=content("published"),
    )
