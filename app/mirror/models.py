"""What was received from WordPress, and how far it was applied."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class AppliedSequence(Base):
    """The last change of an object that was applied, so that each is applied once and in order.

    `object`: ``post`` or ``term`` (ids of WordPress), ``taxonomies`` or ``relationships`` (ids of content, where
    `sequence` is the instant of the change in microseconds).
    """

    __tablename__ = "applied_sequences"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    object: Mapped[str] = mapped_column(String(16), primary_key=True)
    taxonomy: Mapped[str] = mapped_column(String(32), primary_key=True)
    object_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[str] = mapped_column(String(64), default="")
    applied_at: Mapped[datetime]


class RemoteChange(Base, AccountOwned):
    """One line of what WordPress changed: which fields were updated from it and which were kept as they are here."""

    __tablename__ = "remote_changes"
    __table_args__ = (
        Index("ix_remote_changes_content", "content_id", text("id DESC")),
        Index("ix_remote_changes_site", "site_id", text("id DESC")),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    cause: Mapped[str] = mapped_column(String(20))
    changed_by: Mapped[str] = mapped_column(String(200), default="")
    taken: Mapped[list[Any]] = mapped_column(default=list)
    kept: Mapped[list[Any]] = mapped_column(default=list)
    message: Mapped[str] = mapped_column(Text)


class RemoteRelation(Base):
    """A WordPress term that stands for a cluster or a sector of ours (`igny8_cluster`, `igny8_sector`)."""

    __tablename__ = "remote_relations"
    __table_args__ = (CheckConstraint("taxonomy in ('igny8_cluster','igny8_sector')", name="taxonomy"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    taxonomy: Mapped[str] = mapped_column(String(32), primary_key=True)
    term_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    our_id: Mapped[int] = mapped_column(BigInteger)


class RemoteState(Base, AccountOwned):
    """What WordPress has of a piece of content, as last seen or last published: one row per content that is there.

    A content is a post, or the page of a term of `taxonomy`; the ids of posts and of terms count separately. `base` is
    what both sides last agreed on: by field the hash of our value and of theirs (null: not known yet). `fields` are
    WordPress's values as last seen (except the text), `ahead` the fields in which it has something that is not stored
    here. `agreed_version` is the version of the content whose values `base` holds, or 0. `images` are address and
    attachment by hash, for finding our images in its text again. The rules: docs/decisions/0009. Code that changes a
    content and this row locks this row first.

    `published_hash` is the hash of the payload that is live: publishing it would change nothing; "" for what was never
    published from here. `verdict` is that of the last visit to the page since the last publish: ``verified``,
    ``published_with_issues`` (`issues`) or ``not_seen_from_outside``; the next visit is due at `look_at`, if any.
    """

    __tablename__ = "remote_states"
    __table_args__ = (
        UniqueConstraint("content_id"),
        Index("uq_remote_states_object", "site_id", "kind", "taxonomy", "external_id", unique=True),
        CheckConstraint("(kind = 'post' and taxonomy = '') or (kind = 'term' and taxonomy <> '')", name="kind"),
        CheckConstraint("verdict in ('verified','published_with_issues','not_seen_from_outside')", name="verdict"),
        Index("ix_remote_states_look_at", "look_at", postgresql_where=text("look_at is not null")),
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
    published_hash: Mapped[str] = mapped_column(String(64), default="", server_default="")
    verdict: Mapped[str | None] = mapped_column(String(24))
    issues: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    look_at: Mapped[datetime | None]
    modified_utc: Mapped[datetime | None]
    seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
