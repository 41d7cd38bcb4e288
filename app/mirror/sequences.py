"""Applies each change once and in order: keeps the last sequence applied for each object. Services flush."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import text

from app.core.clock import utcnow
from app.core.extensions import db

Key = tuple[str, str, int]  # object, taxonomy ("" without), id
CLAIM = text("""
    insert into applied_sequences (site_id, object, taxonomy, object_id, sequence, event_id, applied_at)
    select :site_id, told.*, :now from unnest(
        cast(:objects as text[]), cast(:taxonomies as text[]), cast(:ids as bigint[]), cast(:sequences as bigint[]),
        cast(:events as text[])) as told
    on conflict (site_id, object, taxonomy, object_id) do update
    set sequence = excluded.sequence, event_id = excluded.event_id, applied_at = excluded.applied_at
    where applied_sequences.sequence < excluded.sequence
    returning object, taxonomy, object_id
""")
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def claim_sequences(site_id: int, sequences: Mapping[Key, tuple[int, str]]) -> set[Key]:
    """The objects whose sequence is above the last one applied; it is recorded as applied. Flushes.

    `sequences`: sequence and event id. Two at the same time: the second waits until the first has committed, and gets
    nothing then; the rows are locked in one order by everybody.
    """
    if not sequences:
        return set()
    keys = sorted(sequences)
    rows = db.session.execute(
        CLAIM,
        {
            "site_id": site_id,
            "now": utcnow(),
            "objects": [key[0] for key in keys],
            "taxonomies": [key[1] for key in keys],
            "ids": [key[2] for key in keys],
            "sequences": [sequences[key][0] for key in keys],
            "events": [sequences[key][1] for key in keys],
        },
    )
    return {(row[0], row[1], row[2]) for row in rows}


def sequence_of(instant: datetime) -> int:
    """Microseconds since 1970, as the sequence of changes that carry only their time (pure)."""
    return (instant - EPOCH) // timedelta(microseconds=1)
