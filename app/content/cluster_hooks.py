"""What happens to content when clusters are merged. In the planner's transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select, update

from app.content.models import Content, content_keywords
from app.core.extensions import db
from app.planner import hooks
from app.thinker import uses


def move_content(source_id: int, target_id: int) -> None:
    """Move the content of the cluster that is merged away to the other."""
    stmt = update(Content).where(Content.cluster_id == source_id).values(cluster_id=target_id)
    db.session.execute(stmt.execution_options(synchronize_session=False))


def add_content_ids(cluster_id: int, ids: dict[str, list[int]]) -> None:
    """Add the ids of the cluster's content to `ids`."""
    stmt = select(Content.id).where(Content.cluster_id == cluster_id).order_by(Content.id)
    ids["contents"] = list(db.session.scalars(stmt))


def restore_content(target_id: int, source_id: int, ids: Mapping[str, list[int]]) -> None:
    """Give content back to the cluster when a merge is undone."""
    was_moved = (Content.id.in_(ids.get("contents", [])), Content.cluster_id == target_id)
    stmt = update(Content).where(*was_moved).values(cluster_id=source_id)
    db.session.execute(stmt.execution_options(synchronize_session=False))


def clusters_with_content(site_id: int) -> Select[Any]:
    """Ids of the clusters of the site that have content."""
    return select(Content.cluster_id).where(Content.site_id == site_id, Content.cluster_id.is_not(None))


def keywords_of_content(site_id: int) -> Select[Any]:
    """Ids of the keywords of the site's content."""
    stmt = select(content_keywords.c.keyword_id).join(Content, Content.id == content_keywords.c.content_id)
    return stmt.where(Content.site_id == site_id)


def content_titles(account_id: int, content_ids: Sequence[int]) -> dict[int, str]:
    """Titles by id, for Thinker's list of what was written with a prompt."""
    stmt = select(Content.id, Content.title).where(Content.account_id == account_id, Content.id.in_(content_ids))
    return {row.id: row.title for row in db.session.execute(stmt)}


def connect() -> None:
    """Register these functions with the hooks of the planner and Thinker."""
    hooks.cluster_merging.add(move_content)
    hooks.cluster_listing.add(add_content_ids)
    hooks.cluster_restored.add(restore_content)
    hooks.clusters_in_use.add(clusters_with_content)
    hooks.keywords_in_use.add(keywords_of_content)
    uses.titles_of.add(content_titles)
