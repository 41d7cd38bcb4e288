"""Jobs: thin functions that take a run and call services. RQ enters by `execute`."""

import importlib
import os
import pkgutil
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from flask import Flask
from sqlalchemy.exc import DataError, DBAPIError, ProgrammingError
from sqlalchemy.orm import Session, configure_mappers

from app.core import hooks
from app.core.causation import caused_by
from app.core.errors import DomainError, Refused
from app.core.extensions import db
from app.core.lock_order import is_deadlock
from app.core.logs import get_logger
from app.core.own_jobs import allow_functions
from app.core.permissions import Permission
from app.core.row_security import act_for
from app.core.runs import Cancelled, LeaseLost, Outcome, Run, RunContext, fair_share, lanes, services
from app.core.runs.bulk import SO_FAR
from app.core.runs.context import TryAgain
from app.core.runs.kinds import RunKind, kind_of
from app.core.runs.services import MAX_ATTEMPTS
from app.core.tracing import traced_run

allow_functions("jobs.execute", "jobs.events.deliver", "jobs.mail.send")
AFTER_DEADLOCK = timedelta(seconds=1)
REHEARSED = RunKind("rehearsed", "", "Rehearsal", permission=Permission.RUNS_CONTROL)
log = get_logger(__name__)
_state: dict[str, Any] = {}


def the_app() -> Flask:
    """The application of this process; after a fork its database connections are left to the parent."""
    if "app" not in _state:
        from app import create_app

        _state["app"] = create_app()
        _state["pid"] = os.getpid()
    app: Flask = _state["app"]
    if _state["pid"] != os.getpid():
        with app.app_context():
            db.engine.dispose(close=False)
        _state["pid"] = os.getpid()
    return app


def use_app(app: Flask) -> None:
    """Let this process's jobs run in `app`."""
    _state.update(app=app, pid=os.getpid())


def warm_up() -> None:
    """Do in advance what the first job, and each one in a fork, would have to do: load modules, compile statements.

    Needs the database; without it the first jobs are only slower.
    """
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    configure_mappers()
    with the_app().app_context():
        try:
            _rehearse(uuid4())
        except DBAPIError as error:
            log.warning("not_warmed_up", error=type(error.orig).__name__)
        finally:
            db.session.remove()


def _rehearse(nothing: UUID) -> None:
    """Go through all that happens between a click and the work, for a run that does not exist: nothing is changed."""
    fair_share.next_in_turn(nothing)
    act_for(0)
    hooks.run_working(0, REHEARSED)
    with Session(db.engine, expire_on_commit=False) as session:
        services.claim(session, nothing)
    fair_share.feed_queue(0, "")
    db.session.commit()
    values = {"step": "", "steps": [], "done": 0, "total": 0, "can_cancel": True}
    with db.engine.begin() as connection:
        services.renew_lease(connection, nothing, nothing, values)
    hooks.warming_up()


def execute(run_id: str) -> None:
    """Claim the run, or that of the account whose turn it is, and do its work. Then feed its lane.

    A run that cannot be claimed is left alone.
    """
    with the_app().app_context():
        chosen = fair_share.next_in_turn(UUID(run_id))
        if chosen is None:
            return
        act_for(chosen.account_id)
        with Session(db.engine, expire_on_commit=False) as session:
            run = services.claim(session, chosen.id)
        if run is not None:
            fair_share.note_turn(run)
            if run.lane is None:
                _feed_queue(run)
            with structlog.contextvars.bound_contextvars(run_id=str(run.id)):
                _work(run)
        _feed_lane(chosen.id)


def _feed_queue(run: Run) -> None:
    """Have another of the account's runs follow the one that this worker has taken."""
    try:
        fair_share.feed_queue(run.account_id, run.queue)
        db.session.commit()
    except DBAPIError:
        db.session.rollback()
        log.exception("next_run_of_queue_not_enqueued")  # the sweep feeds it


def _feed_lane(run_id: UUID) -> None:
    try:
        lanes.feed_after(run_id)
        db.session.commit()
    except DBAPIError:
        db.session.rollback()
        log.exception("next_run_of_lane_not_enqueued")  # the sweep feeds it


def _work(run: Run) -> None:
    run_id, token = run.id, run.lease_token
    assert token is not None
    ended: dict[str, Any]
    try:
        hooks.run_working(run.account_id, kind_of(run.kind))
        with traced_run(run.kind, str(run_id)), caused_by(run.causes), RunContext(run, token) as context:
            outcome = _load(run)(context)
        ended = {"state": "succeeded", "message": outcome.message, "link": outcome.link, "data": outcome.data}
    except LeaseLost:
        log.warning("lease_lost")
        return
    except Cancelled as stopped:
        ended = {"state": "cancelled", "message": str(stopped) or "Cancelled."}
    except TryAgain as again:
        _requeue(run_id, token, again)
        return
    except Refused as error:
        ended = {"state": "cancelled", "message": f"{error.message} {error.cure}".strip()}
    except DomainError as error:
        log.info("run_failed", code=error.code, message=error.message)
        ended = {"state": "failed", "error": error.as_dict()}
    except (DataError, ProgrammingError):
        log.exception("run_crashed")  # the same again would be refused again
        ended = {"state": "failed", "error": unexpected_error(run_id)}
    except DBAPIError as error:
        log.exception("database_error_in_run")  # the lease runs out and the sweep starts it again
        if is_deadlock(error) and run.attempt < MAX_ATTEMPTS:
            db.session.rollback()
            _requeue(run_id, token, TryAgain(AFTER_DEADLOCK, "Starting again"))
        return
    except Exception:
        log.exception("run_crashed")
        ended = {"state": "failed", "error": unexpected_error(run_id)}
    finally:
        db.session.rollback()
    _store(lambda session: services.finish_run(session, run_id, token, **ended))
    _announce_end(run_id)


def _store(write: Callable[[Session], object]) -> None:
    """Store the result of a run; tried again when PostgreSQL ended a deadlock, which the run's token makes safe."""
    for tries_left in (2, 1, 0):
        try:
            with Session(db.engine) as session:
                write(session)
            return
        except DBAPIError as error:
            if not tries_left or not is_deadlock(error):
                raise


def _announce_end(run_id: UUID) -> None:
    try:
        hooks.run_ended(run_id)
        db.session.commit()
    except DBAPIError:
        db.session.rollback()
        log.exception("run_ended_hook_failed")  # whoever listens has a sweep of their own


def _requeue(run_id: UUID, token: UUID, again: TryAgain) -> None:
    more: dict[str, Any] = {} if again.can_cancel is None else {"can_cancel": again.can_cancel}
    if again.so_far is not None:
        more["data"] = {SO_FAR: again.so_far}
    _store(
        lambda session: services.requeue(
            session, run_id, token, again.delay, counts=again.counts, step=again.step, **more
        )
    )


def _load(run: Run) -> Callable[[RunContext], Outcome]:
    """The function that the run's kind names; where no feature has that kind any more, the job of `jobs/` it had.

    The path in the row is trusted only within `jobs/`: somebody who could write it must not be able to run other code.
    """
    path = kind_of(run.kind).job
    if not path and not run.job.startswith("jobs."):
        raise ValueError(f"{run.job} is not a job")
    path = path or run.job
    module, name = path.rsplit(".", 1)
    function: Callable[[RunContext], Outcome] = getattr(importlib.import_module(module), name)
    return function


def unexpected_error(run_id: UUID) -> dict[str, Any]:
    """The error shown for a defect of ours."""
    return {
        "code": "UNEXPECTED",
        "message": "Something went wrong on our side.",
        "cure": f"Try again. If it happens again, tell us this number: {run_id}",
        "details": {},
        "retryable": True,
    }
