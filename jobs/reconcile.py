"""Comparing sites with WordPress: each night, and when a person asks for it."""

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Outcome, RunContext
from app.sync.reconcile.nightly import start_due
from app.sync.reconcile.site_comparison import SiteComparison


def compare_site(context: RunContext) -> Outcome:
    """Params: `site_id`."""
    return SiteComparison(context).work()


def start_due_comparisons() -> int:
    """Start the comparisons of sites whose quiet hour it is. Returns how many. Commits."""
    started = start_due(utcnow())
    db.session.commit()
    return started
