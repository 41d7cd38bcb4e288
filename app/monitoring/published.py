"""What was published to a site, and how it goes: the dashboard's figures."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select

from app.core.clock import utcnow
from app.core.runs import Run
from app.extensions import db
from app.publishing.counters import counters_of
from app.publishing.models import SiteCounters
from app.publishing.services import KIND
from app.sites.models import Site

DAYS = 30


@dataclass(frozen=True)
class PublishFacts:
    """`counters` is None before the first publish. The rate is in per cent, the average in seconds, of 30 days."""

    counters: SiteCounters | None
    success_rate: float | None
    average_seconds: float | None
    today: int

    @property
    def any(self) -> bool:
        """True when there is something to show."""
        return self.counters is not None or self.success_rate is not None or self.today > 0


def publish_facts(site: Site) -> PublishFacts:
    """The figures of one site, in three indexed queries."""
    now = utcnow()
    mine = (Run.account_id == site.account_id, Run.site_id == site.id, Run.kind == KIND)
    ended = select(
        func.count().filter(Run.state == "succeeded"), func.count(),
        func.avg(case((Run.state == "succeeded", func.extract("epoch", Run.ended_at - Run.started_at)))),
    ).where(*mine, Run.state.in_(("succeeded", "failed")), Run.ended_at > now - timedelta(days=DAYS))  # fmt: skip
    succeeded, total, average = db.session.execute(ended).one()
    waiting = select(func.count()).where(*mine, Run.state == "queued", Run.due_at < _end_of_day(now, site.time_zone))
    return PublishFacts(
        counters_of(site.account_id, [site.id]).get(site.id), 100 * succeeded / total if total else None,
        float(average) if average is not None else None, db.session.scalar(waiting) or 0,
    )  # fmt: skip


def _end_of_day(now: datetime, zone: str) -> datetime:
    local = now.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)
