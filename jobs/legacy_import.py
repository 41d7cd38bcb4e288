"""Moving in from the old plugin."""

from app.core.runs import Outcome, RunContext
from app.legacy_import import runs, takeover


def read_source(context: RunContext) -> Outcome:
    """Read the source of the run's import; safe to repeat."""
    return runs.read_source(context)


def move_in(context: RunContext) -> Outcome:
    """Move what was read; goes on where it stopped."""
    return runs.move_in(context)


def undo_import(context: RunContext) -> Outcome:
    """Remove what the run's import added; safe to repeat."""
    return runs.undo_move(context)


def take_over(context: RunContext) -> Outcome:
    """Hand the posts of the run's import over to the new plugin; safe to repeat."""
    return takeover.hand_posts_over(context)
