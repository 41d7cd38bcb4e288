"""Writing drafts."""

from app.core.runs import Outcome, RunContext
from app.writer import drafts


def generate_drafts(context: RunContext) -> Outcome:
    """Params: `task_ids`."""
    return drafts.generate_drafts(context)
