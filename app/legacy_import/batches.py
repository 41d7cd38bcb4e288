"""Staged rows some at a time, locked, so that two workers never move the same row. Services flush."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Text, any_, cast, func, select
from sqlalchemy.exc import DataError, IntegrityError

from app.core.extensions import db
from app.legacy_import.cleaning import OldRow
from app.legacy_import.models import QUARANTINED, STAGED, ImportFacts
from app.legacy_import.php_values import stored_value
from app.legacy_import.refusals import RowRefused
from app.legacy_import.targets import Moved, R
from app.legacy_import.transforms import meta_name


@dataclass(frozen=True, slots=True)
class Staged:
    """A staged row: its id, its key in the source, its values, and the digest by which other imports know it."""

    id: int
    key: str
    row: OldRow
    digest: str


Handler = Callable[[list[Staged]], list[Moved]]


class StagedReader:
    """Reads the staged rows of one import."""

    def __init__(self, legacy: ImportFacts) -> None:
        self._import_id = legacy.id
        self._mappings: dict[str, Mapping[str, str]] = {key: facts["mapping"] for key, facts in legacy.tables.items()}
        self._mends = bool(legacy.choices.get("mend_encoding"))

    def old_row(self, table: str, raw: dict[str, Any]) -> OldRow:
        """The values by our names of the columns."""
        return OldRow(raw, self._mappings[table], self._mends)

    def staged(self, table: str, limit: int) -> list[Staged]:
        """The next staged rows of a table, locked until the transaction ends."""
        stmt = (
            select(R.c.id, R.c.old_key, R.c.raw, func.md5(cast(R.c.raw, Text)).label("digest"))
            .where(R.c.import_id == self._import_id, R.c.source_table == table, R.c.state == STAGED)
            .order_by(R.c.id)
            .limit(limit)
            .with_for_update()
        )
        return [
            Staged(row.id, row.old_key, self.old_row(table, row.raw), row.digest) for row in db.session.execute(stmt)
        ]

    def metas(self, post_keys: Sequence[str]) -> "Metas":
        """The staged metas of these posts, locked."""
        stmt = (
            select(R.c.id, R.c.parent_key, R.c.raw)
            .where(
                R.c.import_id == self._import_id,
                R.c.parent_key == any_(cast(list(post_keys), ARRAY(Text))),
                R.c.state == STAGED,
            )
            .order_by(R.c.id)
            .with_for_update()
        )
        metas = Metas()
        for row in db.session.execute(stmt):
            metas.add(row.id, row.parent_key, self.old_row("postmeta", row.raw))
        return metas


class Metas:
    """The plugin's metas of some posts: what each says by its name, their ids, and those that cannot be read."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, OldRow]] = {}
        self.ids: dict[str, list[int]] = {}
        self.refused: list[Moved] = []

    def add(self, row_id: int, post_key: str, row: OldRow) -> None:
        """Take in a meta; one whose value is damaged is quarantined, whatever becomes of its post."""
        name = row.text("name")
        try:
            stored_value(row.text("value"), name)
        except RowRefused as refusal:
            self.refused.append(Moved(row_id, QUARANTINED, refusal.reason, refusal.detail))
            return
        self.ids.setdefault(post_key, []).append(row_id)
        self.values.setdefault(post_key, {}).setdefault(meta_name(name), row)

    def of(self, post_key: str) -> dict[str, OldRow]:
        """What the metas of a post say, by their names without `_igny8_`."""
        return self.values.get(post_key, {})


def moved_in_parts(rows: list[Staged], handler: Handler) -> list[Moved]:
    """What the handler makes of all rows; when the database refuses, of halves, so that only refused rows are left."""
    try:
        with db.session.begin_nested():
            return handler(rows)
    except (DataError, IntegrityError, UnicodeError) as error:
        if len(rows) == 1:
            reason = type(getattr(error, "orig", error)).__name__
            return [Moved(rows[0].id, QUARANTINED, "refused", reason)]
    half = len(rows) // 2
    return moved_in_parts(rows[:half], handler) + moved_in_parts(rows[half:], handler)
