"""What is live where, and each attempt to make it so."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base
from app.core.site_scope import SiteScope


class PublishRun(Base, AccountOwned):
    """One attempt to publish a piece of content. The run's exclusive key keeps it the only active one.

    `run_id` is the run that a person watches; it is also the idempotency key sent to the plugin.
    """

    __tablename__ = "publish_runs"
    __table_args__ = (CheckConstraint("mode in ('manual','scheduled')", name="mode"),)

    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), unique=True)
    mode: Mapped[str] = mapped_column(String(12), default="manual")
    result: Mapped[dict[str, Any] | None]


class PublishBatch(Base, AccountOwned):
    """Many rows that a person had published or scheduled at once.

    `due_at` is the time of a scheduled batch, `last_due_at` that of its last row where the rows are spread over time;
    `total` is the number of its rows.
    """

    __tablename__ = "publish_batches"
    __table_args__ = (
        CheckConstraint("kind in ('publish','schedule')", name="kind"),
        CheckConstraint("(kind = 'schedule') = (due_at is not null)", name="due"),
        Index("ix_publish_batches_recent", "account_id", text("id DESC")),
    )

    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(12))
    due_at: Mapped[datetime | None]
    last_due_at: Mapped[datetime | None]
    total: Mapped[int]

    @classmethod
    def __site_scope__(cls, scope: SiteScope) -> ColumnElement[bool]:
        """Batches with a row of a granted site."""
        rows = PublishBatchRow.__table__.c
        return select(rows.id).where(rows.batch_id == cls.id, rows.site_id.in_(sorted(scope.site_ids))).exists()

    @property
    def mode(self) -> str:
        """How its runs go about it: ``manual`` or ``scheduled``."""
        return "manual" if self.kind == "publish" else "scheduled"


class PublishBatchRow(Base, AccountOwned):
    """A piece of content in a batch, in the order it was selected in; `position` counts from 1.

    `run_id` is the run that publishes it; `joined` when that run had been started before the batch was.
    Without a run, `error` says why none could be started. A piece may be in many batches.
    """

    __tablename__ = "publish_batch_rows"
    __table_args__ = (UniqueConstraint("batch_id", "position"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("publish_batches.id", ondelete="CASCADE"))
    position: Mapped[int]
    content_id: Mapped[int | None] = mapped_column(ForeignKey("contents.id", ondelete="SET NULL"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(Text)
    joined: Mapped[bool] = mapped_column(default=False)
    error: Mapped[dict[str, Any] | None]


class CountEntry(Base, AccountOwned):
    """One counted operation of a site: the ledger behind `SiteCounters`. Rows are added; what a recount
    corrects gets a row of its own.

    `operation` names it: a publish is its run id, whoever reports it.
    """

    __tablename__ = "count_entries"
    __table_args__ = (UniqueConstraint("site_id", "operation"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    operation: Mapped[str] = mapped_column(String(80))
    posts: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    products: Mapped[int] = mapped_column(default=0)
    categories: Mapped[int] = mapped_column(default=0)
    tags: Mapped[int] = mapped_column(default=0)
    sectors: Mapped[int] = mapped_column(default=0)
    clusters: Mapped[int] = mapped_column(default=0)
    operations: Mapped[int] = mapped_column(default=1)
    published_at: Mapped[datetime | None]


class SiteCounters(Base):
    """Sums of a site's ledger, added to in the database with each new entry."""

    __tablename__ = "site_counters"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    posts: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    products: Mapped[int] = mapped_column(default=0)
    categories: Mapped[int] = mapped_column(default=0)
    tags: Mapped[int] = mapped_column(default=0)
    sectors: Mapped[int] = mapped_column(default=0)
    clusters: Mapped[int] = mapped_column(default=0)
    operations: Mapped[int] = mapped_column(default=0)
    last_publish_at: Mapped[datetime | None]


class PublishTally(Base):
    """How many publishes to a site ended in a quarter of an hour, by outcome, and what went live, by type of content.

    `seconds` is the total time of those that brought something live. A trigger on `runs` maintains it (migration 0053):
    nothing else writes it.
    """

    __tablename__ = "publish_tallies"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    quarter: Mapped[datetime] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    succeeded: Mapped[int] = mapped_column(server_default=text("0"))
    failed: Mapped[int] = mapped_column(server_default=text("0"))
    seconds: Mapped[float] = mapped_column(server_default=text("0"))
    articles: Mapped[int] = mapped_column(server_default=text("0"))
    pages: Mapped[int] = mapped_column(server_default=text("0"))
    products: Mapped[int] = mapped_column(server_default=text("0"))
    term_pages: Mapped[int] = mapped_column(server_default=text("0"))
