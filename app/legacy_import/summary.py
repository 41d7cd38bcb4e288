"""What moving in would do, before anything is written: counts, reasons and samples, from the staged rows."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, any_, cast, func, select, tuple_

from app.accounts import members
from app.core.extensions import db
from app.legacy_import.batches import Metas, StagedReader
from app.legacy_import.cleaning import DOUBLE, OldRow, mended
from app.legacy_import.models import STAGED, ImportFacts, LegacyImport
from app.legacy_import.refusals import RowRefused, one_line
from app.legacy_import.schema import TABLES
from app.legacy_import.targets import R, moved_before
from app.legacy_import.transforms import (
    LEAVE_OUT,
    QUEUED,
    Context,
    cluster_values,
    idea_values,
    keyword_row,
    post_item,
    status_of,
    task_values,
)
from app.mirror.models import RemoteState
from app.planner.models import Cluster, Keyword

AT_ONCE, SAMPLES, PEOPLE, MENDED, SHOWN = 1_000, 3, 50, 5, 120
Values = Callable[[OldRow], Any]


def summarise(legacy: LegacyImport) -> int:
    """Sum up the staged rows into the import's report. Returns how many there are. Flushes."""
    facts = ImportFacts.of(legacy)
    reader, context = StagedReader(facts), _any_context(legacy)
    mended_texts: list[list[str]] = []
    statuses: Counter[str] = Counter()
    tables = {}
    for key in TABLES:
        if key in legacy.tables:
            tables[key] = _Table(facts, key, _values_of(key, context)).summed(
                _rows(legacy.id, key, reader), mended_texts, statuses
            )
    legacy.report = {
        **legacy.report,
        "summary": {
            "tables": tables,
            "statuses": [[name, count] for name, count in statuses.most_common(30)],
            "mended": mended_texts[:MENDED],
            "mended_count": len(mended_texts),
            "people": _people(legacy, reader),
        },
    }
    db.session.flush()
    return sum(table["rows"] for table in legacy.tables.values())


def _any_context(legacy: LegacyImport) -> Context:
    """A context in which everything that is staged has been moved."""
    keys = {
        table: list(
            db.session.scalars(select(R.c.old_key).where(R.c.import_id == legacy.id, R.c.source_table == table))
        )
        for table in ("clusters", "content_ideas")
    }
    return Context(
        legacy.stamp,
        clusters=dict.fromkeys(keys["clusters"], 0),
        ideas=dict.fromkeys(keys["content_ideas"], (0, 0)),
    )


def _values_of(key: str, context: Context) -> Values | None:
    values: dict[str, Values] = {
        "clusters": cluster_values,
        "keywords": lambda row: keyword_row(row, context),
        "content_ideas": lambda row: idea_values(row, context),
        "tasks": lambda row: task_values(row, _lenient(context, row)),
        "posts": lambda row: vars_of(post_item(row, Metas().of(""), context)),
    }
    return values.get(key)


def _lenient(context: Context, row: OldRow) -> Context:
    """A context in which the row's status is known: unknown ones are listed, and the person says what they mean."""
    return Context(
        context.stamp,
        statuses={row.text("status").strip().lower(): status_of(row, {}) or QUEUED},
        clusters=context.clusters,
        ideas=context.ideas,
    )


def vars_of(item: Any) -> dict[str, Any]:
    """A post's values that are shown and looked up."""
    return {"title": item.title, "external_id": item.id, "status": item.status, "content_type": item.type}


def _rows(import_id: int, key: str, reader: StagedReader) -> Iterator[dict[str, OldRow]]:
    """The staged rows of a table by their keys in the source, some at a time."""
    last = 0
    stmt = select(R.c.id, R.c.old_key, R.c.raw).where(
        R.c.import_id == import_id, R.c.source_table == key, R.c.state == STAGED
    )
    while rows := db.session.execute(stmt.where(R.c.id > last).order_by(R.c.id).limit(AT_ONCE)).all():
        last = rows[-1].id
        yield {row.old_key: reader.old_row(key, row.raw) for row in rows}


class _Table:
    """Sums up one table. What earlier imports of the installation have moved is here already."""

    def __init__(self, legacy: ImportFacts, key: str, values_of: Values | None) -> None:
        self._legacy, self._site_id, self._key, self._values_of = legacy, legacy.site_id, key, values_of
        self._met: set[int] = set()

    def summed(
        self, batches: Iterator[dict[str, OldRow]], mended_texts: list[list[str]], statuses: Counter[str]
    ) -> dict[str, Any]:
        fits = here = moved = 0
        refused: Counter[str] = Counter()
        samples: list[list[str]] = []
        for rows in batches:
            _note_mended(list(rows.values()), mended_texts)
            if self._values_of is None:
                continue
            good = []
            before = moved_before(self._legacy, self._key, list(rows))
            moved += len(before)
            for row in (row for old_key, row in rows.items() if old_key not in before):
                if self._key == "tasks" and status_of(row, {}) is None:
                    statuses[row.text("status").strip().lower()[:60]] += 1
                try:
                    good.append(self._values_of(row))
                except RowRefused as refusal:
                    refused[refusal.reason] += 1
            samples += [_sample(values) for values in good[: SAMPLES - len(samples)]]
            unmet = self._unmet(good)
            here += len(good) - len(unmet) + self._count_here(unmet)
            fits += len(good)
        return {"fits": fits - here, "here": here + moved, "refused": dict(refused), "samples": samples}

    def _unmet(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """These without the ones that come to the same as an earlier row of the source: those are merged with it."""
        name = {"clusters": "name", "keywords": "normalised"}.get(self._key)
        if name is None:
            return list(rows)
        unmet = []
        for row in rows:
            mark = hash(row[name].lower())
            if mark not in self._met:
                unmet.append(row)
            self._met.add(mark)
        return unmet

    def _count_here(self, rows: Sequence[dict[str, Any]]) -> int:
        """How many of these the site has already."""
        stmt: Any = None
        if self._key == "clusters":
            names = cast([row["name"].lower() for row in rows], ARRAY(Text))
            stmt = select(func.count()).where(Cluster.site_id == self._site_id, func.lower(Cluster.name) == any_(names))
        elif self._key == "keywords":
            forms = cast([row["normalised"] for row in rows], ARRAY(Text))
            stmt = select(func.count()).where(Keyword.site_id == self._site_id, Keyword.normalised == any_(forms))
        elif self._key == "posts":
            ids = cast([row["external_id"] for row in rows], ARRAY(BigInteger))
            of_site = tuple_(RemoteState.site_id, RemoteState.kind) == (self._site_id, "post")
            stmt = select(func.count()).where(of_site, RemoteState.external_id == any_(ids))
        return 0 if stmt is None or not rows else db.session.scalar(stmt) or 0


def _sample(values: dict[str, Any]) -> list[str]:
    """What a row would be, in two texts: its name, and the rest of what is known of it."""
    name = values.get("keyword") or values.get("title") or values.get("name") or ""
    parts = (
        values.get(part) for part in ("content_type", "content_structure", "status", "volume", "intent", "country")
    )
    shown = (f"{part:,}" if isinstance(part, int) else str(part) for part in parts if part not in (None, ""))
    return [_short(str(name)), ", ".join(shown)]


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def _note_mended(rows: Sequence[OldRow], texts: list[list[str]]) -> None:
    for row in rows:
        for value in row.raw.values():
            match = DOUBLE.search(value) if value else None
            if value and match and (after := mended(value)) != value:
                place = max(0, match.start() - 30)
                texts.append([_short(value[place : place + 100]), _short(after[place : place + 100])])
                break


def _people(legacy: LegacyImport, reader: StagedReader) -> list[list[Any]]:
    """Name, address, and whether they are a member: at most PEOPLE."""
    emails = {one.user.email.lower() for one in members.list_members(legacy.account_id)}
    stmt = select(R.c.raw).where(R.c.import_id == legacy.id, R.c.source_table == "users").order_by(R.c.id).limit(PEOPLE)
    rows = [reader.old_row("users", raw) for raw in db.session.scalars(stmt)]
    return [
        [_short(row.text("name")), _short(row.text("email")), row.text("email").strip().lower() in emails]
        for row in rows
    ]


STATUS_CHOICES = (QUEUED, "completed", LEAVE_OUT)
