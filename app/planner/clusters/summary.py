"""What an editor needs to know first about a cluster: what people want, how much they search, how hard it is."""

from dataclasses import dataclass

from sqlalchemy import func, select

from app.core.extensions import db
from app.planner.keywords.services import cluster_conditions
from app.planner.models import Cluster, Keyword


@dataclass(frozen=True, slots=True)
class ClusterSummary:
    """`difficulty` is the mean of the `rated` keywords that have one; `intents` are shares in per cent, largest first,
    of the keywords whose intent is known; `parent_topic` is the most searched keyword.
    """

    keywords: int
    volume: int
    without_volume: int
    difficulty: int | None
    rated: int
    intents: list[tuple[str, int]]
    parent_topic: Keyword | None


def cluster_summary(cluster: Cluster) -> ClusterSummary:
    """The summary as of now."""
    where = cluster_conditions(cluster)
    figures = select(
        func.count(),
        func.coalesce(func.sum(Keyword.volume), 0),
        func.count(Keyword.volume),
        func.avg(Keyword.difficulty),
        func.count(Keyword.difficulty),
    )
    total, volume, with_volume, difficulty, rated = db.session.execute(figures.where(*where)).one()
    most_searched = Keyword.volume.desc().nulls_last(), Keyword.id
    return ClusterSummary(
        keywords=total,
        volume=int(volume),
        without_volume=total - with_volume,
        difficulty=None if difficulty is None else round(difficulty),
        rated=rated,
        intents=_intents(cluster),
        parent_topic=db.session.scalar(select(Keyword).where(*where).order_by(*most_searched).limit(1)),
    )


def _intents(cluster: Cluster) -> list[tuple[str, int]]:
    number = func.count()
    stmt = select(Keyword.intent, number).where(*cluster_conditions(cluster), Keyword.intent.is_not(None))
    rows = db.session.execute(stmt.group_by(Keyword.intent).order_by(number.desc(), Keyword.intent)).all()
    with_intent = sum(row[1] for row in rows)
    return [(intent, round(100 * many / with_intent)) for intent, many in rows if intent]
