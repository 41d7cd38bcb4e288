"""What is live where, and each attempt to make it so."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
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


class Publication(Base, AccountOwned):
    """A piece of content on a site: one row per pair.

    `published_hash` is the hash of the payload that was sent, `remote_hash` of what WordPress
    stored. `external_id` is a post's, or a term's of `external_taxonomy` when `external_type` is ``term``:
    the two count separately. `verdict`: ``verified``, ``published_with_issues`` or ``not_seen_from_outside``; the page
    is looked at again by itself at `look_at`, unless that is None.
    """

    __tablename__ = "publications"
    __table_args__ = (
        UniqueConstraint("content_id", "site_id"),
        CheckConstraint(
            "(external_type = 'post' and external_taxonomy = '')"
            " or (external_type = 'term' and external_taxonomy <> '')",
            name="external_type",
        ),
        CheckConstraint("verdict in ('verified','published_with_issues','not_seen_from_outside')", name="verdict"),
        Index("ix_publications_look_at", "look_at", postgresql_where=text("look_at is not null")),
    )

    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    external_id: Mapped[int] = mapped_column(BigInteger)
    external_type: Mapped[str] = mapped_column(String(8), default="post", server_default="post")
    external_taxonomy: Mapped[str] = mapped_column(String(32), default="", server_default="")
    external_url: Mapped[str] = mapped_column(Text)
    published_hash: Mapped[str] = mapped_column(String(64))
    remote_hash: Mapped[str] = mapped_column(String(64))
    content_version: Mapped[int]
    verdict: Mapped[str | None] = mapped_column(String(24))
    issues: Mapped[list[Any]] = mapped_column(default=list)
    first_published_at: Mapped[datetime]
    last_published_at: Mapped[datetime]
    look_at: Mapped[datetime | None]


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

    `due_at` is the time of a scheduled batch; `total` the number of its rows.
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
    total: Mapped[int]

    @classmethod
    def __site_scope__(cls, scope: SiteScope) -> ColumnElement[bool]:
        """Batches with a row of a granted site."""
        mine = PublishBatchRow.__table__.c
        return select(mine.id).where(mine.batch_id == cls.id, mine.site_id.in_(sorted(scope.site_ids))).exists()

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


class RemoteState(Base, AccountOwned):
    """What WordPress has of a piece of content, as last seen or last published: one row per content.

    `base` is what both sides last agreed on: by field the hash of our value and of theirs (null: not known yet).
    `fields` are WordPress's values as last seen (of the text only `content_digest`), `ahead` the fields in which it
    has something that was not taken over. `agreed_version` is the version of the content whose values `base` holds,
    or 0. `images` are address and attachment by hash, for finding our images in its text again. The rules:
    docs/decisions/0009. Who changes a content and this row locks this row first.
    """

    __tablename__ = "remote_states"
    __table_args__ = (
        UniqueConstraint("content_id"),
        Index("uq_remote_states_object", "site_id", "kind", "taxonomy", "external_id", unique=True),
        CheckConstraint("(kind = 'post' and taxonomy = '') or (kind = 'term' and taxonomy <> '')", name="kind"),
    )

    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(4), default="post")
    taxonomy: Mapped[str] = mapped_column(String(32), default="")
    external_id: Mapped[int] = mapped_column(BigInteger)
    remote_type: Mapped[str] = mapped_column(String(32), default="")
    status: Mapped[str] = mapped_column(String(20), default="")
    permalink: Mapped[str] = mapped_column(Text, default="")
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    base: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ahead: Mapped[list[Any]] = mapped_column(default=list)
    images: Mapped[dict[str, Any]] = mapped_column(default=dict)
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    state_hash: Mapped[str] = mapped_column(String(64), default="")
    agreed_version: Mapped[int] = mapped_column(default=0)
    modified_utc: Mapped[datetime | None]
    seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]


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
