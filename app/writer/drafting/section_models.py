"""Texts of drafts: sections while a draft is being written, and proposals for a content's text."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from app.content.images.uses import TextColumn
from app.core.crypto import ENCRYPTED
from app.core.db import AccountOwned, Base

FIRST, ANEW = "", "anew"


class DraftSection(Base, AccountOwned):
    """A written section of a task's draft, by the id of the section in the brief.

    `text` is FIRST for the sections of the task's first draft, and ANEW for those of a rewrite of the whole: they are
    deleted once that is proposed to a person. `asked` is the digest of the request: a section is rewritten when its
    plan was changed since, or the length, tone or persona of the piece. `words` is how many were charged.
    """

    __tablename__ = "draft_sections"
    __table_args__ = (UniqueConstraint("task_id", "text", "section_id"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    task_id: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(String(8), default=FIRST, server_default="")
    section_id: Mapped[str] = mapped_column(String(16))
    asked: Mapped[bytes] = mapped_column(LargeBinary)
    content_html: Mapped[str] = mapped_column(Text)
    words: Mapped[int]


class StoredAnswer(Base, AccountOwned):
    """A model's answer for a part of one of a task's texts, as `answers` stores it; `created_at` is when.

    `text` is FIRST for the task's first draft, ANEW while the whole is being rewritten, and then the name of the
    resulting proposal (`proposals.part_of`). `section_id` is empty for the last answer, which has what goes around the
    sections, or the whole text. `heading` is that of the section, and `place` its place in the text.
    """

    __tablename__ = "stored_answers"
    __table_args__ = (
        UniqueConstraint("task_id", "text", "section_id"),
        Index("ix_stored_answers_created", "created_at"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    task_id: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(String(40))
    section_id: Mapped[str] = mapped_column(String(16))
    heading: Mapped[str] = mapped_column(String(300))
    place: Mapped[int]
    answer_encrypted: Mapped[str] = mapped_column(Text, info=ENCRYPTED)


class Proposal(Base, AccountOwned):
    """A text that a content may get; nothing is overwritten by it until a person takes it.

    `section` is the heading that it is for, "" for the whole text, and `base_version` the version of the content that
    it was made of. `state` is ``open`` until a person took or dropped it.
    """

    __tablename__ = "content_proposals"
    __table_args__ = (
        CheckConstraint("state in ('open','taken','dropped')", name="state"),
        Index("ix_content_proposals_content", "content_id", sql("id DESC")),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(20))
    section: Mapped[str] = mapped_column(String(300), default="")
    base_version: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    content_html: Mapped[str] = mapped_column(Text)
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)


def texts_of_drafts() -> tuple[TextColumn, ...]:
    """The columns that hold proposed texts and written sections."""
    return (Proposal.content_html, Proposal.account_id), (DraftSection.content_html, DraftSection.account_id)
