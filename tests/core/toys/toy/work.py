"""What a run of the toy does."""

from app.core import events
from app.core.extensions import db
from app.core.runs import Outcome, RunContext
from tests.core.toys.toy.events import ToyPlayed


def play(context: RunContext) -> Outcome:
    """Play once, and tell of it."""
    run = context.run
    context.progress(step="Playing", done=1, total=1)
    events.publish(ToyPlayed(run.account_id, run.site_id or 0, (1,)))
    db.session.commit()
    return Outcome("Played once.")
