"""What came in from WordPress, and how far it was applied."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
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
    """One line of what WordPress changed: which fields were taken over and which were kept as they are here."""

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


class SiteSync(Base):
    """How a site is kept in step: `imported_at` is when its content was first imported, null before.

    Events are fetched at `pull_due_at` (null: nobody knows of any); who fetches them holds the site until
    `pull_lease_until`; `pulled_at` is when that was last tried. `links_hash` names what the site's addresses were made
    of (permalink settings, slugs of categories) when we last had all of them.
    """

    __tablename__ = "site_syncs"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    imported_at: Mapped[datetime | None]
    pull_due_at: Mapped[datetime | None] = mapped_column(index=True)
    pull_lease_until: Mapped[datetime | None]
    pulled_at: Mapped[datetime | None]
    links_hash: Mapped[str] = mapped_column(String(64), default="", server_default="")
