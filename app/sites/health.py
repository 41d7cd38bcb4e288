"""The health of a site: what a check found, when to check again, and what to show a person once. Makes no calls."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, func, or_, select, update

from app.core.clock import iso, utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import N_, gettext
from app.core.row_security import every_account
from app.sites.models import Site, WordPressConnection
from app.sites.wordpress_errors import wordpress_error

EVERY = timedelta(minutes=5)
SECOND_LOOK = timedelta(minutes=1)
LONGEST = timedelta(hours=1)
LEASE = timedelta(minutes=2)
AT_ONCE = 8
CONNECTED, DEGRADED, LOST, MOVED = "connected", "degraded", "lost", "moved"
C = WordPressConnection
KEPT = ("checks", "outbox", "stats", "versions", "home_url", "status", "old_plugin")
CHECKS = {
    "api_connection": N_("Calls to this app"),
    "database": N_("Database"),
    "media_uploads": N_("Uploads"),
    "taxonomy_creation": N_("Making terms"),
    "cron": N_("Scheduled tasks"),
    "outbox": N_("Changes waiting"),
    "disk": N_("Disk space"),
    "tables": N_("The plugin's tables"),
    "old_plugin": N_("The old plugin"),
}


@dataclass(frozen=True)
class OldPlugin:
    """What is at work of the plugin that ours takes the place of: hooks that cron calls, and files of plugins that are
    active; None where our plugin is too old to say.
    """

    hooks: list[str]
    plugins: list[str] | None

    @property
    def problem(self) -> str:
        """What of it still runs, in words; empty when nothing does."""
        if self.hooks:
            hooks = ", ".join(self.hooks[:5])
            return gettext("WordPress still calls scheduled work of the old plugin: %(hooks)s.", hooks=hooks)
        if self.plugins:
            return gettext("The old plugin is still active: %(names)s.", names=", ".join(self.plugins[:5]))
        return ""

    @property
    def cure(self) -> str:
        """What to do about it."""
        if self.plugins == []:
            return gettext(
                "The old plugin is switched off, so nobody does this work. WP-CLI takes it away: %(command)s",
                command=f"wp cron event delete {self.hooks[0] if self.hooks else ''}".strip(),
            )
        return gettext("Deactivate the old plugin in WordPress, under Plugins: nothing must be done twice.")


@dataclass(frozen=True)
class Claim:
    """The right to check a site until `until`; plain values."""

    site_id: int
    account_id: int
    key_id: str
    home_url: str
    until: datetime


@dataclass(frozen=True)
class Finding:
    """What a check found: a health, what the plugin reported, or why it did not."""

    health: str
    report: dict[str, Any] = field(default_factory=dict)
    error: DomainError | None = None


def judge_report(report: dict[str, Any] | None, error: DomainError | None, paired_url: str) -> Finding:
    """The finding that an answer, or the lack of one, means (pure)."""
    if report is None:
        assert error is not None
        return Finding(MOVED if error.code == "SITE_CLONED" else LOST, error=error)
    stored_report = {name: report[name] for name in KEPT if name in report}
    home_url = str(report.get("home_url") or "")
    if report.get("paired") is False or not _same_address(home_url, paired_url):
        details = {"home_url": home_url, "paired_home_url": paired_url}
        return Finding(MOVED, stored_report, wordpress_error("SITE_CLONED", details=details))
    return Finding(DEGRADED if report_problems(stored_report) else CONNECTED, stored_report)


def _same_address(home_url: str, paired_url: str) -> bool:
    home, paired = (urlsplit(url.lower()) for url in (home_url, paired_url))  # another scheme is not another site
    return (
        not home_url
        or not paired_url
        or (home.netloc, home.path.rstrip("/")) == (paired.netloc, paired.path.rstrip("/"))
    )


def report_problems(report: dict[str, Any]) -> list[dict[str, str]]:
    """What is wrong, `{name, label, problem, cure}`, in the order of the checks (pure)."""
    checks = report.get("checks")
    entries = checks.items() if isinstance(checks, dict) else ()
    left = old_plugin_of(report)
    old = [("old_plugin", {"problem": left.problem, "cure": left.cure})] if left and left.problem else []
    return [
        {
            "name": str(name),
            "label": CHECKS.get(name, str(name)),
            "problem": str(value.get("problem") or ""),
            "cure": str(value.get("cure") or ""),
        }
        for name, value in (*entries, *old)
        if isinstance(value, dict)
    ]


def old_plugin_of(report: dict[str, Any]) -> OldPlugin | None:
    """What the report says of the old plugin; None where it says nothing (pure)."""
    reported = report.get("old_plugin")
    if not isinstance(reported, dict):
        return None
    hooks, plugins = reported.get("hooks"), reported.get("plugins")
    return OldPlugin(
        [str(name) for name in hooks] if isinstance(hooks, list) else [],
        [str(name) for name in plugins] if isinstance(plugins, list) else None,
    )


def wait_after(failures: int) -> timedelta:
    """When to look again after so many failures in a row (pure)."""
    if failures == 0:
        return EVERY
    return SECOND_LOOK if failures == 1 else min(LONGEST, EVERY * 2 ** min(failures - 2, 10))


def _can_be_checked(now: datetime) -> tuple[ColumnElement[bool], ...]:
    active = select(Site.id).where(Site.id == C.site_id, Site.is_active).exists()
    free = or_(C.health_lease_until.is_(None), C.health_lease_until < now)
    return C.state.in_(("connected", "failing")), active, free


def claim_site(site_id: int) -> Claim | None:
    """Take the right to check this site; None while another check is under way, or nothing was ever connected.

    Commits.
    """
    now = utcnow()
    return next(iter(_claim(now, C.site_id == site_id)), None)


@every_account("sites are due for a look whatever the account")
def claim_due_sites() -> list[Claim]:
    """Take sites whose check is due, as many as there is room for beside the checks under way. Commits."""
    now = utcnow()
    due = (
        select(C.id)
        .where(*_can_be_checked(now), or_(C.health_due_at.is_(None), C.health_due_at <= now))
        .order_by(C.health_due_at.nulls_first(), C.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=C)
    )
    ids = db.session.scalars(due).all()  # as a subquery it could be run more than once
    if ids:
        at_work = db.session.scalar(select(func.count()).where(C.health_lease_until > now)) or 0
        ids = ids[: max(0, AT_ONCE - at_work)]
    if not ids:
        db.session.commit()
        return []
    return _claim(now, C.id.in_(ids))


@every_account("after an outage all sites are looked at")
def make_all_due() -> None:
    """Have each site checked as soon as there is room. Commits."""
    now = utcnow()
    stmt = update(C).where(*_can_be_checked(now), C.health_due_at > now).values(health_due_at=now)
    db.session.execute(stmt.execution_options(synchronize_session=False))
    db.session.commit()


def _claim(now: datetime, which: ColumnElement[bool]) -> list[Claim]:
    until = now + LEASE
    rows = db.session.execute(
        update(C)
        .where(which, *_can_be_checked(now))
        .values(health_lease_until=until, health_due_at=until)
        .returning(C.site_id, C.account_id, C.key_id, C.home_url)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.commit()
    return [Claim(row.site_id, row.account_id, row.key_id, row.home_url or "", until) for row in rows]


@every_account("a look is handed to a worker by its site alone")
def active_claim(site_id: int, until: datetime) -> Claim | None:
    """The claim that a worker was handed, unless it has passed or the key was replaced."""
    row = db.session.scalar(select(C).where(C.site_id == site_id, C.health_lease_until == until))
    if row is None or until < utcnow():
        return None
    return Claim(row.site_id, row.account_id, row.key_id, row.home_url or "", until)


def release_claim(claimed: Claim, after: timedelta) -> None:
    """Release the claim without a result: the site is checked again `after` a while. Commits."""
    db.session.execute(_update_of(claimed).values(health_lease_until=None, health_due_at=utcnow() + after))
    db.session.commit()


def _update_of(claimed: Claim) -> Any:
    stmt = update(C).where(
        C.site_id == claimed.site_id, C.key_id == claimed.key_id, C.health_lease_until == claimed.until
    )
    return stmt.execution_options(synchronize_session=False)


def record_finding(claimed: Claim, finding: Finding) -> bool:
    """Write what a check found, and a notice when the site's health changed. Commits.

    A claim that has passed, or a key that was replaced meanwhile, changes nothing. True when a plugin is back that was
    gone or elsewhere: changes made meanwhile were not recorded. While a server was down, nothing changed.
    """
    stmt = select(C).where(
        C.site_id == claimed.site_id, C.key_id == claimed.key_id, C.health_lease_until == claimed.until
    )
    row = db.session.scalar(stmt.with_for_update())
    is_back = row is not None and _was_away(row) and finding.health in (CONNECTED, DEGRADED)
    if row is not None:
        _write(row, finding, utcnow())
    db.session.commit()
    return is_back


def _was_away(row: WordPressConnection) -> bool:
    return row.health == MOVED or (row.health == LOST and not (row.health_error or {}).get("retryable"))


def _write(row: WordPressConnection, finding: Finding, now: datetime) -> None:
    failed = finding.health == LOST
    row.health_failures = row.health_failures + 1 if failed else 0
    row.health_at, row.health_lease_until = now, None
    row.health_due_at = now + wait_after(row.health_failures)
    if finding.report:
        row.health_report = finding.report
    error = finding.error.as_dict() if finding.error else None
    if error and failed:
        error["at"] = (row.health_error or {}).get("at") or iso(now)
    row.health_error = error
    if failed and row.health_failures == 1 and finding.error and finding.error.retryable and row.health != LOST:
        return  # it may be a moment's trouble: a second look decides
    row.state, row.error = ("failing", error) if finding.health in (LOST, MOVED) else ("connected", None)
    row.checked_at = now
    if row.health != finding.health:
        _change(row, finding, now)


def _change(row: WordPressConnection, finding: Finding, now: datetime) -> None:
    before, since = row.health, row.health_since
    row.health, row.health_since = finding.health, now
    if finding.health == LOST and row.health_error:
        row.health_since = datetime.fromisoformat(str(row.health_error["at"]))
    if before == "unknown" and finding.health == CONNECTED:
        return
    row.health_notice = {
        "from": before,
        "to": finding.health,
        "at": iso(now),
        "since": iso(since) if since else None,
        **(_notice_text(finding)),
    }


def _notice_text(finding: Finding) -> dict[str, str]:
    if finding.error:
        return {"message": finding.error.message, "cure": finding.error.cure, "code": finding.error.code}
    problems = report_problems(finding.report)
    return {"message": " ".join(problem["problem"] for problem in problems), "cure": "", "code": ""}


def refuse_moved(site: Site) -> None:
    """Raise WordPressError `SITE_CLONED` for a site that is a copy or has moved, until it is paired again."""
    if site.connection is not None and site.connection.health == MOVED:
        error = site.connection.health_error or {}
        raise wordpress_error("SITE_CLONED", details=error.get("details") or {})


def dismiss_notice(account_id: int, site_id: int) -> None:
    """Dismiss the notice: somebody has read what changed. Flushes."""
    db.session.execute(update(C).where(C.site_id == site_id, C.account_id == account_id).values(health_notice=None))


def sites_with_notices(account_id: int) -> list[Site]:
    """Sites of the account with a change that nobody has read yet."""
    stmt = select(Site).join(C, C.site_id == Site.id).where(Site.account_id == account_id, C.health_notice.is_not(None))
    return list(db.session.scalars(stmt.order_by(Site.name)))
