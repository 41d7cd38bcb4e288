"""The figures of a whole site, added up from those that the database keeps of its clusters."""

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from typing import Any

from sqlalchemy import func, select

from app.core.extensions import db
from app.planner.lists import LIVE
from app.planner.models import CONTENT_TYPES, ClusterFigures

IN_NONE = ClusterFigures.cluster_id == 0
_OF_TYPES = (
    ClusterFigures.live_articles,
    ClusterFigures.live_pages,
    ClusterFigures.live_products,
    ClusterFigures.live_term_pages,
)


@dataclass(frozen=True)
class SiteFigures:
    """What a site has. `live` is content that visitors see, of which `live_changed` and some `conflicts` differ here.

    `uncovered` clusters have no content at all, `live_clusters` have something that visitors see.
    """

    clusters: int = 0
    uncovered: int = 0
    live_clusters: int = 0
    keywords: int = 0
    unclustered: int = 0
    open_ideas: int = 0
    queued_tasks: int = 0
    contents: int = 0
    drafts: int = 0
    scheduled: int = 0
    live: int = 0
    live_changed: int = 0
    conflicts: int = 0
    in_wp_trash: int = 0
    gone: int = 0


def of_site(account_id: int, site_id: int) -> SiteFigures:
    """The figures of this site, as of the last commit."""
    return SiteFigures(*_whole(db.session.execute(_of(select(*_sums()), account_id, site_id)).one()))


def of_sites(account_id: int) -> dict[int, SiteFigures]:
    """The figures of each site of the account that may be seen, as of the last commit."""
    row = ClusterFigures
    stmt = select(row.site_id, *_sums()).where(row.account_id == account_id).group_by(row.site_id)
    return {found[0]: SiteFigures(*_whole(found[1:])) for found in db.session.execute(stmt)}


def added_up(sites: Iterable[SiteFigures]) -> SiteFigures:
    """The figures of several sites together (pure)."""
    rows = [astuple(site) for site in sites]
    return SiteFigures(*(sum(column) for column in zip(*rows, strict=True)))


def _sums() -> tuple[Any, ...]:
    """The figures in the order of SiteFigures."""
    row = ClusterFigures
    summed = (
        *(row.open_ideas, row.queued_tasks, row.contents, row.drafts, row.scheduled, LIVE),
        *(row.live_changed, row.conflicts, row.in_wp_trash, row.gone_contents),
    )
    return (
        func.count().filter(~IN_NONE),
        func.count().filter(~IN_NONE, row.contents == 0),
        func.count().filter(~IN_NONE, LIVE > 0),
        func.sum(row.keywords),
        func.sum(row.keywords).filter(IN_NONE),
        *(func.sum(figure) for figure in summed),
    )


def _whole(figures: Iterable[Any]) -> Iterator[int]:
    return (int(figure or 0) for figure in figures)


def unclustered(account_id: int, site_id: int) -> int:
    """How many of the site's keywords are in no cluster, as of the last commit."""
    stmt = _of(select(ClusterFigures.keywords), account_id, site_id).where(IN_NONE)
    return db.session.scalar(stmt) or 0


def live_by_type(account_id: int, site_id: int) -> dict[str, int]:
    """How much content of each type visitors of the site see; types with none are left out."""
    row = db.session.execute(_of(select(*map(func.sum, _OF_TYPES)), account_id, site_id)).one()
    return {kind: int(count) for kind, count in zip(CONTENT_TYPES, row, strict=True) if count}


def _of(stmt: Any, account_id: int, site_id: int) -> Any:
    return stmt.where(ClusterFigures.account_id == account_id, ClusterFigures.site_id == site_id)
