"""What happens to content when clusters are merged. In the planner's transaction."""

from sqlalchemy import update

from app.content.models import Content
from app.core import hooks
from app.core.extensions import db


def move_content(source_id: int, target_id: int) -> None:
    """Content of the cluster that goes belongs to the other."""
    stmt = update(Content).where(Content.cluster_id == source_id).values(cluster_id=target_id)
    db.session.execute(stmt.execution_options(synchronize_session=False))


def connect() -> None:
    """Be asked by the planner from now on."""
    hooks.cluster_merging.add(move_content)
