"""Checking a site: its health, and whether it has changes. One check at a time; no transaction is open meanwhile."""

import threading

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.tenancy import owned
from app.mirror.site_locks import read_lock
from app.sites import health
from app.sites.connection import credentials_for, open_client, remember_transport
from app.sites.health import Claim, Finding
from app.sites.models import Site
from app.sites.wordpress_errors import WordPressError
from app.sync.inbound import links, pull
from app.sync.reconnect import compare_again

READ_SECONDS = 12.0
TURN_SECONDS = 10.0


def check_site_now(account_id: int, site_id: int) -> str:
    """Check the site at once, for a person. Returns a sentence on why that is impossible, else "". Commits."""
    claim = health.claim_site(owned(Site, site_id, account_id).id)
    if claim is None:
        return "It is being looked at already, or was never connected."
    if check_site_health(claim) is None:
        return "The site is busy with a publish or an import. It is looked at in a minute."
    return ""


def check_site_health(claim: Claim) -> Finding | None:
    """Ask for the site's health and record it; plan a pull when it has changes. Commits.

    None while a publish or an import has the site to itself: the check is repeated in a minute.
    """
    stop = threading.Event()
    timer = threading.Timer(TURN_SECONDS, stop.set)
    timer.daemon = True
    timer.start()
    try:
        with read_lock(db.engine, claim.site_id, stop) as has_lock:
            if not has_lock:
                health.release_claim(claim, health.SECOND_LOOK)
                return None
            finding = _fetch_health(claim)
    finally:
        timer.cancel()
    if health.record_finding(claim, finding):
        compare_again(claim.account_id, claim.site_id)
        db.session.commit()
    if finding.health in (health.CONNECTED, health.DEGRADED):
        links.refresh_if_changed(claim.account_id, claim.site_id, finding.report.get("links"))
        if _has_news(finding):
            pull.plan_pull(claim.account_id, claim.site_id, utcnow())
        db.session.commit()
    return finding


def _fetch_health(claim: Claim) -> Finding:
    try:
        credentials = credentials_for(owned(Site, claim.site_id, claim.account_id))
        db.session.commit()
        with open_client(credentials) as client:
            report = client.get("health", read_seconds=READ_SECONDS)
            remember_transport(claim.site_id, claim.account_id, client)
        db.session.commit()
    except WordPressError as error:
        db.session.rollback()
        return health.judge_report(None, error, claim.home_url)
    return health.judge_report(report, None, claim.home_url)


def _has_news(finding: Finding) -> bool:
    outbox = finding.report.get("outbox")
    return isinstance(outbox, dict) and bool(outbox.get("depth"))
