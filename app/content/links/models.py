"""What addresses of other sites answered."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class LinkCheck(Base, AccountOwned):
    """What an address answered last, for all contents of a site that link to it.

    `digest` is the SHA-256 of `address`. `outcome` is a word of `app.content.links.verdicts`; `status` is the HTTP
    status, where there was one; `leads_to` is where it redirects.
    """

    __tablename__ = "link_checks"
    __table_args__ = (
        CheckConstraint("outcome in ('works','moved','gone','failing','refused','unreachable')", name="outcome"),
        Index("uq_link_checks_address", "site_id", "digest", unique=True),
        Index("ix_link_checks_checked_at", "checked_at"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    address: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(String(12))
    status: Mapped[int | None]
    leads_to: Mapped[str] = mapped_column(Text, default="")
    checked_at: Mapped[datetime]
