"""Looking at a site: how it is, and whether it has something to tell. One look at a time; no transaction meanwhile."""

import threading

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.tenancy import owned
from app.mirror.site_locks import reading
from app.sites import health
from app.sites.connection import credentials_for, open_client, remember_transport
from app.sites.health import Claim, Finding
from app.sites.models import Site
from app.sites.wordpress_errors import WordPressError
from app.sync.inbound import links, pull
from app.sync.reconnect import compare_again

READ_SECONDS = 12.0
TURN_SECONDS = 10.0


def look(held: Claim) -> Finding | None:
    """Ask how the site is and write it down; have it fetched when it has changes to tell. Commits.

    None when a publish or an import has the site for itself: it is asked again in a minute.
    """
    stop = threading.Event()
    timer = threading.Timer(TURN_SECONDS, stop.set)
    timer.daemon = True
    timer.start()
    try:
        with reading(db.engine, held.site_id, stop) as mine:
            if not mine:
                health.release_claim(held, health.SECOND_LOOK)
                return None
            finding = _ask(held)
    finally:
        timer.cancel()
    if health.record_finding(held, finding):
        compare_again(held.account_id, held.site_id)
        db.session.commit()
    if finding.health in (health.CONNECTED, health.DEGRADED):
        links.note(held.account_id, held.site_id, finding.report.get("links"))
        if _has_news(finding):
            pull.plan(held.account_id, held.site_id, utcnow())
        db.session.commit()
    return finding


def _ask(held: Claim) -> Finding:
    try:
        credentials = credentials_for(owned(Site, held.site_id, held.account_id))
        db.session.commit()
        with open_client(credentials) as client:
            report = client.get("health", read_seconds=READ_SECONDS)
            remember_transport(held.site_id, held.account_id, client)
        db.session.commit()
    except WordPressError as error:
        db.session.rollback()
        return health.judge_report(None, error, held.home_url)
    return health.judge_report(report, None, held.home_url)


def _has_news(finding: Finding) -> bool:
    outbox = finding.report.get("outbox")
    return isinstance(outbox, dict) and bool(outbox.get("depth"))
