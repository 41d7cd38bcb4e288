"""The dashboard's facts: how far the pipeline is, and the next step."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from app.content.models import Content
from app.extensions import db
from app.planner.models import Cluster, Idea, Keyword
from app.sites.models import Site
from app.writer.models import Task


@dataclass(frozen=True)
class Overview:
    """Counts of one site (or zeros without one), in the order of the pipeline."""

    keywords: int = 0
    unclustered: int = 0
    clusters: int = 0
    ideas: int = 0
    queued_tasks: int = 0
    drafts: int = 0
    published: int = 0


def overview(account_id: int, site: Site | None) -> Overview:
    """Count what the site has; each count is one indexed query."""
    if site is None:
        return Overview()

    def count(model: type[Keyword | Cluster | Idea | Task | Content], *where: ColumnElement[bool]) -> int:
        stmt = select(func.count()).select_from(model)
        stmt = stmt.where(model.account_id == account_id, model.site_id == site.id, *where)
        return db.session.scalar(stmt) or 0

    return Overview(
        keywords=count(Keyword),
        unclustered=count(Keyword, Keyword.cluster_id.is_(None)),
        clusters=count(Cluster),
        ideas=count(Idea, Idea.task_id.is_(None)),
        queued_tasks=count(Task, Task.status == "queued"),
        drafts=count(Content, Content.status == "draft"),
        published=count(Content, Content.status == "published"),
    )
