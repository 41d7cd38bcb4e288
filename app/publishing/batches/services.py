"""Publishing or scheduling many pieces of content at once: making a batch, trying its failures again, cancelling.

A batch ties runs together in the order of the selection. Each run is one like any other: what fails,
fails alone. The runs of a site go in a lane, in the batch's order; sites go side by side. All of this
takes a handful of statements, however many rows there are. One thing at a time is done to an
account's batches, so that a double click finds what the first click made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, cast, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from app.content.bulk.services import hold_contents
from app.content.models import Content
from app.content.trash.services import refuse_trashed
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import N_, gettext, in_english
from app.core.listing.pages import Page, fetch_page
from app.core.listing.spec import Column, ListSpec, Sort
from app.core.runs import Run
from app.core.runs.bulk import cancel_waiting, insert_runs, retry_runs
from app.core.runs.lanes import feed
from app.core.runs.states import ACTIVE
from app.core.tenancy import owned
from app.publishing import services
from app.publishing.conflicts import away_error
from app.publishing.models import PublishBatch, PublishBatchRow, PublishRun
from app.publishing.schedule import services as schedule
from app.sites.error_codes import error_for

LOCKS = 8_408_005  # the class of these locks among all advisory locks
FEW = 20  # a person waits for so many; more must not stand in the way of others
ROOM = 20  # bits for the position in a run's place
BY_HAND = 2**62  # what is due by schedule goes first


@dataclass(frozen=True)
class ContentRef:
    """What a batch needs to know of a content. `due_at` (UTC) is set where each piece has a time of its own."""

    id: int
    site_id: int
    title: str
    state: str = ""
    due_at: datetime | None = None

    @property
    def refusal(self) -> DomainError | None:
        """The error for content that is no longer in WordPress: nothing is started for it then."""
        return away_error(self.state, self.id)

    @property
    def key(self) -> str:
        """The exclusive key of its publishes."""
        return services.publish_key(self.id, self.site_id)


@dataclass(frozen=True)
class BatchRun:
    """The run of a content in a batch; `joined` when it had been started before the batch."""

    run_id: UUID
    joined: bool


def content_refs(account_id: int, content_ids: Sequence[int]) -> list[ContentRef]:
    """The pieces in the given order, each once. Raises NotFound when one is not this account's, Conflict when one is in
    the trash.
    """
    ids = list(dict.fromkeys(content_ids))
    stmt = select(Content.id, Content.site_id, Content.title, Content.state, Content.trashed_at)
    rows = db.session.execute(stmt.where(Content.account_id == account_id, Content.id.in_(ids))).all()
    for row in rows:
        refuse_trashed(row)
    refs_by_id = {row.id: ContentRef(row.id, row.site_id, row.title, row.state) for row in rows}
    if len(refs_by_id) != len(ids):
        raise NotFound(gettext("Some of the selected rows no longer exist. Reload the page and select again."))
    return [refs_by_id[content_id] for content_id in ids]


def start_batch(
    account_id: int,
    content_ids: Sequence[int],
    actor: Actor,
    due_at: datetime | None = None,
    times: Sequence[datetime] = (),
) -> PublishBatch:
    """Publish these pieces now, or at `due_at` (UTC), in their order. Flushes.

    With `times` (UTC, in order, as many as there are pieces) each is published at its own, the first at `due_at`.

    A piece that is being published already becomes a row with its present run. One that cannot be scheduled for that
    reason, or is no longer in WordPress, becomes a failed row; the others are not held up. A second click gets the
    batch that the first one made. Raises NotFound for what is not this account's, DomainError for a time that has
    passed.
    """
    for instant in (due_at, *times[-1:]):
        if instant is not None:
            schedule.check_time(instant)
    _lock_batches(account_id)
    hold_contents(content_ids)
    pieces = content_refs(account_id, content_ids)
    if times:
        pieces = [replace(piece, due_at=own) for piece, own in zip(pieces, times, strict=True)]
    places = dict(enumerate(pieces, start=1))
    batch = PublishBatch(account_id=account_id, actor_id=actor.id, due_at=due_at, total=len(places))
    batch.kind = "publish" if due_at is None else "schedule"
    batch.last_due_at = times[-1] if times else None
    db.session.add(batch)
    db.session.flush()
    runs, started = _start_runs(batch, actor, _startable(places))
    existing = None if started else _same_batch(batch, [entry.run_id for entry in runs.values()])
    if existing is not None:
        db.session.execute(delete(PublishBatch).where(PublishBatch.id == batch.id))
        return existing
    db.session.execute(insert(PublishBatchRow), [_row(batch, place, piece, runs) for place, piece in places.items()])
    _keep_order(batch)
    _feed_lanes(places.values())
    return batch


def _lock_batches(account_id: int) -> None:
    db.session.execute(select(func.pg_advisory_xact_lock(LOCKS, account_id % 2**31)))


def _startable(places: Mapping[int, ContentRef]) -> dict[int, ContentRef]:
    return {place: piece for place, piece in places.items() if piece.refusal is None}


def _start_runs(batch: PublishBatch, actor: Actor, places: Mapping[int, ContentRef]) -> tuple[dict[int, BatchRun], int]:
    """Start the runs. Returns the present runs by content id, and how many were started. Flushes."""
    keys = [piece.key for piece in places.values()]
    is_later = batch.due_at is not None and batch.due_at > utcnow()
    runs: dict[int, BatchRun] = {}
    count = 0
    if batch.due_at is None:
        services.override_schedules(keys)
    elif is_later:
        runs = _own_runs(schedule.move_all({piece.key: piece.due_at or batch.due_at for piece in places.values()}))
    for _ in range(2):  # a run that was in the way may end just then
        unassigned = {place: piece for place, piece in places.items() if piece.id not in runs}
        started = insert_runs(actor, [_row_values(batch, place, piece) for place, piece in unassigned.items()])
        _record_attempts(batch, unassigned, started)
        count += len(started)
        runs |= _own_runs(started)
        if not is_later:
            runs |= _active_runs([piece.key for piece in unassigned.values() if piece.id not in started])
    return runs, count


def _own_runs(runs: Mapping[int, UUID]) -> dict[int, BatchRun]:
    return {content_id: BatchRun(run_id, joined=False) for content_id, run_id in runs.items()}


def _row_values(batch: PublishBatch, place: int, piece: ContentRef) -> dict[str, Any]:
    due_at = piece.due_at or batch.due_at
    values = services.run_values(batch.account_id, piece.id, piece.site_id, piece.title, due_at)
    if batch.due_at is None and batch.total > FEW:
        values["queue"] = "bulk"
    return {**values, "place": _first_place(batch) + place}


def _first_place(batch: PublishBatch) -> int:
    return (batch.id << ROOM) + (BY_HAND if batch.due_at is None else 0)


def _record_attempts(batch: PublishBatch, places: Mapping[int, ContentRef], started: Mapping[int, UUID]) -> None:
    rows = [
        {
            "account_id": batch.account_id,
            "content_id": piece.id,
            "site_id": piece.site_id,
            "mode": batch.mode,
            "run_id": started[piece.id],
        }
        for piece in places.values()
        if piece.id in started
    ]
    if rows:
        db.session.execute(pg_insert(PublishRun).on_conflict_do_nothing(index_elements=[PublishRun.run_id]), rows)


def _active_runs(keys: Sequence[str]) -> dict[int, BatchRun]:
    """The active runs of these keys, by content."""
    stmt = select(Run.subject_id, Run.id).where(Run.exclusive_key.in_(keys), Run.state.in_(ACTIVE))
    return {row.subject_id: BatchRun(row.id, joined=True) for row in db.session.execute(stmt)}


def _row(batch: PublishBatch, place: int, piece: ContentRef, runs: Mapping[int, BatchRun]) -> dict[str, Any]:
    entry = runs.get(piece.id)
    values = {
        "account_id": batch.account_id,
        "batch_id": batch.id,
        "position": place,
        "content_id": piece.id,
        "site_id": piece.site_id,
        "title": piece.title,
    }
    return {**values, **_run_columns(entry, piece)}


def _run_columns(entry: BatchRun | None, piece: ContentRef) -> dict[str, Any]:
    if entry is None:
        error = in_english(lambda: piece.refusal or error_for("BEING_PUBLISHED"))
        return {"run_id": None, "joined": False, "error": error.as_dict()}
    return {"run_id": entry.run_id, "joined": entry.joined, "error": None}


def _same_batch(batch: PublishBatch, run_ids: Sequence[UUID]) -> PublishBatch | None:
    """The newest earlier batch of the same kind, time and runs."""
    if len(run_ids) != batch.total:
        return None
    rows, earlier = PublishBatchRow, PublishBatch
    newest = (
        select(rows.batch_id)
        .join(earlier, earlier.id == rows.batch_id)
        .where(rows.run_id.in_(run_ids), earlier.account_id == batch.account_id, earlier.kind == batch.kind)
        .where(earlier.total == batch.total, earlier.due_at.is_not_distinct_from(batch.due_at))
        .where(earlier.last_due_at.is_not_distinct_from(batch.last_due_at))
        .group_by(rows.batch_id)
        .having(func.count() == batch.total)
        .order_by(rows.batch_id.desc())
        .limit(1)
    )
    batch_id = db.session.scalar(newest)
    return db.session.get(PublishBatch, batch_id) if batch_id else None


def _keep_order(batch: PublishBatch) -> None:
    """Order runs that were scheduled before and moved to this batch by the batch's order."""
    rows = PublishBatchRow
    place = cast(rows.position, BigInteger) + literal(_first_place(batch), BigInteger)
    db.session.execute(
        update(Run)
        .where(Run.id == rows.run_id, rows.batch_id == batch.id, rows.joined.is_(False), Run.state == "queued")
        .where(Run.place != place)
        .values(place=place)
        .execution_options(synchronize_session=False)
    )


def _feed_lanes(pieces: Any) -> None:
    for site_id in sorted({piece.site_id for piece in pieces}):
        feed(services.lane_of(site_id))


def count_joined(batch: PublishBatch) -> int:
    """How many rows of the batch were being published before it was made."""
    conditions = (PublishBatchRow.batch_id == batch.id, PublishBatchRow.joined.is_(True))
    return db.session.scalar(select(func.count()).select_from(PublishBatchRow).where(*conditions)) or 0


def count_not_started(batch: PublishBatch) -> int:
    """How many rows of the batch had no run started for them."""
    conditions = (PublishBatchRow.batch_id == batch.id, PublishBatchRow.run_id.is_(None))
    return db.session.scalar(select(func.count()).select_from(PublishBatchRow).where(*conditions)) or 0


def retry_rows(account_id: int, actor: Actor, batch_id: int, position: int | None = None) -> int:
    """Start the failed rows again, or the one at `position` if it failed or was cancelled. Flushes.

    Returns how many were started: 0 for a second click. Rows that are being published in another way by now are linked
    to that run. Raises NotFound for what is not this account's.
    """
    batch = owned(PublishBatch, batch_id, account_id)
    _lock_batches(account_id)
    _hold_contents_of(batch, position)
    states = ("failed",) if position is None else ("failed", "cancelled")
    retried = retry_runs(_runs_of(batch, position), states)
    places = _startable(_rows_to_retry(batch, position, states))
    runs, _ = _start_runs(batch, actor, places) if places else ({}, 0)
    for place, piece in places.items():
        if piece.id in runs:
            conditions = (PublishBatchRow.batch_id == batch.id, PublishBatchRow.position == place)
            db.session.execute(update(PublishBatchRow).where(*conditions).values(_run_columns(runs[piece.id], piece)))
    _feed_lanes(places.values())
    return len(retried) + sum(not entry.joined for entry in runs.values())


def _runs_of(batch: PublishBatch, position: int | None = None) -> Select[UUID | None]:
    stmt = select(PublishBatchRow.run_id).where(PublishBatchRow.batch_id == batch.id)
    return stmt if position is None else stmt.where(PublishBatchRow.position == position)


def _hold_contents_of(batch: PublishBatch, position: int | None = None) -> None:
    stmt = select(PublishBatchRow.content_id).where(PublishBatchRow.batch_id == batch.id)
    stmt = stmt if position is None else stmt.where(PublishBatchRow.position == position)
    hold_contents([content_id for content_id in db.session.scalars(stmt) if content_id is not None])


def _rows_to_retry(batch: PublishBatch, position: int | None, states: tuple[str, ...]) -> dict[int, ContentRef]:
    """Rows in `states`, or that never had a run, whose content still exists."""
    rows = PublishBatchRow
    stmt = (
        select(rows.position, Content.id, Content.site_id, Content.title, Content.state)
        .join(Content, Content.id == rows.content_id)
        .outerjoin(Run, Run.id == rows.run_id)
        .where(rows.batch_id == batch.id, (rows.run_id.is_(None)) | Run.state.in_(states))
        .order_by(rows.position)
    )
    stmt = stmt if position is None else stmt.where(rows.position == position)
    return {row.position: ContentRef(*row[1:]) for row in db.session.execute(stmt)}


def cancel_rest(account_id: int, batch_id: int) -> int:
    """Cancel the waiting rows of this batch. Returns how many. What is being published goes on. Flushes."""
    batch = owned(PublishBatch, batch_id, account_id)
    _lock_batches(account_id)
    _hold_contents_of(batch)
    return cancel_waiting(_runs_of(batch).where(PublishBatchRow.joined.is_(False)))


BATCH_LIST = ListSpec(
    id=PublishBatch.id,
    account=PublishBatch.account_id,
    columns=(Column(N_("Batch")), Column(N_("State")), Column(N_("How it went")), Column(N_("Started"))),
    sorts=(Sort("started", PublishBatch.id),),
    default_sort="-started",
    per_page=25,
)


def list_batches(account_id: int, values: Mapping[str, str]) -> Page[PublishBatch]:
    """One page of the account's batches, the newest first."""
    query = BATCH_LIST.read(values)
    return fetch_page(BATCH_LIST, query, select(PublishBatch).where(*BATCH_LIST.where(account_id, None, query)))


def active_batches(account_id: int, limit: int, also: Sequence[int] = ()) -> list[PublishBatch]:
    """The newest batches that have something under way or due, and those with ids in `also`."""
    rows = PublishBatchRow
    at_work = (
        select(rows.batch_id)
        .join(Run, Run.id == rows.run_id)
        .where(rows.account_id == account_id, Run.account_id == account_id, Run.state.in_(ACTIVE))
        .where((Run.state == "running") | (Run.due_at <= utcnow()))
    )
    newest = select(PublishBatch).where(PublishBatch.account_id == account_id).order_by(PublishBatch.id.desc())
    condition = PublishBatch.id.in_(at_work) | PublishBatch.id.in_(also)
    return list(db.session.scalars(newest.where(condition).limit(limit)))
