"""What was published to a site, and how it goes: the dashboard's figures."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select

from app.content.listing import count_content, count_published_clusters
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.planner.models import CONTENT_TYPES
from app.publishing.calendar import end_of_day
from app.publishing.counters import counters_of
from app.publishing.run_kinds import PUBLISH
from app.publishing.schedule import count_due
from app.sites.models import Site
from app.taxonomy.models import ContentTaxonomy

DAYS = 30


@dataclass(frozen=True)
class PublishFacts:
    """What of the site is published from here, by content type, and which of its terms WordPress has, by our type.

    `clusters` are those with something published. The rate is in per cent, the average in seconds, of 30 days.
    """

    by_type: dict[str, int]
    terms: dict[str, int]
    clusters: int
    last_publish_at: datetime | None
    success_rate: float | None
    average_seconds: float | None
    today: int

    @property
    def any(self) -> bool:
        """True when there is something to show."""
        return bool(self.by_type) or self.success_rate is not None or self.today > 0


def publish_facts(site: Site) -> PublishFacts:
    """The figures of one site, in a handful of indexed queries."""
    now = utcnow()
    conditions = (Run.account_id == site.account_id, Run.site_id == site.id, Run.kind == PUBLISH.name)
    ended = select(
        func.count().filter(Run.state == "succeeded"),
        func.count(),
        func.avg(case((Run.state == "succeeded", func.extract("epoch", Run.ended_at - Run.started_at)))),
    ).where(*conditions, Run.state.in_(("succeeded", "failed")), Run.ended_at > now - timedelta(days=DAYS))
    succeeded, total, average = db.session.execute(ended).one()
    counters = counters_of(site.account_id, [site.id]).get(site.id)
    return PublishFacts(
        {kind: published for kind in CONTENT_TYPES if (published := _published(site, kind))},
        _terms(site),
        count_published_clusters(site.account_id, site.id),
        counters.last_publish_at if counters else None,
        100 * succeeded / total if total else None,
        float(average) if average is not None else None,
        count_due(site.account_id, end_of_day(now, ZoneInfo(site.time_zone)), site.id),
    )


def _published(site: Site, content_type: str) -> int:
    return count_content(site.account_id, site.id, status="published", type=content_type)


def _terms(site: Site) -> dict[str, int]:
    """How many categories, tags and so on the site has in WordPress."""
    kind = ContentTaxonomy.taxonomy_type
    stmt = select(kind, func.count()).where(
        ContentTaxonomy.account_id == site.account_id,
        ContentTaxonomy.site_id == site.id,
        ContentTaxonomy.external_id.is_not(None),
    )
    return {row[0]: row[1] for row in db.session.execute(stmt.group_by(kind))}
