"""Turns: long runs give way to runs of other accounts, so that no account keeps a worker for hours.

Runs of one account that share a lane come one after the other, and the queue hands the runs of accounts to workers in
turn: each account that waits gets as many turns as any other, however much one of them has to do. A turn is as long as
the account's shares (`app.core.shares`): with three, three times TURN_SECONDS.

A job of minutes has a `lane` and asks a `Turn` before it begins each piece. When the turn is over it finishes what it
has begun and raises `TryAgain(timedelta(0), turn.why, counts=False, so_far=…)`; the next turn finds that in
`context.so_far`. A kind of such runs with `pauses=True` gets the button Pause.
"""

import time
from datetime import timedelta
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.queue import queue_of
from app.core.runs.context import RunContext, TryAgain
from app.core.runs.models import Run
from app.core.shares import shares_of

TURN_SECONDS = 30.0
PAUSED = "Paused"
log = get_logger(__name__)


class Turn:
    """The time that a worker gives to a run. The work asks whether it is over, and then raises TryAgain."""

    def __init__(self, context: RunContext, seconds: float | None = None) -> None:
        """Start a turn of the account's length, or of `seconds` if that is longer: for work that takes long to prepare.

        May read what the account's shares are, in a transaction of its own.
        """
        self._run_id = context.run_id
        self._queue = context.run.queue
        self._until = time.monotonic() + max(TURN_SECONDS * shares_of(context.run.account_id), seconds or 0.0)
        self.why = ""

    def is_over(self) -> bool:
        """Whether to begin nothing more, because a person paused the run or somebody waits. Ends its transaction."""
        if not self.why:
            self.why = self._reason()
        return bool(self.why)

    def raise_if_paused(self, so_far: dict[str, Any]) -> None:
        """Raise TryAgain when a person paused the run, but not because others wait. Ends its transaction.

        The piece of work is started again from its beginning when the run goes on; `so_far` is for the next turn.
        """
        is_paused = self._is_paused()
        db.session.commit()
        if is_paused:
            raise TryAgain(timedelta(0), PAUSED, counts=False, so_far=so_far)

    def _is_paused(self) -> bool:
        return bool(db.session.scalar(select(Run.pause_requested).where(Run.id == self._run_id)))

    def _reason(self) -> str:
        try:
            if self._is_paused():
                return PAUSED
            if time.monotonic() >= self._until and (self._lane_waits() or self._queue_waits()):
                return "Letting others have a turn"
            return ""
        finally:
            db.session.commit()

    def _lane_waits(self) -> bool:
        other = aliased(Run)
        waits = exists().where(other.lane == Run.lane, other.state == "queued", other.due_at <= utcnow())
        return bool(db.session.scalar(select(waits).where(Run.id == self._run_id)))

    def _queue_waits(self) -> bool:
        try:
            return bool(queue_of(self._queue).count)
        except (RedisError, OSError) as error:
            log.warning("queue_not_counted", error=type(error).__name__)
            return False
