"""Sites that are built here."""

from app.core.runs import Outcome, RunContext
from app.sitebuilder import contents
from app.sitebuilder.deploy import taking_back
from app.sitebuilder.deploy import work as deploying
from app.sitebuilder.structure import runs


def generate_site_structure(context: RunContext) -> Outcome:
    """Make the pages of the run's blueprint; safe to repeat."""
    return runs.generate_site_structure(context)


def remake_site_section(context: RunContext) -> Outcome:
    """Make one section anew; safe to repeat."""
    return runs.remake_site_section(context)


def write_site_pages(context: RunContext) -> Outcome:
    """Write the texts of the run's pages, and a content for each; safe to repeat."""
    return contents.write_site_pages(context)


def deploy_site(context: RunContext) -> Outcome:
    """Bring the site of the run's deploy to WordPress; safe to repeat."""
    return deploying.deploy_site(context)


def take_deploy_back(context: RunContext) -> Outcome:
    """Put WordPress back as it was before the run's deploy; safe to repeat."""
    return taking_back.take_deploy_back(context)
