"""Pictures that are planned for contents."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class PlannedImage(Base, AccountOwned):
    """The brief of an image of a content: `heading` says where it goes or what it is for, `shows` what is to be seen.

    `is_edited` is set once a person has changed it: planning again then leaves it as it is. `image_id` is the image
    that was drawn from it, while that exists. `text_digest` is that of the text that it was planned for, None if
    unknown. `version` rises with every change by a person.
    """

    __tablename__ = "planned_images"
    __table_args__ = (Index("ix_planned_images_content", "content_id", "position"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    heading: Mapped[str] = mapped_column(String(300), default="")
    shows: Mapped[str] = mapped_column(Text)
    alt: Mapped[str] = mapped_column(String(500), default="")
    is_edited: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    image_id: Mapped[int | None] = mapped_column(ForeignKey("content_images.id", ondelete="SET NULL"), index=True)
    text_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))

    @property
    def alt_text(self) -> str:
        """The alternative text of the image."""
        return (self.alt or self.shows)[:500]
