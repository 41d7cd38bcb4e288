"""What happens to content when clusters are merged. In the planner's transaction."""

from collections.abc import Mapping

from sqlalchemy import select, update

from app.content.models import Content
from app.core import hooks
from app.core.extensions import db


def move_content(source_id: int, target_id: int) -> None:
    """Content of the cluster that goes belongs to the other."""
    stmt = update(Content).where(Content.cluster_id == source_id).values(cluster_id=target_id)
    db.session.execute(stmt.execution_options(synchronize_session=False))


def list_content(cluster_id: int, ids: dict[str, list[int]]) -> None:
    """Say which of ours are the cluster's."""
    stmt = select(Content.id).where(Content.cluster_id == cluster_id).order_by(Content.id)
    ids["contents"] = list(db.session.scalars(stmt))


def restore_content(target_id: int, source_id: int, ids: Mapping[str, list[int]]) -> None:
    """A merge is taken back."""
    mine = (Content.id.in_(ids.get("contents", [])), Content.cluster_id == target_id)
    stmt = update(Content).where(*mine).values(cluster_id=source_id)
    db.session.execute(stmt.execution_options(synchronize_session=False))


def connect() -> None:
    """Be asked by the planner from now on."""
    hooks.cluster_merging.add(move_content)
    hooks.cluster_listing.add(list_content)
    hooks.cluster_restored.add(restore_content)
