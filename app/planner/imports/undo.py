"""Undoing an import: the keywords that it added are deleted, unless somebody has used or moved them since.

What it changed of keywords that were there before is put back (`keyword_figures.restore_figures`). Services flush;
callers commit.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    cast,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import NN_, gettext
from app.core.runs import Run
from app.core.runs.states import ENDED
from app.core.wording import counted
from app.planner import hooks
from app.planner.clusters import descriptions
from app.planner.clusters import locks as cluster_locks
from app.planner.clusters.changes import QUIET, UNDO_WITHIN
from app.planner.keywords import figures as keyword_figures
from app.planner.models import Cluster, Idea, Keyword
from app.planner.run_kinds import IMPORT_KEYWORDS

# Why a keyword stays; of several reasons the first counts.
REASONS = {
    "task": NN_("%(num)s in a task or a content", "%(num)s in a task or a content"),
    "moved": NN_("%(num)s moved by somebody", "%(num)s moved by somebody"),
    "ideas": NN_("%(num)s in a cluster with ideas", "%(num)s in a cluster with ideas"),
    "used": NN_("%(num)s in a cluster with tasks or contents", "%(num)s in a cluster with tasks or contents"),
    "edited": NN_(
        "%(num)s in a cluster that somebody made or edited since",
        "%(num)s in a cluster that somebody made or edited since",
    ),
}
UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Undoable:
    """What the undo of an import would do: how many keywords it deletes, how many stay and why, and its deadline.

    `updated` are those that were there before and get their former figures again.
    """

    going: int
    staying: dict[str, int]
    until: datetime
    updated: int = 0

    @property
    def reasons(self) -> list[str]:
        """The reasons in words, with how many keywords."""
        return stay_words(self.staying)


def stay_words(staying: dict[str, int]) -> list[str]:
    """Why keywords stay, in words, with how many."""
    return [counted(staying[reason], words) for reason, words in REASONS.items() if staying.get(reason)]


def undoable(run: Run) -> Undoable | None:
    """What can be undone of an import that has ended; None when there is nothing, it is too late, or it was undone."""
    ended = run.ended_at
    if run.is_active or ended is None or UNDONE in run.data or ended + UNDO_WITHIN < utcnow():
        return None
    counts = _counts(run)
    changed = keyword_figures.changed_by(run.site_id or 0, run.created_at)
    if not counts and not changed:
        return None
    going = counts.pop("", 0)
    return Undoable(going, counts, ended + UNDO_WITHIN, changed)


def undo_import(run: Run) -> dict[str, Any]:
    """Undo an import. Returns what became of its keywords, as the run keeps it in `data`.

    Raises Conflict while it runs, when it was undone already, and 30 days after its end. Of two at the same time, only
    one does it.
    """
    _claim_import(run)
    staying = _counts(run)
    staying.pop("", None)
    of_import = _rows(select(Keyword.cluster_id).distinct(), run)
    cluster_locks.lock_clusters_to_delete(row.cluster_id for row in of_import)
    touched = _delete_unused(run)
    emptied = _delete_emptied(run, list(touched))
    descriptions.renew([cluster_id for cluster_id in touched if cluster_id and cluster_id not in emptied])
    restored, changed_since = keyword_figures.restore_figures(run.site_id or 0, run.created_at)
    done = {
        "restored": restored,
        "changed_since": changed_since,
        "at": utcnow().isoformat(),
        "removed": sum(touched.values()),
        "clusters": len(emptied),
        "staying": staying,
    }
    _keep(run.id, done)
    db.session.expire_all()
    return done


def _claim_import(run: Run) -> None:
    """Let nobody else undo the same import, nor start it again until this is committed."""
    stmt = update(Run).where(
        Run.id == run.id,
        Run.kind == IMPORT_KEYWORDS.name,
        Run.state.in_(ENDED),
        Run.ended_at > utcnow() - UNDO_WITHIN,
        ~Run.data.has_key(UNDONE),
    )
    claimed = db.session.execute(stmt.values(data=_with_undone({})).execution_options(**QUIET))
    if not claimed.rowcount:  # type: ignore[attr-defined]
        db.session.refresh(run)
        raise _refusal(run)


def _refusal(run: Run) -> Conflict:
    if run.is_active:
        cure = gettext("Cancel it first, or wait until it has ended.")
        return Conflict(gettext("This import is still under way."), code="RUN_ACTIVE", cure=cure)
    if UNDONE in run.data:
        return Conflict(gettext("This import was undone already."), code="UNDONE", cure=gettext("Reload the page."))
    cure = gettext("Delete keywords in the list of keywords instead.")
    return Conflict(gettext("An import can be undone for 30 days."), code="TOO_LATE", cure=cure)


def _with_undone(done: dict[str, Any]) -> ColumnElement[Any]:
    return Run.data.op("||")(cast({UNDONE: done}, JSONB))


def _keep(run_id: uuid.UUID, done: dict[str, Any]) -> None:
    db.session.execute(update(Run).where(Run.id == run_id).values(data=_with_undone(done)).execution_options(**QUIET))


def clear_undone(run_id: uuid.UUID) -> None:
    """Allow another undo for an import that is started again after it was undone. Flushes."""
    db.session.execute(
        update(Run).where(Run.id == run_id).values(data=Run.data.op("-")(UNDONE)).execution_options(**QUIET)
    )


def _of_import(run: Run) -> list[ColumnElement[bool]]:
    return [
        Keyword.account_id == run.account_id,
        Keyword.site_id == run.site_id,
        Keyword.created_at == run.created_at,
    ]


def _used_clusters(run: Run) -> Select[Any]:
    """SELECT of clusters of the site that something depends on (`id`), and why (`reason`)."""
    used_above = [Cluster.id.in_(ids) for ids in hooks.clusters_in_use(run.site_id or 0)]
    reason = case(
        (exists().where(Idea.cluster_id == Cluster.id), "ideas"),
        (or_(false(), *used_above), "used"),
        (Cluster.edited_at > run.created_at, "edited"),
        else_=None,
    ).label("reason")
    used = select(Cluster.id, reason).where(Cluster.site_id == run.site_id).subquery()
    return select(used).where(used.c.reason.is_not(None))


def _is_in_work(run: Run) -> ColumnElement[bool]:
    """The condition that something in the layers above depends on a keyword."""
    return or_(false(), *(Keyword.id.in_(ids) for ids in hooks.keywords_in_use(run.site_id or 0)))


def _counts(run: Run) -> dict[str, int]:
    """Counts of the import's keywords by the reason why they stay; under "" those that can be deleted.

    A few plain questions: joined in one, they take the database a minute for a hundred thousand keywords.
    """
    used: dict[int, str] = {row.id: row.reason for row in db.session.execute(_used_clusters(run))}
    place = (Keyword.cluster_id, Keyword.edited_at.is_not(None))
    groups = Counter({tuple(row[:2]): row[2] for row in _rows(select(*place, func.count()), run, group_by=place)})
    in_work = [tuple(row) for row in _rows(select(*place).where(_is_in_work(run)), run)]
    groups.subtract(in_work)
    counts = Counter({"task": len(in_work)})
    for (cluster_id, was_moved), count in groups.items():
        counts["moved" if was_moved else used.get(cluster_id, "")] += count
    return {reason: count for reason, count in counts.items() if count}


def _rows(stmt: Any, run: Run, group_by: Sequence[Any] = ()) -> Sequence[Any]:
    rows: Sequence[Any] = db.session.execute(stmt.where(*_of_import(run)).group_by(*group_by)).all()
    return rows


def _delete_unused(run: Run) -> dict[int | None, int]:
    """Delete the keywords that can be deleted. Returns how many by cluster. One that is being moved just now stays."""
    used = select(_used_clusters(run).subquery().c.id)
    unused = or_(Keyword.cluster_id.is_(None), Keyword.cluster_id.not_in(used))
    deleted = (
        delete(Keyword)
        .where(*_of_import(run), Keyword.edited_at.is_(None), ~_is_in_work(run), unused)
        .returning(Keyword.cluster_id)
        .cte("gone")
    )
    return {
        row[0]: row[1]
        for row in db.session.execute(select(deleted.c.cluster_id, func.count()).group_by(deleted.c.cluster_id))
    }


def _delete_emptied(run: Run, touched: Sequence[int | None]) -> set[int]:
    """Delete clusters that were made of these keywords by a run and are empty now. Returns their ids.

    Call it with them locked against everybody who would put something in.
    """
    conditions = [Cluster.id.in_(touched), Cluster.created_at >= run.created_at, Cluster.edited_at.is_(None)]
    still = exists().where(Keyword.cluster_id == Cluster.id)
    used = select(_used_clusters(run).subquery().c.id)
    empty = delete(Cluster).where(*conditions, ~still, Cluster.id.not_in(used)).returning(Cluster.id)
    return set(db.session.scalars(empty.execution_options(**QUIET)))
