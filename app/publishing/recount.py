"""Recounting: counters against their ledger, and the ledger against what was really published."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import utcnow
from app.core.extensions import db
from app.publishing.counters import COUNTED, add_to_counters, amounts_of
from app.publishing.models import CountEntry, PublishRun, SiteCounters

SUMS = (*COUNTED, "operations")
CORRECTION = "recount:"


@dataclass(frozen=True)
class CountDifference:
    """One figure that does not fit. `where`: ``counters`` or the run id of a publish."""

    site_id: int
    where: str
    what: str
    counted: int
    expected: int

    def __str__(self) -> str:
        return f"site {self.site_id}, {self.where}: {self.what} is {self.counted}, should be {self.expected}"


@dataclass
class _Run:
    account_id: int
    site_id: int
    run_id: str
    published_at: Any
    expected: dict[str, int]
    counted: dict[str, int] | None = None
    wrong: list[CountDifference] = field(default_factory=list)


def find_differences() -> list[CountDifference]:
    """Everything that does not fit, over all sites. Reads only."""
    return [*(wrong for run in _runs() for wrong in run.wrong), *_of_counters()]


def fix_differences() -> list[CountDifference]:
    """Add and correct entries of the ledger, make the counters its sums, and return what was wrong. Commits."""
    counters = _of_counters()
    for site_id in sorted({wrong.site_id for wrong in counters}):
        _recompute_counters(site_id)
    db.session.commit()
    runs = [run for run in _runs() if run.wrong]
    for run in runs:
        _book_difference(run)
    db.session.commit()
    return [*(wrong for run in runs for wrong in run.wrong), *counters]


def _runs() -> Iterator[_Run]:
    """All publishes that have a result, with their entries in the ledger."""
    result = PublishRun.result
    stmt = (
        select(
            PublishRun.account_id,
            PublishRun.site_id,
            PublishRun.run_id,
            PublishRun.updated_at,
            result["created"],
            result["post_type"],
            result["terms"],
        )
        .where(result.is_not(None), func.jsonb_typeof(result) == "object")
        .order_by(PublishRun.id)
    )
    for part in db.session.execute(stmt.execution_options(yield_per=1000)).partitions():
        runs = [
            _Run(
                row[0],
                row[1],
                str(row[2]),
                row[3],
                amounts_of({"created": row[4], "post_type": row[5], "terms": row[6]}) | {"operations": 1},
            )
            for row in part
        ]
        _load_counts(runs)
        yield from runs


def _load_counts(runs: list[_Run]) -> None:
    by_name = {run.run_id: run for run in runs}
    names = [name for run_id in by_name for name in (run_id, CORRECTION + run_id)]
    stmt = select(CountEntry).where(CountEntry.operation.in_(names))
    for entry in db.session.scalars(stmt):
        run = by_name[entry.operation.removeprefix(CORRECTION)]
        if entry.site_id == run.site_id:
            run.counted = run.counted or dict.fromkeys(SUMS, 0)
            run.counted = {name: run.counted[name] + getattr(entry, name) for name in SUMS}
    for run in runs:
        counted = run.counted or dict.fromkeys(SUMS, 0)
        run.wrong = [
            CountDifference(run.site_id, run.run_id, name, counted[name], run.expected[name])
            for name in SUMS
            if counted[name] != run.expected[name]
        ]


def _book_difference(run: _Run) -> None:
    """Book the difference: the run itself when it is missing, a correction of it otherwise. Flushes."""
    before = run.counted or dict.fromkeys(SUMS, 0)
    added = {name: run.expected[name] - before[name] for name in SUMS}
    now, operation = utcnow(), run.run_id if run.counted is None else CORRECTION + run.run_id
    stmt = insert(CountEntry).values(
        account_id=run.account_id,
        site_id=run.site_id,
        operation=operation,
        published_at=run.published_at,
        created_at=now,
        updated_at=now,
        **added,
    )
    sums: dict[str, Any] = {name: getattr(CountEntry, name) + getattr(stmt.excluded, name) for name in SUMS}
    db.session.execute(stmt.on_conflict_do_update(index_elements=["site_id", "operation"], set_=sums))
    add_to_counters(run.account_id, run.site_id, added, run.published_at)


def _of_counters() -> list[CountDifference]:
    """Differences between counters and the sums of their ledger."""
    sums = select(CountEntry.site_id, *(func.sum(getattr(CountEntry, name)) for name in SUMS)).group_by(
        CountEntry.site_id
    )
    booked = {row[0]: dict(zip(SUMS, map(int, row[1:]), strict=True)) for row in db.session.execute(sums)}
    counters = db.session.scalars(select(SiteCounters).execution_options(populate_existing=True))
    counted = {row.site_id: {name: getattr(row, name) for name in SUMS} for row in counters}
    none = dict.fromkeys(SUMS, 0)
    return [
        CountDifference(site_id, "counters", name, counted.get(site_id, none)[name], booked.get(site_id, none)[name])
        for site_id in sorted({*booked, *counted})
        for name in SUMS
        if counted.get(site_id, none)[name] != booked.get(site_id, none)[name]
    ]


def _recompute_counters(site_id: int) -> None:
    """Set the counters to the sums of the ledger. An operation being counted at this moment is added afterwards."""
    account_id = db.session.scalar(select(CountEntry.account_id).where(CountEntry.site_id == site_id).limit(1))
    if account_id is not None:
        add_to_counters(account_id, site_id, dict.fromkeys(SUMS, 0), None)  # the row, if it is missing
    db.session.execute(select(SiteCounters.site_id).where(SiteCounters.site_id == site_id).with_for_update())
    sums = select(
        func.max(CountEntry.published_at), *(func.coalesce(func.sum(getattr(CountEntry, name)), 0) for name in SUMS)
    ).where(CountEntry.site_id == site_id)
    last, *values = db.session.execute(sums).one()
    db.session.execute(
        update(SiteCounters)
        .where(SiteCounters.site_id == site_id)
        .values(last_publish_at=last, **dict(zip(SUMS, values, strict=True)))
        .execution_options(synchronize_session=False)
    )
