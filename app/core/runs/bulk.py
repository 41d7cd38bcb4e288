"""Many runs at once: each of these is a few statements, however many runs there are."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, exists, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from app.core import hooks
from app.core.actor import Actor
from app.core.causation import current_causes
from app.core.clock import server_now, utcnow
from app.core.extensions import db
from app.core.runs.lanes import feed
from app.core.runs.models import Run
from app.core.runs.states import ACTIVE, states_before

SO_FAR = "so_far"  # in `data`: what a run that was interrupted had done, for its next turn
Ids = Select[uuid.UUID | None]


def insert_runs(actor: Actor, rows: Sequence[dict[str, Any]]) -> dict[int, uuid.UUID]:
    """Record runs with kind, subject, key and lane. Returns {subject id: run id} of those that were free to start.

    A row whose key has an active run is passed over. Nothing is handed over: feed the lanes. Flushes; raises
    Forbidden when the actor may not start such runs, Refused when the account may not have this work.
    """
    for account_id, kind in {(row["account_id"], row["kind"]) for row in rows}:
        actor.require(kind.permission)
        hooks.run_starting(account_id, kind)
    if not rows:
        return {}
    stmt = (
        insert(Run)
        .on_conflict_do_nothing(
            index_elements=[Run.exclusive_key],
            index_where=text("state in ('queued','running') and exclusive_key is not null"),
        )
        .returning(Run.id, Run.subject_id)
    )
    causes = current_causes()
    values = [
        {**row, "kind": row["kind"].name, "job": row["kind"].job, "actor_id": actor.id, "causes": causes}
        for row in rows
    ]
    ordered = sorted(values, key=lambda row: row["exclusive_key"])  # two at once must not deadlock
    return {row.subject_id: row.id for row in db.session.execute(stmt, ordered)}


def retry_runs(ids: Ids, states: tuple[str, ...] = ("failed",)) -> set[uuid.UUID]:
    """Restart those of the runs that ended in one of `states` and have no newer active one. Returns which they are.

    Runs in lanes are fed; others come with the next sweep. Flushes.
    """
    other = aliased(Run)
    newer = exists().where(other.exclusive_key == Run.exclusive_key, other.state.in_(ACTIVE))
    rows = db.session.execute(
        update(Run)
        .where(Run.id.in_(ids), Run.state.in_(states), ~newer)
        .values(fresh_start())
        .returning(Run.id, Run.lane)
        .execution_options(synchronize_session=False)
    ).all()
    _feed({row.lane for row in rows})
    return {row.id for row in rows}


def cancel_waiting(ids: Ids) -> int:
    """Cancel those of the runs that are waiting; running ones go on. Returns how many. Flushes."""
    rows = db.session.execute(
        update(Run)
        .where(Run.id.in_(ids), Run.state == "queued", Run.can_cancel)
        .values(state="cancelled", cancel_requested=True, ended_at=utcnow(), message="Cancelled before it started.")
        .returning(Run.lane)
        .execution_options(synchronize_session=False)
    ).all()
    _feed({row.lane for row in rows})
    return len(rows)


def fresh_start() -> dict[str, Any]:
    """The values of a run that starts again from the beginning."""
    assert {"failed", "cancelled"} <= set(states_before("queued"))
    return {
        "state": "queued",
        "error": None,
        "message": None,
        "link": None,
        "step": None,
        "done": 0,
        "attempt": 0,
        "due_at": server_now(),
        "cancel_requested": False,
        "pause_requested": False,
        "data": Run.data.op("-")(SO_FAR),
        "can_cancel": True,
        "started_at": None,
        "ended_at": None,
        "enqueued_at": None,
        "rq_job_id": None,
    }


def _feed(lanes: set[str | None]) -> None:
    for lane in sorted(lane for lane in lanes if lane is not None):
        feed(lane)
