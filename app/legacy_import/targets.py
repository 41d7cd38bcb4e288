"""What rows became: looking it up by old keys, and comparing what is stored with what was written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, Text, any_, cast, func, select, update

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity.models import User
from app.legacy_import.models import IMPORTED, MERGED, ImportFacts, LegacyImport, LegacyRow
from app.legacy_import.transforms import digest
from app.planner.models import Cluster, Idea, Keyword
from app.writer.models import Task

R = LegacyRow.__table__
QUIET = {"synchronize_session": False}
PLAN = ("title", "description", "content_type", "content_structure", "primary_keyword", "cluster_id")
DRAFT = ("title", "content_html", "seo_title", "seo_description", "content_type", "cluster_id", "version")
# By kind of target, the columns that a digest of what was written is of.
WRITTEN: dict[str, tuple[Any, tuple[str, ...]]] = {
    "cluster": (Cluster, ("name", "description")),
    "keyword": (
        Keyword,
        ("keyword", "volume", "difficulty", "cpc", "intent", "country", "cluster_id"),
    ),
    "idea": (Idea, PLAN),
    "task": (Task, (*PLAN, "status")),
    "content": (Content, ("title", "content_html", "excerpt", "seo_title", "seo_description", "cluster_id", "version")),
    "draft": (Content, DRAFT),
}
MODELS: dict[str, Any] = {name: model for name, (model, _columns) in WRITTEN.items()} | {"user": User}


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one staged row."""

    row_id: int
    state: str
    reason: str = ""
    detail: str = ""
    target_type: str = ""
    target_id: int | None = None
    written: str = ""
    draft_id: int | None = None
    draft_written: str = ""


def written_digest(kind: str, values: Mapping[str, Any]) -> str:
    """The digest of these values of a target of this kind."""
    return digest({name: values.get(name) for name in WRITTEN[kind][1]})


def stored_digests(kind: str, ids: Collection[int]) -> dict[int, str]:
    """The digests of what is stored now, by id; rows that are gone are missing."""
    model, columns = WRITTEN[kind]
    stmt = select(model.id, *(getattr(model, name) for name in columns))
    rows = db.session.execute(stmt.where(model.id == any_(cast(list(ids), ARRAY(BigInteger)))))
    return {row.id: digest(_without_id(row)) for row in rows}


def _without_id(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "id"}


def settle(results: Sequence[Moved]) -> None:
    """Store what became of these rows, in one statement. Flushes."""
    if not results:
        return
    kinds = {"row_id": BigInteger, "target_id": BigInteger, "draft_id": BigInteger}
    names = list(Moved.__slots__)
    arrays = [cast([getattr(one, name) for one in results], ARRAY(kinds.get(name, Text)())) for name in names]
    new = func.unnest(*arrays).table_valued(*names).render_derived()
    values = {name: new.c[name] for name in names if name != "row_id"}
    stmt = update(LegacyRow).where(LegacyRow.id == new.c.row_id).values(**values, updated_at=utcnow())
    db.session.execute(stmt.execution_options(**QUIET))


def moved_targets(import_id: int, table: str, keys: Iterable[str]) -> dict[str, int]:
    """Our ids of rows of this table that were moved or merged, by old key."""
    wanted = sorted({key for key in keys if key})
    if not wanted:
        return {}
    stmt = select(R.c.old_key, R.c.target_id).where(
        R.c.import_id == import_id,
        R.c.source_table == table,
        R.c.old_key == any_(cast(wanted, ARRAY(Text))),
        R.c.state.in_((IMPORTED, MERGED)),
        R.c.target_id.is_not(None),
    )
    return {row.old_key: row.target_id for row in db.session.execute(stmt)}


def moved_before(legacy: ImportFacts, table: str, keys: Sequence[str]) -> dict[str, tuple[str, int | None, str]]:
    """What other imports of the same installation made of these rows: {old key: (kind, id, digest of the old row)}.

    What is no longer there counts as never moved.
    """
    if not legacy.origin:
        return {}
    other = LegacyImport.__table__
    stmt = (
        select(R.c.old_key, R.c.target_type, R.c.target_id, func.md5(cast(R.c.raw, Text)).label("raw"))
        .join(other, other.c.id == R.c.import_id)
        .where(
            other.c.site_id == legacy.site_id,
            other.c.origin == legacy.origin,
            other.c.id != legacy.id,
            R.c.source_table == table,
            R.c.old_key == any_(cast(list(keys), ARRAY(Text))),
            R.c.state.in_((IMPORTED, MERGED)),
        )
        .order_by(R.c.id)
    )
    rows = db.session.execute(stmt).all()
    there = _still_there(rows)
    return {
        row.old_key: (row.target_type, row.target_id, row.raw)
        for row in rows
        if row.target_type not in MODELS or (row.target_type, row.target_id) in there
    }


def _still_there(rows: Sequence[Any]) -> set[tuple[str, int]]:
    there: set[tuple[str, int]] = set()
    for kind in {row.target_type for row in rows} & set(MODELS):
        model = MODELS[kind]
        ids = sorted({row.target_id for row in rows if row.target_type == kind and row.target_id is not None})
        stmt = select(model.id).where(model.id == any_(cast(ids, ARRAY(BigInteger))))
        there |= {(kind, row_id) for row_id in db.session.scalars(stmt)}
    return there


def counts_by_state(import_id: int) -> dict[str, dict[str, int]]:
    """How many rows of each table are in each state."""
    stmt = select(R.c.source_table, R.c.state, func.count().cast(Integer)).where(R.c.import_id == import_id)
    counts: dict[str, dict[str, int]] = {}
    for table, state, count in db.session.execute(stmt.group_by(R.c.source_table, R.c.state)):
        counts.setdefault(table, {})[state] = count
    return counts
