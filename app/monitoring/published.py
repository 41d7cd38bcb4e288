"""The figures of a site's dashboard: what is published, what WordPress has, and how the two differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.content import state
from app.content.listing import CONTENT_LIST
from app.content.models import Content
from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.pages import count_to_cap
from app.mirror.models import RemoteRelation
from app.mirror.relations import SECTOR
from app.planner.clusters import figures
from app.publishing.counters import counters_of
from app.sites.models import Sector, Site
from app.taxonomy.models import ContentTaxonomy


@dataclass(frozen=True)
class PublishFacts:
    """What visitors of the site see, by content type, and how many of its terms WordPress has, by our type.

    `clusters` are those with something live, `sectors` those that WordPress has a term for.
    """

    by_type: dict[str, int]
    terms: dict[str, int]
    clusters: int
    sectors: int
    last_publish_at: datetime | None


@dataclass(frozen=True)
class DifferenceCount:
    """How many contents differ from WordPress in one way: the rows of the list under `filters`.

    `is_exact` is False when counting was stopped at a limit.
    """

    label: str
    filters: Mapping[str, str]
    tone: str
    count: int
    is_exact: bool = True

    @property
    def counted(self) -> str:
        """The count as its list says it."""
        return f"{self.count:,}{'' if self.is_exact else '+'}"


def publish_facts(site: Site, facts: figures.SiteFigures) -> PublishFacts:
    """The figures of one site, in a handful of indexed queries; `facts` are those that are kept."""
    counters = counters_of(site.account_id, [site.id]).get(site.id)
    return PublishFacts(
        figures.live_by_type(site.account_id, site.id),
        _terms(site),
        facts.live_clusters,
        _sectors(site),
        counters.last_publish_at if counters else None,
    )


def _terms(site: Site) -> dict[str, int]:
    """How many categories, tags and so on the site has in WordPress."""
    kind = ContentTaxonomy.taxonomy_type
    stmt = select(kind, func.count()).where(
        ContentTaxonomy.account_id == site.account_id,
        ContentTaxonomy.site_id == site.id,
        ContentTaxonomy.external_id.is_not(None),
    )
    return {row[0]: row[1] for row in db.session.execute(stmt.group_by(kind))}


def _sectors(site: Site) -> int:
    """How many of the site's sectors WordPress has."""
    there = select(RemoteRelation.our_id).where(RemoteRelation.site_id == site.id, RemoteRelation.taxonomy == SECTOR)
    stmt = select(func.count()).where(Sector.site_id == site.id, Sector.id.in_(there))
    return db.session.scalar(stmt) or 0


def difference_counts(site: Site, facts: figures.SiteFigures) -> list[DifferenceCount]:
    """How much of the site's content differs from WordPress, in each way; `facts` are its figures."""
    theirs = {"sync": "theirs"}
    where = CONTENT_LIST.where(site.account_id, site.id, CONTENT_LIST.read(theirs))
    return [
        _of_state(state.LIVE_CHANGED, "series-1", facts.live_changed),
        DifferenceCount(
            N_("Changed in WordPress"), theirs, "series-warn", *count_to_cap(select(Content.id).where(*where))
        ),
        _of_state(state.CONFLICT, "series-bad", facts.conflicts),
        _of_state(state.WP_TRASH, "series-calm", facts.in_wp_trash),
        _of_state(state.GONE, "series-calm", facts.gone),
    ]


def _of_state(name: str, tone: str, count: int) -> DifferenceCount:
    return DifferenceCount(state.LABELS[name], {"state": name}, tone, count)
