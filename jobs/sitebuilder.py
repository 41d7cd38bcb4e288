"""Sites that are built here."""

from app.core.extensions import db
from app.core.logs import get_logger
from app.core.queue import enqueue_now, new_job_id
from app.core.row_security import within
from app.core.runs import Outcome, RunContext
from app.sitebuilder import writing
from app.sitebuilder.assets.shelves import ASSETS
from app.sitebuilder.assets.upkeep import tidy_assets
from app.sitebuilder.deploy import taking_back
from app.sitebuilder.deploy import work as deploying
from app.sitebuilder.structure import runs
from jobs import the_app

log = get_logger(__name__)


def generate_site_structure(context: RunContext) -> Outcome:
    """Make the pages of the run's blueprint; safe to repeat."""
    return runs.generate_site_structure(context)


def remake_site_section(context: RunContext) -> Outcome:
    """Make one section anew; safe to repeat."""
    return runs.remake_site_section(context)


def write_site_pages(context: RunContext) -> Outcome:
    """Write the texts of the run's pages, and a content for each; safe to repeat."""
    return writing.write_site_pages(context)


def deploy_site(context: RunContext) -> Outcome:
    """Bring the site of the run's deploy to WordPress; safe to repeat."""
    return deploying.deploy_site(context)


def take_deploy_back(context: RunContext) -> Outcome:
    """Put WordPress back as it was before the run's deploy; safe to repeat."""
    return taking_back.take_deploy_back(context)


def hand_out_tidying() -> None:
    """Called by the scheduler: the work is a worker's."""
    enqueue_now("bulk", "jobs.sitebuilder.tidy_site_assets", new_job_id())


def tidy_site_assets() -> None:
    """Go through the accounts and delete the bytes of files that no site has any more."""
    with the_app().app_context():
        for account_id in ASSETS.accounts():
            try:
                with within(account_id):
                    tidy_assets(account_id)
                    db.session.commit()
            except Exception:  # one account's trouble keeps no other waiting
                db.session.rollback()
                log.exception("assets_not_tidied", account_id=account_id)
