"""Going through many rows, the newest first, again and again until nothing is left to do: what changes meanwhile too.

Each part is committed, and other runs get their turn between two parts (`app.core.runs.turns`); the next turn goes on
where this one was.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from app.core.extensions import db
from app.core.request_ids import MAX_ID
from app.core.runs.context import RunContext, TryAgain
from app.core.runs.turns import Turn

_START = {"total": 0, "in_pass": 0, "before": MAX_ID}  # done so far, done in this pass, and where it is


def work_in_passes(
    context: RunContext, find: Callable[[int], Sequence[int]], do: Callable[[Sequence[int]], int], step: str
) -> int:
    """Do everything that is to do; returns how much was done. Commits as it goes, and forgets what it has read.

    `find` gives ids of rows with work, the newest first, all below an id; `do` does it for them and says for how many.
    A pass that did nothing is the last. Raises Cancelled, LeaseLost and TryAgain: let them through.
    """
    turn = Turn(context)
    total, in_pass, before = (context.so_far.get(name, start) for name, start in _START.items())
    while True:
        ids = find(before)
        if not ids and not in_pass:
            return int(total)
        if not ids:
            in_pass, before = 0, MAX_ID
            continue
        done = do(ids)
        db.session.commit()
        db.session.expunge_all()  # texts are large
        total, in_pass, before = total + done, in_pass + done, ids[-1]
        context.progress(step=step, done=total)
        if turn.is_over():
            so_far = dict(zip(_START, (total, in_pass, before), strict=True))
            raise TryAgain(timedelta(0), turn.why, counts=False, so_far=so_far)
