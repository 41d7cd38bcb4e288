"""Checks after the end: each row of the source is accounted for, and what is stored is what was written."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from app.core.extensions import db
from app.core.wording import many
from app.legacy_import.models import IMPORTED, MERGED, QUARANTINED, RECORD, STAGED, LegacyImport
from app.legacy_import.schema import TABLES
from app.legacy_import.targets import WRITTEN, R, counts_by_state, stored_digests

AT_ONCE = 2_000
TARGETS = {"clusters": "cluster", "keywords": "keyword", "content_ideas": "idea", "posts": "content", "tasks": "task"}


def check(legacy: LegacyImport, after_some: Callable[[], None]) -> dict[str, Any]:
    """The report: by table how many rows came and what became of them, and how many are as they were written.

    `after_some` is called between the parts, with no transaction that has anything to commit.
    """
    import_id, facts = legacy.id, dict(legacy.tables)
    counts, records = counts_by_state(import_id), _records(import_id)
    tables = {}
    for key in TABLES:
        if key not in facts:
            continue
        states = counts.get(key, {})
        table = {
            "rows": facts[key]["rows"],
            "imported": states.get(IMPORTED, 0),
            "merged": states.get(MERGED, 0),
            "quarantined": states.get(QUARANTINED, 0),
            "staged": states.get(STAGED, 0),
            "records": records.get(key, 0),
            "differing": _differing(import_id, key, after_some),
        }
        table["is_whole"] = table["rows"] == table["imported"] + table["merged"] + table["quarantined"]
        tables[key] = table
    return {"tables": tables}


def _records(import_id: int) -> dict[str, int]:
    stmt = select(R.c.source_table, func.count()).where(
        R.c.import_id == import_id, R.c.state == IMPORTED, R.c.target_type == RECORD
    )
    return {row[0]: row[1] for row in db.session.execute(stmt.group_by(R.c.source_table))}


def _differing(import_id: int, table: str, after_some: Callable[[], None]) -> int:
    """How many targets are not as they were written, or gone."""
    kind = TARGETS.get(table)
    if kind is None:
        return 0
    assert kind in WRITTEN
    stmt = select(R.c.id, R.c.target_id, R.c.written, R.c.draft_id, R.c.draft_written).where(
        R.c.import_id == import_id, R.c.source_table == table, R.c.state == IMPORTED, R.c.written != ""
    )
    last, differing = 0, 0
    while rows := db.session.execute(stmt.where(R.c.id > last).order_by(R.c.id).limit(AT_ONCE)).all():
        stored = stored_digests(kind, [row.target_id for row in rows])
        differing += sum(stored.get(row.target_id) != row.written for row in rows)
        drafts = stored_digests("draft", [row.draft_id for row in rows if row.draft_id])
        differing += sum(drafts.get(row.draft_id) != row.draft_written for row in rows if row.draft_id)
        last = rows[-1].id
        db.session.commit()
        after_some()
    return differing


def result_sentence(report: dict[str, Any]) -> str:
    """What happened, for a person, in English as it is stored."""
    tables = report["tables"].values()
    sums = {name: sum(table[name] for table in tables) for name in ("imported", "merged", "quarantined")}
    parts = [f"Moved {many(sums['imported'], 'row')}"]
    parts += [f"{sums['merged']:,} {'was' if sums['merged'] == 1 else 'were'} here already"] * bool(sums["merged"])
    parts += [f"{sums['quarantined']:,} could not be moved"] * bool(sums["quarantined"])
    return f"{', '.join(parts)}."


def all_accounted_for(report: dict[str, Any]) -> bool:
    """Whether every row of every table is accounted for."""
    return all(table["is_whole"] for table in report.get("tables", {}).values())
