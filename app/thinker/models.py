"""Prompts: their versions, which of them is live, what was written with them, and who the writing is for."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base

DRAFT, LIVE = "draft", "live"


class ShippedPrompt(Base, AccountOwned):
    """A shipped default as it was when the account used it: edits are based on it, or contents were written with it."""

    __tablename__ = "shipped_prompts"
    __table_args__ = (UniqueConstraint("account_id", "operation", "fingerprint"),)

    operation: Mapped[str] = mapped_column(String(60))
    fingerprint: Mapped[str] = mapped_column(String(12))
    system: Mapped[str] = mapped_column(Text)
    question: Mapped[str] = mapped_column(Text)


class PromptVersion(Base, AccountOwned):
    """A prompt as somebody saved it; its texts never change. `number` counts within the account and operation.

    `system` is the system message, `question` the user message. `based_on` is the fingerprint of the shipped default
    at that time.
    """

    __tablename__ = "prompt_versions"
    __table_args__ = (UniqueConstraint("account_id", "operation", "number"),)

    operation: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]
    system: Mapped[str] = mapped_column(Text)
    question: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(String(300), default="")
    fingerprint: Mapped[str] = mapped_column(String(12))
    based_on: Mapped[str] = mapped_column(String(12))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    author: Mapped[str] = mapped_column(String(260), default="")


class PromptLabel(Base, AccountOwned):
    """Which version is the draft, and which is live; no version is the shipped default.

    `moves` rises with each move: a request to move it says which number it saw. `previous_id` is where it was before;
    after a move back there is none.
    """

    __tablename__ = "prompt_labels"
    __table_args__ = (
        UniqueConstraint("account_id", "operation", "label"),
        CheckConstraint("label in ('draft','live')", name="label"),
    )

    operation: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(5))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("prompt_versions.id", ondelete="SET NULL"))
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("prompt_versions.id", ondelete="SET NULL"))
    moves: Mapped[int] = mapped_column(default=0)
    moved_at: Mapped[datetime | None]
    moved_by: Mapped[str] = mapped_column(String(260), default="")


class PromptUse(Base, AccountOwned):
    """What a content was written with; without a `version_id` the shipped default with this `fingerprint`.

    A `part` of a task (the id of a section) is written before the content exists, which takes it over.
    """

    __tablename__ = "prompt_uses"
    __table_args__ = (
        Index("uq_prompt_uses_part", "task_id", "part", unique=True, postgresql_where=text("part <> ''")),
        Index("ix_prompt_uses_content", "content_id", text("id DESC")),
        Index("ix_prompt_uses_version", "account_id", "operation", "version_id", text("id DESC")),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    content_id: Mapped[int | None] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"))
    part: Mapped[str] = mapped_column(String(64), default="", server_default="")
    operation: Mapped[str] = mapped_column(String(60))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("prompt_versions.id", ondelete="SET NULL"))
    fingerprint: Mapped[str] = mapped_column(String(12))
    model: Mapped[str] = mapped_column(String(200), default="")
    call_id: Mapped[int | None] = mapped_column(BigInteger)


class Persona(Base, AccountOwned):
    """Who writes, and for whom.

    Without a site it is for all sites of the account; one is the default for each site, and one for all.
    """

    __tablename__ = "personas"
    __table_args__ = (
        Index(
            "uq_personas_default",
            "account_id",
            text("coalesce(site_id, 0)"),
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    voice: Mapped[str] = mapped_column(Text, default="")
    audience: Mapped[str] = mapped_column(Text, default="")
    rules: Mapped[str] = mapped_column(Text, default="")
    avoid: Mapped[str] = mapped_column(Text, default="")
    sample: Mapped[str] = mapped_column(Text, default="")
    is_default: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class StrategyNote(Base, AccountOwned):
    """What texts for a site have to keep in mind; without a site, for all sites of the account."""

    __tablename__ = "strategy_notes"
    __table_args__ = (Index("uq_strategy_notes_site", "account_id", text("coalesce(site_id, 0)"), unique=True),)

    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str] = mapped_column(String(260), default="")
    version: Mapped[int] = mapped_column(default=1)


class ImageSettings(Base, AccountOwned):
    """Which model draws, and how; without a site, for all sites of the account."""

    __tablename__ = "image_settings"
    __table_args__ = (Index("uq_image_settings_site", "account_id", text("coalesce(site_id, 0)"), unique=True),)

    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    model: Mapped[str] = mapped_column(String(200), default="")
    size: Mapped[str] = mapped_column(String(20), default="")
    quality: Mapped[str] = mapped_column(String(20), default="")
    style: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
