"""Internal links."""

from app.core.runs import Outcome, RunContext
from app.linker import runs
from app.linker.plan import runs as plan_runs


def link_contents(context: RunContext) -> Outcome:
    """Propose links for the run's contents, or put them in; safe to repeat."""
    return runs.link_contents(context)


def undo_links(context: RunContext) -> Outcome:
    """Take the links of the run's batch out again; safe to repeat."""
    return runs.undo_links(context)


def read_pages(context: RunContext) -> Outcome:
    """Read what has changed of the pages of the run's site; safe to repeat."""
    return runs.read_pages(context)


def plan_links(context: RunContext) -> Outcome:
    """Make the link plan of the run's site; safe to repeat."""
    return plan_runs.plan_links(context)


def apply_link_plan(context: RunContext) -> Outcome:
    """Do what was chosen of a link plan; safe to repeat."""
    return plan_runs.apply_link_plan(context)
