"""Importing a site from WordPress, and fetching what changed there."""

from app.core.queue import enqueue_now, new_job_id
from app.core.row_security import act_for
from app.core.runs import Outcome, RunContext
from app.sync.imports import importer
from app.sync.inbound import links, pull
from jobs import the_app


def import_site(context: RunContext) -> Outcome:
    """The import of this run (`SiteImport`), from where it stopped last."""
    return importer.import_site(context)


def refresh_links(context: RunContext) -> Outcome:
    """Read the addresses of all posts again."""
    return links.refresh_addresses(context)


def hand_out_pulls() -> None:
    """For the scheduler: hand out the fetching of events that are due."""
    for account_id, site_id in pull.claim_due():
        enqueue_now("interactive", "jobs.sync.pull_updates", new_job_id(), account_id, site_id)


def pull_updates(account_id: int, site_id: int) -> int:
    """Fetch the events of one site; RQ enters here."""
    with the_app().app_context():
        act_for(account_id)
        return pull.pull_planned(account_id, site_id).events
