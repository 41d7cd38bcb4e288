"""Working on rules."""

from app.automation import engine
from app.core.runs import Outcome, RunContext


def run_rule(context: RunContext) -> Outcome:
    """The execution that names this run; it waits for the runs that it begins without holding a worker."""
    return engine.run_execution(context)
