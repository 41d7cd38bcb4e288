"""Checking the health of sites, each every few minutes."""

from datetime import datetime, timedelta

from app.core.clock import utcnow
from app.core.queue import enqueue_now, new_job_id
from app.core.row_security import act_for
from app.core.scheduler import time_since_last_call
from app.sites import health
from app.sync.reconcile.health import check_site_health
from jobs import the_app

OUTAGE = timedelta(seconds=30)


def notice_an_outage() -> None:
    """After a pause of the periodic work, make the checks of all sites due: they may have changes. Commits."""
    if time_since_last_call("alive", utcnow()) > OUTAGE:
        health.make_all_due()


def start_due_looks() -> int:
    """Hand the sites whose check is due to workers, a few at a time. Returns how many. Commits."""
    claims = health.claim_due_sites()
    for claim in claims:
        enqueue_now("bulk", "jobs.health.look_at_site", new_job_id(), claim.site_id, claim.until.isoformat())
    return len(claims)


def look_at_site(site_id: int, until: str) -> None:
    """Check one site, as claimed until `until`; does nothing when it was claimed anew meanwhile."""
    with the_app().app_context():
        claim = health.active_claim(site_id, datetime.fromisoformat(until))
        if claim is not None:
            act_for(claim.account_id)
            check_site_health(claim)
