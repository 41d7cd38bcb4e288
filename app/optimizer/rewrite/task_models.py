"""What was proposed for contents, what people decided, and what came of it."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.content.images.uses import TextColumn
from app.content.models import Content
from app.core.db import AccountOwned, Base
from app.core.languages import N_
from app.core.runs import Run
from app.core.runs.states import OPEN

PENDING, RUNNING, COMPLETED, FAILED = "pending", "running", "completed", "failed"
UNDER_WAY = (PENDING, RUNNING)
STATUSES = (*UNDER_WAY, COMPLETED, FAILED)
TEXTS_KEPT_DAYS = 90
ENTRY_POINTS = {
    "writer": N_("Writer"),
    "wordpress": N_("WordPress"),
    "external": N_("Other source"),
    "manual": N_("Chosen by a person"),
}


class OptimizationTask(Base, AccountOwned):
    """One go at making a content better.

    `html_before` is the text that it was made of, at `content_version` (0: not begun); `html_after` that text with all
    `changes` (`ProposedChange.stored`) or, once some were put into the content, the content's text with those.
    `waiting` counts changes that nobody has decided on, `used` those that are in the content. `details` has, by the
    number of each part that a model was asked about, what it proposed, and how many suggestions were refused. At most
    one of a content is under way. Both texts and `details` are emptied at `forgotten_at`, TEXTS_KEPT_DAYS after
    anything was done with it: from then on it is history alone.
    """

    __tablename__ = "optimization_tasks"
    __table_args__ = (
        CheckConstraint("status in ('pending','running','completed','failed')", name="status"),
        CheckConstraint("entry_point in ('writer','wordpress','external','manual')", name="entry_point"),
        Index("ix_optimization_tasks_site", "site_id", "created_at", "id", postgresql_include=["account_id"]),
        Index("ix_optimization_tasks_content", "content_id", text("id DESC")),
        Index("ix_optimization_tasks_run", "run_id"),
        Index("ix_optimization_tasks_kept", "updated_at", postgresql_where=text("forgotten_at is null")),
        Index(
            "uq_optimization_tasks_under_way",
            "content_id",
            unique=True,
            postgresql_where=text("status in ('pending','running')"),
        ),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    entry_point: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(10), default=PENDING)
    content_version: Mapped[int] = mapped_column(default=0)
    html_before: Mapped[str] = mapped_column(Text, default="", deferred=True)
    html_after: Mapped[str] = mapped_column(Text, default="", deferred=True)
    scores_before: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    scores_after: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    changes: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"), deferred=True)
    waiting: Mapped[int] = mapped_column(default=0)
    used: Mapped[int] = mapped_column(default=0)
    credits_used: Mapped[int] = mapped_column(default=0)
    details: Mapped[dict[str, Any]] = mapped_column(
        "metadata", default=dict, server_default=text("'{}'"), deferred=True
    )
    error: Mapped[str] = mapped_column(Text, default="")
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    applied_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]

    content: Mapped[Content] = relationship()
    run: Mapped[Run | None] = relationship(viewonly=True)

    @property
    def shown_status(self) -> str:
        """Its status; one whose run ended before it came to it has failed."""
        is_dead = self.status in UNDER_WAY and (self.run is None or self.run.state not in OPEN)
        return FAILED if is_dead else self.status


def texts_of_optimizations() -> tuple[TextColumn, ...]:
    """The columns that hold texts which are proposed."""
    owner = OptimizationTask.account_id
    return (OptimizationTask.html_before, owner), (OptimizationTask.html_after, owner)
