"""Which keywords of a cluster have live content, and where two pages compete for one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import load_only

from app.content.listing import IS_LIVE
from app.content.models import Content, content_keywords
from app.core.extensions import db
from app.planner.keywords.services import cluster_conditions, count_keywords
from app.planner.keywords.values import normalise_keyword
from app.planner.models import Cluster, Keyword

MOST_CONTENTS = 500


@dataclass(frozen=True, slots=True)
class Coverage:
    """`covered` of `keywords` have live content: one that was written for them, or has them as focus keyword.

    `competing`: the live contents, two or more, of each main focus keyword. `live` is how many contents are.
    """

    keywords: int
    covered: int
    live: int
    competing: list[tuple[str, list[Content]]]


def coverage_of(cluster: Cluster) -> Coverage:
    """The coverage as of now, from the cluster's live contents, the newest `MOST_CONTENTS` at most."""
    where = cluster_conditions(cluster)
    contents = _live_contents(cluster)
    focus = {normalise_keyword(keyword) for content in contents for keyword in content.focus_keywords}
    written_for = select(content_keywords.c.keyword_id).where(
        content_keywords.c.content_id.in_([content.id for content in contents])
    )
    covered = or_(Keyword.id.in_(written_for), Keyword.normalised.in_(focus))
    return Coverage(
        keywords=count_keywords(where),
        covered=db.session.scalar(select(func.count()).select_from(Keyword).where(*where, covered)) or 0,
        live=len(contents),
        competing=_competing(contents),
    )


def _live_contents(cluster: Cluster) -> Sequence[Content]:
    stmt = (
        select(Content)
        .options(load_only(Content.id, Content.title, Content.focus_keywords))
        .where(Content.account_id == cluster.account_id, Content.cluster_id == cluster.id)
        .where(IS_LIVE, Content.trashed_at.is_(None))
        .order_by(Content.id.desc())
        .limit(MOST_CONTENTS)
    )
    return db.session.scalars(stmt).all()


def _competing(contents: Sequence[Content]) -> list[tuple[str, list[Content]]]:
    by_keyword: dict[str, list[Content]] = defaultdict(list)
    for content in contents:
        if content.focus_keywords and (key := normalise_keyword(content.focus_keywords[0])):
            by_keyword[key].append(content)
    return [(rows[0].focus_keywords[0], rows) for rows in by_keyword.values() if len(rows) > 1]
