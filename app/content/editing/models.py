"""What a piece of content has besides its saved row: people's working copies, and earlier versions."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class WorkingCopy(Base, AccountOwned):
    """What one person has changed in the editor and not saved; `updated_at` is when it was last received.

    `fields` are those of the editor's form, each with its list of values, and `base_version` is the version of the
    content that the person started from. `tab` is the window that owns it: another window has to take it over.
    """

    __tablename__ = "content_working_copies"
    __table_args__ = (UniqueConstraint("content_id", "user_id"),)

    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    base_version: Mapped[int]
    tab: Mapped[str] = mapped_column(String(40))
    fields: Mapped[dict[str, Any]]


class ContentRevision(Base, AccountOwned):
    """A version of a content as it was saved; `created_at` is when. Nothing changes one.

    `cause` says what made it (`app.content.editing.revisions.CAUSES`), `actor_id` and `actor_name` who; the name stays
    whatever becomes of them. `fields` are the columns of the content besides its title and text.
    """

    __tablename__ = "content_revisions"
    __table_args__ = (UniqueConstraint("content_id", "version"),)

    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    version: Mapped[int]
    cause: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(Text)
    content_html: Mapped[str] = mapped_column(Text)
    fields: Mapped[dict[str, Any]]
