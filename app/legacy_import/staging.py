"""Reading a source into rows of ours, in the table `legacy_rows`. Nothing else is written.

Safe to repeat: a row that is there already, by its key, is passed over. A row without a key gets its number.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select, text

from app.core.bulk_insert import insert_new
from app.core.clock import utcnow
from app.core.extensions import db
from app.legacy_import.models import LegacyImport, LegacyRow
from app.legacy_import.php_values import stored_value
from app.legacy_import.refusals import RowRefused
from app.legacy_import.schema import (
    META_KEY,
    NO_POSTS,
    OPTION_NAME,
    POST_TYPES,
    TABLES,
    FoundTable,
    Installation,
)
from app.legacy_import.secrets_left_out import row_without_secrets
from app.legacy_import.sources import OldSource, Raw, SourceRow

AT_ONCE = 2_000
KEYS_AT_ONCE = 5_000
MOST_BYTES = 8 * 1024 * 1024  # of the texts that are held at once, and of one row
MOST_COLUMNS = 200
PLUGIN = re.compile(r"igny8[\w-]*/[\w.-]+\.php")
HOOK = re.compile(r"_?igny8_\w+")
WITH_SECRETS = ("settings", "accounts", "options")


@dataclass
class Found:
    """What is learnt while reading: how many rows of each table were read and passed over, and what of the old plugin
    still runs. `cron` are its hooks that WordPress would call, `is_active` whether it is switched on.
    """

    read: Counter[str] = field(default_factory=Counter)
    passed_over: Counter[str] = field(default_factory=Counter)
    url: str = ""
    cron: list[str] = field(default_factory=list)
    is_active: bool | None = None


def stage(
    legacy: LegacyImport, source: OldSource, installation: Installation, after_some: Callable[[int, int | None], None]
) -> Found:
    """Read all rows; `after_some` is called after each few thousand, commits, and may raise to stop."""
    facts = Found()
    rows = _Filter(installation, facts).kept(source.rows(installation))
    while chunk := _next_chunk(rows):
        _store(legacy, installation, chunk)
        after_some(source.progress.done, source.progress.total)
    _drop_foreign(legacy.id)
    return facts


def _next_chunk(rows: Iterator[SourceRow]) -> list[SourceRow]:
    """Some rows: AT_ONCE, or fewer where they are large."""
    chunk, size = [], 0
    for row in islice(rows, AT_ONCE):
        chunk.append(row)
        size += sum(len(value) for value in row.raw.values() if value)
        if size > MOST_BYTES:
            break
    return chunk


class _Filter:
    """Passes on what concerns the plugin, without secrets, and notes what it learns."""

    def __init__(self, installation: Installation, facts: Found) -> None:
        self._tables, self._found = installation.tables, facts
        self._own_posts: set[str] = set()
        self._seen: set[str] = set()

    def kept(self, rows: Iterator[SourceRow]) -> Iterator[SourceRow]:
        """The rows to stage."""
        for row in rows:
            self._seen.add(row.key)
            cleaned = self._cleaned(row.key, row.raw, self._tables[row.key].mapping)
            if cleaned is None:
                self._found.passed_over[row.key] += 1
                continue
            self._found.read[row.key] += 1
            yield SourceRow(row.key, cleaned)

    def _cleaned(self, key: str, raw: Raw, names: Any) -> Raw | None:
        if key == "postmeta":
            return self._meta(raw, names)
        if key == "posts":
            return raw if self._is_own_post(raw, names) else None
        if key == "users":
            return {column: raw.get(column) for column in names.values()}
        if key == "options":
            return self._option(raw, names)
        if key == "tasks" and (post := raw.get(names.get("post_id", ""))):
            self._own_posts.add(post)
        return row_without_secrets(raw, names) if key in WITH_SECRETS else raw

    def _meta(self, raw: Raw, names: Any) -> Raw | None:
        if not META_KEY.match(raw.get(names.get("name", "")) or ""):
            return None
        self._own_posts.add(raw.get(names.get("post_id", "")) or "")
        return raw

    def _is_own_post(self, raw: Raw, names: Any) -> bool:
        if raw.get(names.get("type", "")) not in POST_TYPES or raw.get(names.get("status", "")) in NO_POSTS:
            return False
        # A dump has its tables in any order, each at once: while metas are still to come, a post may be the plugin's.
        are_known = "postmeta" in self._seen and ("tasks" in self._seen or "tasks" not in self._tables)
        return not are_known or raw.get(names.get("id", "")) in self._own_posts

    def _option(self, raw: Raw, names: Any) -> Raw | None:
        name, value = raw.get(names.get("name", "")) or "", raw.get(names.get("value", "")) or ""
        if name == "siteurl":
            self._found.url = value[:500]
        elif name == "active_plugins":
            self._found.is_active = bool(PLUGIN.search(value))
        elif name == "cron":
            self._found.cron = hooks_of_cron(value)
        return row_without_secrets(raw, names) if OPTION_NAME.match(name) else None


def hooks_of_cron(value: str) -> list[str]:
    """The plugin's hooks in WordPress's option `cron` (pure)."""
    try:
        times = stored_value(value, "cron")
    except RowRefused:
        return sorted(set(HOOK.findall(value)))[:50]
    jobs = times.values() if isinstance(times, dict) else []
    return sorted({name for job in jobs if isinstance(job, dict) for name in job if HOOK.fullmatch(str(name))})[:50]


def _store(legacy: LegacyImport, installation: Installation, chunk: list[SourceRow]) -> None:
    now = utcnow()
    rows = [
        {
            "account_id": legacy.account_id,
            "import_id": legacy.id,
            "source_table": row.key,
            **_keys(row, installation.tables[row.key]),
            "raw": storable_row(row.raw),
            "created_at": now,
            "updated_at": now,
        }
        for row in chunk
    ]
    unique = {(row["source_table"], row["old_key"]): row for row in reversed(rows)}
    insert_new(LegacyRow.__table__, list(reversed(unique.values())))


def _keys(row: SourceRow, table: FoundTable) -> dict[str, str | None]:
    own, parent = table.mapping.get("id"), table.mapping.get("post_id")
    key = row.raw.get(own) if own else None
    return {
        "old_key": (key or _digest(row.raw))[:64],
        "parent_key": (row.raw.get(parent) or "")[:64] if row.key == "postmeta" and parent else None,
    }


def _digest(raw: Raw) -> str:
    joined = "\0".join(f"{name}\1{value}" for name, value in sorted(raw.items()))
    return f"#{hashlib.sha256(joined.encode('utf-8', 'replace')).hexdigest()[:40]}"


def storable_row(raw: Raw) -> Raw:
    """A row that PostgreSQL takes: without NUL, with at most MOST_COLUMNS, and not larger than MOST_BYTES."""
    values = {
        name.replace("\0", "")[:64]: value if value is None or "\0" not in value else value.replace("\0", "\ufffd")
        for name, value in list(raw.items())[:MOST_COLUMNS]
    }
    too_long = sum(len(value) for value in values.values() if value) > MOST_BYTES
    return {name: _cut(value) for name, value in values.items()} if too_long else values


def _cut(value: str | None) -> str | None:
    most = MOST_BYTES // MOST_COLUMNS
    return value if value is None or len(value) <= most else f"{value[:most]}… [cut: {len(value)} characters]"


def _drop_foreign(import_id: int) -> None:
    """Delete posts that no meta and no task of the plugin names, and people who wrote none of the rest."""
    row, of_import = LegacyRow, LegacyRow.import_id == import_id
    tasks = select(row.raw["assigned_post_id"].astext, row.raw["post_id"].astext)
    by_tasks = {
        value
        for pair in db.session.execute(tasks.where(of_import, row.source_table == "tasks"))
        for value in pair
        if value
    }
    posts = (of_import, row.source_table == "posts")
    after = ""
    # Part by part, each by an index: of rows that were just added the database does not know how many there are.
    while keys := list(db.session.scalars(_keys_after(posts, after))):
        by_metas = set(db.session.scalars(select(row.parent_key).where(of_import, row.parent_key.in_(keys)).distinct()))
        foreign = set(keys) - by_metas - by_tasks
        stmt = delete(row).where(*posts, row.old_key.in_(foreign))
        db.session.execute(stmt.execution_options(synchronize_session=False))
        after = keys[-1]
    db.session.execute(_DROP_PEOPLE, {"id": import_id})


def _keys_after(conditions: Sequence[ColumnElement[bool]], after: str) -> Select[str]:
    key = LegacyRow.old_key
    return select(key).where(*conditions, key > after).order_by(key).limit(KEYS_AT_ONCE)


_DROP_PEOPLE = text(
    """
    delete from legacy_rows where import_id = :id and source_table = 'users' and old_key not in (
        select distinct coalesce(raw->>'post_author', raw->>'user_id', raw->>'user', raw->>'author_id', '')
        from legacy_rows where import_id = :id and source_table in ('posts', 'tasks')
    )
    """
)


def table_report(legacy: LegacyImport, installation: Installation, facts: Found) -> dict[str, Any]:
    """What was found of each table: names, columns, and how many rows were read, kept and passed over."""
    of_import = select(LegacyRow.source_table, func.count()).where(LegacyRow.import_id == legacy.id)
    staged = {row[0]: row[1] for row in db.session.execute(of_import.group_by(LegacyRow.source_table))}
    return {
        key: {
            "name": table.name,
            "mapping": dict(table.mapping),
            "lacking": table.lacking(key),
            "besides": [] if TABLES[key].is_wordpress else table.besides(),
            "rows": staged.get(key, 0),
            "foreign": facts.passed_over[key] + _others(key, facts, staged),
            "repeated": 0 if key in ("posts", "users") else max(0, facts.read[key] - staged.get(key, 0)),
        }
        for key in TABLES
        if (table := installation.tables.get(key)) is not None
    }


def _others(key: str, facts: Found, staged: dict[str, int]) -> int:
    """Posts and people that were read, and turned out not to be the plugin's."""
    return max(0, facts.read[key] - staged.get(key, 0)) if key in ("posts", "users") else 0
