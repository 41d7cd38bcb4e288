"""Clusters suggested for content from WordPress, and pairs that serve the same intent."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class ClusterSuggestion(Base, AccountOwned):
    """A cluster that a piece of content may belong to. `score` is 0 to 100, `because` the keyword that matched.

    `decision` identifies a decision about many at once, so that it can be undone.
    """

    __tablename__ = "cluster_suggestions"
    __table_args__ = (
        CheckConstraint("state in ('open','accepted','rejected')", name="state"),
        Index(
            "ix_cluster_suggestions_open", "site_id", text("score DESC"), "id", postgresql_where=text("state='open'")
        ),
        Index("ix_cluster_suggestions_decision", "site_id", text("decided_at DESC NULLS LAST")),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"), unique=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("clusters.id", ondelete="CASCADE"), index=True)
    score: Mapped[int]
    because: Mapped[str] = mapped_column(String(255), default="")
    state: Mapped[str] = mapped_column(String(10), default="open")
    decision: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]


class Overlap(Base, AccountOwned):
    """Two topics, or two texts, that serve one intent. `score` is 0 to 100.

    Each side is a kind (`overlaps.KINDS`) and an id of its table; the smaller one is first, so that a pair has one row.
    `dismissed_at`: a person said that they are not the same.
    """

    __tablename__ = "overlap_pairs"
    __table_args__ = (
        UniqueConstraint(
            "account_id", "first_kind", "first_id", "second_kind", "second_id", name="uq_overlap_pairs_pair"
        ),
        CheckConstraint(
            'first_kind collate "C" < second_kind collate "C" or (first_kind = second_kind and first_id < second_id)',
            name="ordered",
        ),
        Index("ix_overlap_pairs_site", "site_id", text("score DESC"), "id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    first_kind: Mapped[str] = mapped_column(String(10))
    first_id: Mapped[int] = mapped_column(BigInteger)
    second_kind: Mapped[str] = mapped_column(String(10))
    second_id: Mapped[int] = mapped_column(BigInteger)
    score: Mapped[int]
    dismissed_at: Mapped[datetime | None]
    dismissed_by: Mapped[int | None] = mapped_column(BigInteger)
