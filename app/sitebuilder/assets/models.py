"""The files of sites."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base

IMAGES, DOCUMENTS, MEDIA = "images", "documents", "media"
FOLDERS = (IMAGES, DOCUMENTS, MEDIA)


class SiteAsset(Base, AccountOwned):
    """A file of a site. Pages name it by `folder` and `name` (`asset:images/shop.jpg`).

    `sha256` names its bytes on the shelf, `thumbnail` those of a small picture of it, where there is one. `width` and
    `height` are in pixels, of pictures. `alt` is what a page says of a picture that has no words of its own there.
    `library_url` is where the media library of the site's WordPress serves a document, sound or film, "" until it was
    sent; `refusal` why it does not take it, as `StoredText.as_json` makes it, empty otherwise.
    """

    __tablename__ = "site_assets"
    __table_args__ = (
        CheckConstraint("folder in ('images','documents','media')", name="folder"),
        UniqueConstraint("site_id", "folder", "name"),
        UniqueConstraint("site_id", "sha256"),
        Index("ix_site_assets_added", "site_id", "created_at", "id"),
        Index("ix_site_assets_size", "site_id", "size", "id"),
        Index("ix_site_assets_name", "site_id", func.lower(text("name")), "id"),
        Index("ix_site_assets_bytes", "account_id", "sha256"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    folder: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(160))
    sha256: Mapped[str] = mapped_column(String(64))
    thumbnail: Mapped[str | None] = mapped_column(String(64))
    mime: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    alt: Mapped[str] = mapped_column(String(500), default="")
    actor_name: Mapped[str] = mapped_column(String(120), default="")
    library_url: Mapped[str] = mapped_column(Text, default="", server_default="")
    refusal: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))

    @property
    def address(self) -> str:
        """How pages name it."""
        return f"asset:{self.path}"

    @property
    def path(self) -> str:
        """Its folder and name, `images/shop.jpg`."""
        return f"{self.folder}/{self.name}"

    @property
    def is_picture(self) -> bool:
        """Whether a page can show it."""
        return self.folder == IMAGES
