"""Pausing a run and letting it go on. Each is one conditional UPDATE; they flush.

A run that waits is paused at once. A running one finishes what it has begun, puts itself back, and is paused then
(`services.requeue`): nothing that was paid for is thrown away.
"""

from sqlalchemy import CursorResult, Update, case, update
from sqlalchemy.exc import IntegrityError

from app.core import hooks
from app.core.clock import server_now
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs import services
from app.core.runs.kinds import kind_of
from app.core.runs.lanes import feed
from app.core.runs.models import Run
from app.core.runs.states import PAUSED


def pause(run: Run) -> None:
    """Have the run wait for a person. Raises Conflict when it cannot, has ended, or is being cancelled."""
    hooks.run_changing(run)
    mine = (Run.id == run.id, Run.can_cancel, ~Run.cancel_requested, Run.state.in_(("queued", "running")))
    works = Run.state == "running"  # one statement: between two it may have begun, or given way to others
    pauses = (
        update(Run)
        .where(*mine)
        .values(
            state=case((works, Run.state), else_=PAUSED),
            pause_requested=works,
            enqueued_at=case((works, Run.enqueued_at), else_=None),
            rq_job_id=case((works, Run.rq_job_id), else_=None),
        )
    )
    if not kind_of(run.kind).pauses or not _changes(pauses):
        raise Conflict(
            gettext("This cannot be paused: it is of another kind, is being finished, or has ended."),
            code="CANNOT_PAUSE",
            cure=gettext("Reload to see how it ended."),
        )
    db.session.refresh(run)
    if run.is_paused and run.lane is not None:
        feed(run.lane)


def resume(run: Run) -> None:
    """Let the run go on where it stopped. Raises Conflict when it is not paused, or newer work of its kind is active.

    Raises Refused when the account may not have this work.
    """
    hooks.run_starting(run.account_id, kind_of(run.kind))
    hooks.run_changing(run)
    mine = (Run.id == run.id,)
    goes_on = {"state": "queued", "due_at": server_now(), "step": None}
    try:
        with db.session.begin_nested():
            waits = _changes(update(Run).where(*mine, Run.state == PAUSED).values(goes_on))
    except IntegrityError as error:
        raise Conflict(
            gettext("Newer work of the same kind is already under way."),
            code="RUN_ACTIVE",
            cure=gettext("Watch its progress instead."),
        ) from error
    works = Run.state == "running"
    if not waits and not _changes(update(Run).where(*mine, works, Run.pause_requested).values(pause_requested=False)):
        raise Conflict(gettext("This is not paused."), code="NOT_PAUSED", cure=gettext("Reload to see how far it is."))
    db.session.refresh(run)
    if waits:
        services.enqueue_or_feed(run)


def _changes(statement: Update) -> bool:
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount > 0
