"""What was done to many contents at once, row by row, so that it can be undone."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class BulkEdit(Base, AccountOwned):
    """One cluster given to many contents (none: removed from theirs), one term attached to or detached from them, or
    many contents moved to the trash, restored from it, or deleted for good.

    `words` say what was done, once it is; `undone_at` is when its undo began.
    """

    __tablename__ = "bulk_edits"
    __table_args__ = (
        CheckConstraint("kind in ('cluster','attach','detach','trash','restore','delete')", name="kind"),
        Index("ix_bulk_edits_site", "site_id", text("id DESC")),
        Index("ix_bulk_edits_created", "created_at"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(10))
    target_id: Mapped[int | None] = mapped_column(BigInteger)
    words: Mapped[str] = mapped_column(String(500), default="")
    undone_at: Mapped[datetime | None]


class BulkEditRow(Base):
    """A content that an edit is about, or (once `done`) was about; `before` is the cluster that it was in."""

    __tablename__ = "bulk_edit_rows"

    edit_id: Mapped[int] = mapped_column(ForeignKey("bulk_edits.id", ondelete="CASCADE"), primary_key=True)
    content_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    before: Mapped[int | None] = mapped_column(BigInteger)
    done: Mapped[bool] = mapped_column(server_default=false())
