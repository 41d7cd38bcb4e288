"""What needs a person, over all sites of an account, and what a site still has to tell: the dashboard's list."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, selectinload

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.mirror.models import RemoteChange
from app.publishing.run_kinds import PUBLISH
from app.sites.error_codes import all_error_codes
from app.sites.models import Site, WordPressConnection

FAILED_FOR = timedelta(days=7)
MOST = 20


@dataclass(frozen=True)
class Problem:
    """One line: what, where, and where to go. `kind`: site, conflicts or publish (of `content_id`)."""

    kind: str
    site: Site
    message: str
    count: int = 1
    content_id: int | None = None


@dataclass(frozen=True)
class Lag:
    """What a site's plugin has not told yet, and when it was last in touch."""

    depth: int
    oldest_at: datetime | None
    last_sync_at: datetime | None


def problems(account_id: int) -> list[Problem]:
    """Sites that are lost, moved or not well, conflicts, and publishes that failed in the last week."""
    stmt = select(Site).where(Site.account_id == account_id).options(selectinload(Site.connection))
    sites = {site.id: site for site in db.session.scalars(stmt)}
    return [*_sites(account_id, sites), *_conflicts(account_id, sites), *_publishes(account_id, sites)][:MOST]


def _sites(account_id: int, sites: dict[int, Site]) -> list[Problem]:
    stmt = select(WordPressConnection.site_id, WordPressConnection.health_error).where(
        WordPressConnection.account_id == account_id, WordPressConnection.health.in_(("lost", "moved"))
    )
    rows = [row for row in db.session.execute(stmt) if row[0] in sites and sites[row[0]].is_active]
    return [
        Problem("site", sites[row[0]], str((row[1] or {}).get("message") or "WordPress does not answer."))
        for row in rows
    ]


def _conflicts(account_id: int, sites: dict[int, Site]) -> list[Problem]:
    stmt = select(Content.site_id, func.count()).where(Content.account_id == account_id, Content.sync_state == "both")
    rows = db.session.execute(stmt.group_by(Content.site_id).order_by(Content.site_id))
    return [
        Problem("conflicts", sites[row[0]], "Changed here and in WordPress", row[1]) for row in rows if row[0] in sites
    ]


def _publishes(account_id: int, sites: dict[int, Site]) -> list[Problem]:
    """Content whose newest publish failed."""
    later = aliased(Run)
    newer = select(later.id).where(
        later.account_id == account_id,
        later.subject_type == "content",
        later.subject_id == Run.subject_id,
        later.kind == PUBLISH.name,
        later.created_at > Run.created_at,
    )
    stmt = (
        select(Run.site_id, Run.subject_id, Run.title, Run.error, Run.ended_at)
        .where(Run.account_id == account_id, Run.kind == PUBLISH.name, Run.state == "failed", ~newer.exists())
        .where(Run.ended_at > utcnow() - FAILED_FOR)
        .order_by(Run.ended_at.desc())
        .limit(MOST)
    )
    return [
        Problem("publish", sites[row[0]], _failed(sites[row[0]], row[2], row[3] or {}, row[4]), content_id=row[1])
        for row in db.session.execute(stmt)
        if row[0] in sites
    ]


def _failed(site: Site, title: str, error: dict[str, Any], ended_at: datetime) -> str:
    """What failed and why; a connection that was mended since is no reason any more."""
    link, entry = site.connection, all_error_codes().get(str(error.get("code")))
    mended = (
        link is not None and link.state == "connected" and link.checked_at is not None and link.checked_at > ended_at
    )
    if mended and entry is not None and entry.group == "connection":
        return f"{title} failed. WordPress answers again: publish once more."
    return f"{title} failed: {error.get('message', '')}"


def lag_of(site: Site) -> Lag | None:
    """What the last health check said of the site's outbox; None before the first."""
    link = site.connection
    if link is None or link.health_at is None:
        return None
    outbox: dict[str, Any] = link.health_report.get("outbox") or {}
    last_change_at = db.session.scalar(
        select(RemoteChange.created_at).where(RemoteChange.site_id == site.id).order_by(RemoteChange.id.desc()).limit(1)
    )
    contacts = [
        instant for instant in (last_change_at, _instant(outbox.get("last_delivered_at"))) if instant is not None
    ]
    return Lag(int(outbox.get("depth") or 0), _instant(outbox.get("oldest_at")), max(contacts, default=None))


def _instant(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
