"""Storing imported keywords: chunk by chunk, each chunk safe to repeat."""

import io
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import events, media, spreadsheets
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.core.wording import many
from app.planner.keyword_import import KeywordRow, LineCount, RejectedRow, parse
from app.planner.keyword_tables import Table
from app.planner.models import Keyword
from app.planner.run_kinds import IMPORT_KEYWORDS

CHUNK = 2000
MAX_REPORTED = 50_000
SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Target:
    """Where the keywords go. `stamp` becomes their creation time and marks them as of this import."""

    account_id: int
    site_id: int
    stamp: datetime
    sector_id: int | None = None
    country: str | None = None


@dataclass
class Tally:
    """What became of the rows that were read: each was added, known or rejected.

    `rejected` holds the first MAX_REPORTED rejected rows.
    """

    lines: LineCount = field(default_factory=LineCount)
    added: int = 0
    known: int = 0
    warned: int = 0
    rejected_count: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    rejected: list[RejectedRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows were read so far."""
        return self.lines.rows

    def reject(self, row: RejectedRow) -> None:
        """Count a rejected row and keep it for the report."""
        self.rejected_count += 1
        self.reasons[row.reason] = self.reasons.get(row.reason, 0) + 1
        if len(self.rejected) < MAX_REPORTED:
            self.rejected.append(row)

    def sentence(self) -> str:
        """What happened, for a person."""
        parts = [f"Added {self.added:,} {'keyword' if self.added == 1 else 'keywords'}"]
        parts += [f"{self.known:,} {'was' if self.known == 1 else 'were'} already there"] if self.known else []
        parts += [f"{self.rejected_count:,} {'row was' if self.rejected_count == 1 else 'rows were'} rejected"] * bool(
            self.rejected_count
        )
        return f"{', '.join(parts)}."

    def account(self) -> str:
        """Where every row and every line of the file is, so that a person can see that none was swallowed."""
        read = f"{many(self.rows, 'row')} {'was' if self.rows == 1 else 'were'} read"
        parts = f"{self.added:,} added, {self.known:,} already there, {self.rejected_count:,} rejected"
        return f"{read}: {parts}. The file has {self.lines.sentence()}"


def _values(row: KeywordRow, target: Target) -> dict[str, Any]:
    return {
        "account_id": target.account_id,
        "site_id": target.site_id,
        "sector_id": target.sector_id,
        "keyword": row.keyword,
        "normalised": row.normalised,
        "volume": row.volume,
        "difficulty": row.difficulty,
        "cpc": row.cpc,
        "intent": row.intent,
        "country": row.country or target.country,
        "created_at": target.stamp,
        "updated_at": target.stamp,
    }


def store_chunk(rows: list[KeywordRow], target: Target) -> int:
    """Add the keywords that the site does not have; how many of these rows are of this import. Flushes.

    Repeating a chunk gives the same number: rows of an earlier try carry the import's stamp.
    """
    if not rows:
        return 0
    ordered = sorted(rows, key=lambda row: row.normalised)  # two imports that wait for each other would deadlock
    adding = insert(Keyword).on_conflict_do_nothing().returning(Keyword.id)
    made = db.session.scalars(adding, [_values(row, target) for row in ordered]).all()
    events.publish(events.KeywordsAdded(target.account_id, target.site_id, tuple(made)))
    stmt = (
        select(func.count())
        .select_from(Keyword)
        .where(
            Keyword.site_id == target.site_id,
            Keyword.normalised.in_([row.normalised for row in rows]),
            Keyword.created_at == target.stamp,
        )
    )
    return db.session.scalar(stmt) or 0


def _chunks(rows: Iterable[KeywordRow | RejectedRow]) -> Iterator[list[KeywordRow | RejectedRow]]:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def import_table(
    table: Table, mapping: Mapping[str, int] | None, target: Target, after_chunk: Callable[[Tally], None]
) -> Tally:
    """Store all rows; calls `after_chunk` after each CHUNK of them, which commits and may raise to stop."""
    tally = Tally()
    for chunk in _chunks(parse(table, mapping, tally.lines)):
        good = [row for row in chunk if isinstance(row, KeywordRow)]
        added = store_chunk(good, target)
        tally.added += added
        tally.known += len(good) - added
        tally.warned += sum(bool(row.warnings) for row in good)
        for row in chunk:
            if isinstance(row, RejectedRow):
                tally.reject(row)
        after_chunk(tally)
    return tally


def report(tally: Tally, account_id: int) -> dict[str, Any]:
    """What the result page shows; the rejected rows go to the media storage and are named by `rejected_file`."""
    data: dict[str, Any] = {
        "added": tally.added,
        "known": tally.known,
        "warned": tally.warned,
        "rejected": tally.rejected_count,
        "account": tally.account(),
        "reasons": tally.reasons,
        "rejected_file": None,
        "sample": [[row.line, row.keyword, row.message] for row in tally.rejected[:SAMPLE]],
    }
    if tally.rejected:
        data["rejected_file"] = media.REPORTS.save(account_id, rejected_csv(tally.rejected))
    return data


def rejected_csv(rows: Iterable[RejectedRow]) -> bytes:
    """The report of rejected rows; texts that a spreadsheet would run as formulas are quoted."""
    out = io.StringIO()
    out.write(spreadsheets.csv_line(["line", "keyword", "reason"]))
    for row in rows:
        out.write(spreadsheets.csv_line([row.line, row.keyword, row.message]))
    return out.getvalue().encode("utf-8-sig")


def record_import(run_id: uuid.UUID, target: Target, actor_id: int | None, tally: Tally) -> Run:
    """The ended run of an import that was short enough to be done at once. Flushes."""
    run = Run(
        id=run_id,
        account_id=target.account_id,
        site_id=target.site_id,
        actor_id=actor_id,
        kind=IMPORT_KEYWORDS.name,
        job=IMPORT_KEYWORDS.job,
        title=f"Importing {tally.rows:,} {'row' if tally.rows == 1 else 'rows'}",
        state="succeeded",
        message=tally.sentence(),
        link=f"/planner/keywords/import/{run_id}/",
        data=report(tally, target.account_id),
        done=tally.rows,
        total=tally.rows,
        created_at=target.stamp,
        started_at=target.stamp,
        ended_at=utcnow(),
    )
    db.session.add(run)
    db.session.flush()
    return run
