"""Each change once, and in order: the last sequence that was applied, by object. Services flush."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert

from app.core.clock import utcnow
from app.extensions import db
from app.sync.models import AppliedSequence

Key = tuple[str, str, int]  # object, taxonomy ("" without), id
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def claim_sequences(site_id: int, wanted: Mapping[Key, tuple[int, str]]) -> set[Key]:
    """The objects whose sequence is above the last one applied; those are taken as applied. Flushes.

    `wanted`: sequence and event id. Two at the same time: the second waits until the first has committed, and gets
    nothing then; the rows are locked in one order by everybody.
    """
    if not wanted:
        return set()
    now = utcnow()
    stmt = insert(AppliedSequence).values([
        {"site_id": site_id, "object": key[0], "taxonomy": key[1], "object_id": key[2], "sequence": sequence,
         "event_id": event_id, "applied_at": now}
        for key, (sequence, event_id) in sorted(wanted.items())
    ])  # fmt: skip
    stmt = stmt.on_conflict_do_update(
        index_elements=["site_id", "object", "taxonomy", "object_id"],
        set_={name: getattr(stmt.excluded, name) for name in ("sequence", "event_id", "applied_at")},
        where=AppliedSequence.sequence < stmt.excluded.sequence,
    )
    rows = db.session.execute(
        stmt.returning(AppliedSequence.object, AppliedSequence.taxonomy, AppliedSequence.object_id)
    )
    return {(row[0], row[1], row[2]) for row in rows}


def sequence_of(instant: datetime) -> int:
    """Microseconds since 1970: what orders changes that carry only their time (pure)."""
    return (instant - EPOCH) // timedelta(microseconds=1)
