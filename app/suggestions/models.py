"""Clusters that are suggested for content that came in from WordPress."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class ClusterSuggestion(Base, AccountOwned):
    """A cluster that a piece of content may belong to. `score` is 0 to 100, `because` the keyword that speaks for it.

    `decision` names the act by which many were accepted at once, so that it can be undone.
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
