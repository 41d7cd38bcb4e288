"""Storing imported keywords: chunk by chunk, each chunk safe to repeat."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Text, any_, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.core import events
from app.core.bulk_insert import insert_new
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.languages import in_english
from app.core.runs import Run
from app.core.wording import many
from app.planner.events import KeywordsAdded
from app.planner.imports.own_exports import OwnSite
from app.planner.imports.report import RejectedSheet
from app.planner.imports.rows import KeywordRow, LineCount, RejectedRow, parse_table
from app.planner.imports.tables import Table
from app.planner.keywords import figures as keyword_figures
from app.planner.models import Keyword
from app.planner.run_kinds import IMPORT_KEYWORDS

Row = KeywordRow | RejectedRow
CHUNK = 2000
SAMPLE = 20


@dataclass(frozen=True, slots=True)
class ImportTarget:
    """Where the keywords go. `stamp` becomes their creation time and marks them as this import's.

    With `updates`, keywords that the site already has get the figures of the file. In files that we exported, rows of
    sites other than `own_site` are rejected.
    """

    account_id: int
    site_id: int
    stamp: datetime
    sector_id: int | None = None
    country: str | None = None
    updates: bool = False
    own_site: OwnSite | None = None


@dataclass
class ImportCounts:
    """What became of the rows that were read: each was added, known or rejected; of those known, some were updated.

    `sample` are the first SAMPLE rejected rows; all of them are in `sheet`.
    """

    lines: LineCount = field(default_factory=LineCount)
    sheet: RejectedSheet = field(default_factory=RejectedSheet)
    added: int = 0
    known: int = 0
    updated: int = 0
    warned: int = 0
    rejected_count: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    sample: list[RejectedRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows were read so far."""
        return self.lines.rows

    def reject(self, row: RejectedRow) -> None:
        """Count a rejected row and keep it for the report."""
        self.rejected_count += 1
        self.reasons[row.reason] = self.reasons.get(row.reason, 0) + 1
        self.sheet.add(row)
        if len(self.sample) < SAMPLE:
            self.sample.append(row)

    def summary(self) -> str:
        """What happened, for a person."""
        parts = [f"Added {self.added:,} {'keyword' if self.added == 1 else 'keywords'}"]
        parts += [f"{self.known:,} {'was' if self.known == 1 else 'were'} already there"] if self.known else []
        parts += [f"{self.updated:,} of them got new figures"] if self.updated else []
        parts += [f"{self.rejected_count:,} {'row was' if self.rejected_count == 1 else 'rows were'} rejected"] * bool(
            self.rejected_count
        )
        return f"{', '.join(parts)}."

    def so_far(self) -> str:
        """What became of each row read so far, in words."""
        read = f"{many(self.rows, 'row')} {'was' if self.rows == 1 else 'were'} read"
        return f"{read}: {self.added:,} added, {self.known:,} already there, {self.rejected_count:,} rejected."

    def account(self) -> str:
        """What became of every row and line of the file, in words, so that a person can see that none was lost."""
        return f"{self.so_far()} The file has {in_english(self.lines.summary)}"


def _values(row: KeywordRow, target: ImportTarget) -> dict[str, Any]:
    return {
        "account_id": target.account_id,
        "site_id": target.site_id,
        "sector_id": target.sector_id,
        "keyword": row.keyword,
        "normalised": row.normalised,
        **keyword_figures.figures_of(row),
        "country": row.country or target.country,
        "created_at": target.stamp,
        "updated_at": target.stamp,
    }


def store_chunk(rows: list[KeywordRow], target: ImportTarget) -> int:
    """Add the keywords that the site does not have. Returns how many rows this import added. Flushes.

    Repeating a chunk gives the same number: rows of an earlier try carry the import's stamp.
    """
    if not rows:
        return 0
    ordered = sorted(rows, key=lambda row: row.normalised)  # two imports that wait for each other would deadlock
    inserted = insert_new(Keyword.__table__, [_values(row, target) for row in ordered])
    events.publish(KeywordsAdded(target.account_id, target.site_id, tuple(inserted)))
    if len(inserted) == len(rows):
        return len(rows)
    normalised = cast([row.normalised for row in rows], ARRAY(Text))
    stmt = (
        select(func.count())
        .select_from(Keyword)
        .where(
            Keyword.site_id == target.site_id,
            Keyword.normalised == any_(normalised),
            Keyword.created_at == target.stamp,
        )
    )
    return db.session.scalar(stmt) or 0


def _chunks(rows: Iterator[Row], count: LineCount) -> Iterator[tuple[list[Row], LineCount]]:
    """Some rows at a time, with the lines that were read until then."""
    while chunk := list(islice(rows, CHUNK)):
        yield chunk, replace(count)


def import_table(
    table: Table, mapping: Mapping[str, int] | None, target: ImportTarget, after_chunk: Callable[[ImportCounts], None]
) -> ImportCounts:
    """Store all rows; calls `after_chunk` after each CHUNK of them, which commits and may raise to stop."""
    tally, count = ImportCounts(sheet=RejectedSheet(table.header)), LineCount()
    chunks = _chunks(parse_table(table, mapping, count, target.own_site), count)
    with ThreadPoolExecutor(1, "parsing") as pool:  # the next rows are read while the database stores these
        ahead = pool.submit(next, chunks, None)
        while (parsed := ahead.result()) is not None:
            rows, tally.lines = parsed
            ahead = pool.submit(next, chunks, None)
            _insert_rows(rows, target, tally)
            after_chunk(tally)
    tally.lines = count
    return tally


def _insert_rows(rows: list[Row], target: ImportTarget, tally: ImportCounts) -> None:
    good = [row for row in rows if isinstance(row, KeywordRow)]
    added = store_chunk(good, target)
    keyword_figures.keep_performance(good, target.account_id, target.site_id, target.stamp)
    if target.updates:
        tally.updated += keyword_figures.update_figures(good, target.account_id, target.site_id, target.stamp)
    tally.added += added
    tally.known += len(good) - added
    tally.warned += sum(bool(row.warnings) for row in good)
    for row in rows:
        if isinstance(row, RejectedRow):
            tally.reject(row)


def report(tally: ImportCounts, account_id: int, read_as: str) -> dict[str, Any]:
    """What the result page shows, with how the file was read, in words.

    The rejected rows go to the media storage and are named by `rejected_file`.
    """
    return {
        "added": tally.added,
        "known": tally.known,
        "updated": tally.updated,
        "warned": tally.warned,
        "rejected": tally.rejected_count,
        "account": tally.account(),
        "read_as": read_as,
        "reasons": tally.reasons,
        "rejected_file": tally.sheet.store(account_id) if tally.rejected_count else None,
        "sample": [[row.line, row.keyword, row.message] for row in tally.sample],
    }


def record_import(
    run_id: uuid.UUID, target: ImportTarget, actor_id: int | None, tally: ImportCounts, read_as: str
) -> Run:
    """Record an import that was short enough to be done at once, as a run that has ended. Flushes."""
    run = Run(
        id=run_id,
        account_id=target.account_id,
        site_id=target.site_id,
        actor_id=actor_id,
        kind=IMPORT_KEYWORDS.name,
        job=IMPORT_KEYWORDS.job,
        title=f"Importing {tally.rows:,} {'row' if tally.rows == 1 else 'rows'}",
        state="succeeded",
        message=tally.summary(),
        link=f"/planner/keywords/import/{run_id}/",
        data=report(tally, target.account_id, read_as),
        done=tally.rows,
        total=tally.rows,
        created_at=target.stamp,
        started_at=target.stamp,
        ended_at=utcnow(),
    )
    db.session.add(run)
    db.session.flush()
    return run
