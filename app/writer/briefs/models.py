"""The brief of a piece: what is to be written, before it is."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class Brief(Base, AccountOwned):
    """What a task asks to be written; one for each task. The draft is checked against it, even when the task is gone.

    `task_id` has no foreign key (nor has that of contents): deleting a task keeps the brief of a draft that was made
    from it. `outline` is a list of sections, each with `id` (that of its text while drafting), `heading`, `notes` and
    `keywords`. `link_ids` are contents of the site. `nearest` is what the site had that is like it, as of `nearest_at`:
    a list of `id`, `title` and `likeness` (0 to 100). `by_rule` has the fields of the draft that the model left out,
    with the values made from the text instead. `version` rises with every saved change.
    """

    __tablename__ = "briefs"
    __table_args__ = (
        UniqueConstraint("task_id"),
        CheckConstraint(
            "intent in ('','informational','navigational','commercial','transactional','local')", name="intent"
        ),
        CheckConstraint("length_words between 50 and 20000", name="length_words"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    task_id: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text, default="")
    intent: Mapped[str] = mapped_column(String(20), default="")
    primary_keyword: Mapped[str] = mapped_column(String(255))
    secondary_keywords: Mapped[list[Any]]
    outline: Mapped[list[Any]]
    questions: Mapped[list[Any]]
    link_ids: Mapped[list[Any]] = mapped_column(default=list)
    length_words: Mapped[int]
    persona: Mapped[str] = mapped_column(String(500), default="")
    tone: Mapped[str] = mapped_column(String(60), default="")
    country: Mapped[str | None] = mapped_column(String(2))
    language: Mapped[str] = mapped_column(String(5))
    nearest: Mapped[list[Any]] = mapped_column(default=list)
    nearest_at: Mapped[datetime | None]
    by_rule: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(default=1)
