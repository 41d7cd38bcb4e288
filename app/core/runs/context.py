"""What a job works with during a run: progress, cancellation, a lease that is kept alive."""

import contextvars
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from app.core.extensions import db
from app.core.logs import get_logger
from app.core.runs import services
from app.core.runs.bulk import SO_FAR
from app.core.runs.models import Run

HEARTBEAT_SECONDS = 15
ASK_SECONDS = 1.0
log = get_logger(__name__)


class Cancelled(Exception):
    """A person asked this run to stop."""


class LeaseLost(Exception):
    """Another worker has claimed this run: stop without writing."""


class TryAgain(Exception):
    """Put the run back and start it again after `delay`.

    `counts` False: this does not count as a try. `can_cancel`: whether a person may cancel it while it waits; None:
    unchanged. `so_far` is kept for the next turn (`RunContext.so_far`), and forgotten when a person starts the run
    anew.
    """

    def __init__(
        self,
        delay: timedelta,
        step: str,
        *,
        counts: bool = True,
        can_cancel: bool | None = None,
        so_far: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(step)
        self.so_far = so_far
        self.counts = counts
        self.can_cancel = can_cancel
        self.delay = delay
        self.step = step


@dataclass
class Outcome:
    """The outcome of a run that succeeded: a sentence, a link, and data for later."""

    message: str
    link: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


class RunContext:
    """Given to each job. Progress is written in its own transaction, visible at once."""

    def __init__(self, run: Run, token: UUID) -> None:
        self.run = run
        self.run_id = run.id
        self.token = token
        self._engine = db.engine
        self._may_cancel = True
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._context = contextvars.copy_context()  # threads work within the run's account too
        self._thread = threading.Thread(
            target=self._context.run, args=(self._keep_lease,), name="run-lease", daemon=True
        )
        self._should_stop = False
        self._ask_again = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def progress(
        self,
        *,
        step: str | None = None,
        done: int | None = None,
        total: int | None = None,
        message: str | None = None,
        steps: list[dict[str, str]] | None = None,
        past_cancelling: bool = False,
    ) -> None:
        """Show how far the work is. Raises Cancelled or LeaseLost: let them through.

        `past_cancelling` says that the work can no longer be undone: from then on a person is not
        offered to cancel, and a request that came too late is not heeded.
        """
        if past_cancelling:
            self._may_cancel = False
        progress = {"step": step, "done": done, "total": total, "message": message, "steps": steps}
        values: dict[str, Any] = {name: value for name, value in progress.items() if value is not None}
        self._write({**values, "can_cancel": self._may_cancel})

    @property
    def so_far(self) -> dict[str, Any]:
        """What the last turn left for this one; empty in the first."""
        progress: dict[str, Any] = (self.run.data or {}).get(SO_FAR, {})
        return progress

    def check(self) -> None:
        """Raise Cancelled or LeaseLost when the work should stop."""
        self._write({})

    def should_stop(self) -> bool:
        """Whether `check` would raise; the database is asked at most once a second.

        Any thread may call it while the run's is busy.
        """
        now = time.monotonic()
        if self._should_stop or now < self._ask_again:
            return self._should_stop
        self._ask_again = now + ASK_SECONDS
        try:
            self._context.copy().run(self.check)
        except (Cancelled, LeaseLost):
            self._should_stop = True
        except DBAPIError as error:  # the database may be away: the next time tells
            log.warning("cancellation_not_asked_for", run_id=str(self.run_id), error=type(error.orig).__name__)
        return self._should_stop

    def _write(self, values: dict[str, Any]) -> None:
        with self._engine.begin() as connection:
            answer = services.renew_lease(connection, self.run_id, self.token, values)
        if answer is None or self._lost.is_set():
            raise LeaseLost()
        if answer is False and self._may_cancel:
            raise Cancelled()

    def _keep_lease(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            try:
                with self._engine.begin() as connection:
                    is_ours = services.renew_lease(connection, self.run_id, self.token, {}) is not None
            except Exception as error:  # the database may be away: the next beat tries again
                log.warning("lease_not_renewed", run_id=str(self.run_id), error=str(error))
                continue
            if not is_ours:
                self._lost.set()
                return
