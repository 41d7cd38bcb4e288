"""The dashboard's list of what needs attention, over all sites of an account, and of what waits in a site's outbox."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import defer, selectinload

from app.automation.figures import rules_to_look_at
from app.content.models import Content
from app.core.extensions import db
from app.core.languages import gettext
from app.core.listing.pages import count_to_cap
from app.core.runs import Run
from app.mirror.models import RemoteChange
from app.monitoring.activity import needs_attention
from app.planner.clusters.figures import SiteFigures
from app.publishing.run_kinds import PUBLISH
from app.sites.error_codes import all_error_codes
from app.sites.health import CONNECTED, DEGRADED, LOST, MOVED, report_problems
from app.sites.models import Site, WordPressConnection

MOST = 8


@dataclass(frozen=True)
class Problem:
    """One line: what, where, and where to go.

    `kind`: site (lost, moved or unhealthy), conflicts, gone, held (executions of rules), rules (that switched
    themselves off), publish (of `content_id`), run, or more (the failed runs beyond those listed). `site` is None for
    work that belongs to no site.
    """

    kind: str
    site: Site | None
    message: str
    count: int = 1
    content_id: int | None = None
    run_id: UUID | None = None
    is_severe: bool = False


@dataclass(frozen=True)
class OutboxLag:
    """What a site's plugin has not reported yet, and when it was last in touch."""

    depth: int
    oldest_at: datetime | None
    last_sync_at: datetime | None


def list_problems(account_id: int, of_sites: Mapping[int, SiteFigures], site_id: int | None = None) -> list[Problem]:
    """What a person has to fix or decide, on one site or on all: sites, failed runs, conflicts, posts that are gone.

    Severe problems come first. Only the newest MOST of the failed runs have a line each. `of_sites` are the figures of
    the sites, by their ids.
    """
    stmt = select(Site).where(Site.account_id == account_id).options(selectinload(Site.connection))
    sites = {site.id: site for site in db.session.scalars(stmt) if site_id is None or site.id == site_id}
    problems = [
        *_sites(sites),
        *_runs(account_id, sites, site_id),
        *_differences(sites, of_sites),
        *_of_rules(account_id, sites),
    ]
    return sorted(problems, key=lambda problem: not problem.is_severe)


def _sites(sites: dict[int, Site]) -> list[Problem]:
    return [
        Problem("site", site, _what_is_wrong(site.connection), is_severe=site.connection.health != DEGRADED)
        for site in sites.values()
        if site.is_active and site.connection and site.connection.health in (LOST, MOVED, DEGRADED)
    ]


def _what_is_wrong(link: WordPressConnection) -> str:
    if link.health == DEGRADED:
        problems = report_problems(link.health_report)
        if not problems:
            return gettext("WordPress needs attention.")
        first = problems[0]
        return f"{gettext(str(first['label']))}: {_stored(first['problem'])}"
    return _stored((link.health_error or {}).get("message")) or gettext("WordPress does not answer.")


def _stored(text: object) -> str:
    """A text that is stored in English, in the language of the request; empty when there is none."""
    return gettext(str(text)) if text else ""


def _differences(sites: dict[int, Site], of_sites: Mapping[int, SiteFigures]) -> list[Problem]:
    """Conflicts, and what was deleted in WordPress."""
    pairs = [(site, of_sites[site.id]) for site in sites.values() if site.id in of_sites]
    conflicts = [
        Problem("conflicts", site, gettext("Changed here and in WordPress"), figures.conflicts)
        for site, figures in pairs
        if figures.conflicts
    ]
    gone = [
        Problem("gone", site, gettext("Deleted in WordPress"), figures.gone) for site, figures in pairs if figures.gone
    ]
    return [*conflicts, *gone]


def _of_rules(account_id: int, sites: dict[int, Site]) -> list[Problem]:
    """Rules that were set off too often and wait for a decision, and those that switched themselves off."""
    counts = rules_to_look_at(account_id)
    words = (
        ("held", "held", gettext("Held executions of rules")),
        ("rules", "gave_up", gettext("Rules that switched themselves off")),
    )
    return [
        Problem(kind, site, message, counts[what][site_id])
        for kind, what, message in words
        for site_id, site in sites.items()
        if site_id in counts.get(what, {})
    ]


def _runs(account_id: int, sites: dict[int, Site], site_id: int | None) -> list[Problem]:
    """Failed runs that were not followed by another."""
    where = [Run.account_id == account_id, *needs_attention()]
    if site_id is not None:
        where.append(Run.site_id == site_id)
    runs = db.session.scalars(select(Run).where(*where).order_by(Run.ended_at.desc()).limit(MOST + 1)).all()
    ids = [run.subject_id for run in runs if run.kind == PUBLISH.name]
    published = db.session.scalars(select(Content).where(Content.id.in_(ids)).options(defer(Content.content_html)))
    contents = {content.id: content for content in published}
    lines = [_line(run, sites, contents.get(run.subject_id or 0)) for run in runs[:MOST]]
    if len(runs) > MOST:
        count, exact = count_to_cap(select(Run.id).where(*where))
        more = Problem("more", sites.get(site_id or 0), "", count, is_severe=True)
        lines.append(more if exact else replace(more, message="at least"))
    return lines


def _line(run: Run, sites: dict[int, Site], content: Content | None) -> Problem:
    site = sites.get(run.site_id or 0)
    if site is not None and content is not None:
        return Problem("publish", site, _failed(site, run, content), content_id=content.id, is_severe=True)
    why = _stored((run.error or {}).get("message")) or gettext("It did not finish.")
    return Problem(
        "run", site, gettext("%(title)s failed: %(why)s", title=run.title, why=why), run_id=run.id, is_severe=True
    )


def _failed(site: Site, run: Run, content: Content) -> str:
    """What failed and why.

    A cause that was fixed since, or that the content's changes may have removed, is not repeated.
    """
    error: dict[str, Any] = run.error or {}
    link, entry = site.connection, all_error_codes().get(str(error.get("code")))
    if content.changed_since(run.ended_at):
        return gettext(
            "%(title)s failed, and the content was changed since: check it and publish once more.", title=run.title
        )
    mended = (
        link is not None
        and link.state == "connected"
        and link.checked_at is not None
        and run.ended_at is not None
        and link.checked_at > run.ended_at
    )
    if mended and entry is not None and entry.group == "connection":
        return gettext("%(title)s failed. WordPress answers again: publish once more.", title=run.title)
    return gettext("%(title)s failed: %(why)s", title=run.title, why=_stored(error.get("message")))


def outbox_lag(site: Site) -> OutboxLag | None:
    """What the last health check said about the site's outbox; None while the plugin has not answered one."""
    link = site.connection
    if link is None or link.health not in (CONNECTED, DEGRADED):
        return None
    outbox: dict[str, Any] = link.health_report.get("outbox") or {}
    last_change_at = db.session.scalar(
        select(RemoteChange.created_at).where(RemoteChange.site_id == site.id).order_by(RemoteChange.id.desc()).limit(1)
    )
    contacts = [
        instant for instant in (last_change_at, _instant(outbox.get("last_delivered_at"))) if instant is not None
    ]
    return OutboxLag(int(outbox.get("depth") or 0), _instant(outbox.get("oldest_at")), max(contacts, default=None))


def _instant(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
