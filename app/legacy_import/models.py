"""Moving in from the old plugin: the import, and each row that was read, with what became of it."""

import uuid
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import ENCRYPTED
from app.core.db import AccountOwned, Base

STAGED, IMPORTED, MERGED, QUARANTINED = "staged", "imported", "merged", "quarantined"
RECORD = "record"  # the target of what has no place in the app and is kept as it was


class LegacyImport(Base, AccountOwned):
    """One installation of the old plugin that is moved to a site.

    `source` is ``dump`` (a file on the shelf, by its SHA-256 in `file`) or ``server`` (`server`: host, port, database,
    user, tls; the password is encrypted and forgotten when the import ends). `database` and `prefix` say which
    installation in the source is meant; both are found when they are empty. `origin` identifies the installation: what
    was moved from it before is not moved again. `tables` has by table what was found (`app.legacy_import.staging`),
    `choices` what the person decided, `report` the result of the checks. `stamp` is the time that all its rows have.
    """

    __tablename__ = "legacy_imports"
    __table_args__ = (
        CheckConstraint("source in ('dump','server')", name="source"),
        CheckConstraint("state in ('reading','ready','moving','done','undone')", name="state"),
        Index("ix_legacy_imports_site", "site_id", text("id DESC")),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"), index=True)
    source: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(200))
    server: Mapped[dict[str, Any]] = mapped_column(default=dict)
    password: Mapped[str | None] = mapped_column(String(1200), info=ENCRYPTED)
    file: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    database: Mapped[str] = mapped_column(String(64), default="")
    prefix: Mapped[str] = mapped_column(String(64), default="")
    origin: Mapped[str] = mapped_column(String(32), default="")
    state: Mapped[str] = mapped_column(String(8), default="reading")
    tables: Mapped[dict[str, Any]] = mapped_column(default=dict)
    notes: Mapped[list[Any]] = mapped_column(default=list)
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    stamp: Mapped[datetime]
    finished_at: Mapped[datetime | None]


@dataclass(frozen=True)
class ImportFacts:
    """What moving needs of an import, which a commit does not make stale."""

    id: int
    account_id: int
    site_id: int
    origin: str
    stamp: datetime
    tables: dict[str, Any]
    choices: dict[str, Any]

    @classmethod
    def of(cls, legacy: LegacyImport) -> "ImportFacts":
        """The facts as they are now."""
        return cls(**{field.name: getattr(legacy, field.name) for field in fields(cls)})


class LegacyRow(Base, AccountOwned):
    """A row of the old plugin. `raw` are its columns as texts, as the source has them, without secrets.

    `source_table` is a key of `app.legacy_import.schema.TABLES`, `old_key` its primary key there, `parent_key` the post
    of a meta. `reason` is a key of `app.legacy_import.reasons.REASONS`, `detail` what it is about. What it became is
    `target_type` and `target_id`, with the digest of what was written; a task may have made a draft as well.
    """

    __tablename__ = "legacy_rows"
    __table_args__ = (
        UniqueConstraint("import_id", "source_table", "old_key"),
        CheckConstraint("state in ('staged','imported','merged','quarantined')", name="state"),
        Index("ix_legacy_rows_state", "import_id", "source_table", "state", "id"),
        Index("ix_legacy_rows_parent", "import_id", "parent_key", postgresql_where=text("parent_key is not null")),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey("legacy_imports.id", ondelete="CASCADE"))
    source_table: Mapped[str] = mapped_column(String(20))
    old_key: Mapped[str] = mapped_column(String(64))
    parent_key: Mapped[str | None] = mapped_column(String(64))
    raw: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12), default=STAGED, server_default=STAGED)
    reason: Mapped[str] = mapped_column(String(30), default="", server_default="")
    detail: Mapped[str] = mapped_column(String(200), default="", server_default="")
    target_type: Mapped[str] = mapped_column(String(12), default="", server_default="")
    target_id: Mapped[int | None] = mapped_column(BigInteger)
    written: Mapped[str] = mapped_column(String(16), default="", server_default="")
    draft_id: Mapped[int | None] = mapped_column(BigInteger)
    draft_written: Mapped[str] = mapped_column(String(16), default="", server_default="")
