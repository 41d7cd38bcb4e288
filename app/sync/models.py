"""The state of each site's sync with WordPress."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class SiteSync(Base):
    """The sync of a site: `imported_at` is when its content was first imported, null before.

    Events are fetched at `pull_due_at` (null: none are known of); the worker that fetches them holds the site until
    `pull_lease_until`; `pulled_at` is when that was last tried. `links_hash` names what the site's addresses were made
    of (permalink settings, slugs of categories) when we last had all of them.
    """

    __tablename__ = "site_syncs"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    imported_at: Mapped[datetime | None]
    pull_due_at: Mapped[datetime | None] = mapped_column(index=True)
    pull_lease_until: Mapped[datetime | None]
    pulled_at: Mapped[datetime | None]
    links_hash: Mapped[str] = mapped_column(String(64), default="", server_default="")
