"""What the operator was told, and what was backed up and restored. Nothing of an account is in these tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import utcnow
from app.core.db import Base, Identified

KINDS = ("database", "media", "configuration", "drill")


class OperatorAlert(Base):
    """Something that is wrong now. The row goes when it is over; `told_at` is when the operator was told of it."""

    __tablename__ = "operator_alerts"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    cause: Mapped[str] = mapped_column(Text, default="")
    first_seen_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_seen_at: Mapped[datetime] = mapped_column(default=utcnow)
    told_at: Mapped[datetime | None]


class BackupRecord(Base, Identified):
    """One backup of a kind, or a drill: a restore that was tried. `name` is that of its folder.

    `details` has what a drill has proved: tables, rows, seconds.
    """

    __tablename__ = "backup_records"
    __table_args__ = (
        CheckConstraint("kind in ('database','media','configuration','drill')", name="kind"),
        CheckConstraint("state in ('running','good','failed')", name="state"),
        Index("ix_backup_records_newest", "kind", text("id DESC")),
    )

    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(8), default="running")
    name: Mapped[str] = mapped_column(String(80), default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    message: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    started_at: Mapped[datetime] = mapped_column(default=utcnow)
    ended_at: Mapped[datetime | None]
