"""Imports of a site, and the items that they could not import."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class SiteImport(Base, AccountOwned):
    """One import of a site, and how far it is: what a run that starts again goes on from.

    `cursor` is the last id of WordPress that is done in this `phase` (``terms``, ``posts`` or ``done``); it moves in
    the transaction that stores what it stands for. `types` are post types; of posts that are not known here yet, only
    those in one of `statuses` are added. `done` counts posts that were read, out of `total`: `created`, `updated`,
    `unchanged`, `passed_over` (in a status that was not chosen) and what could not be imported add up to it. `kept` of
    them changed on both sides; those `gone` from WordPress were not read. `page_limit` is how many items the next page
    asks for, `rate` posts a second of late, `failures` how often the site failed since it last answered.
    """

    __tablename__ = "site_imports"
    __table_args__ = (
        CheckConstraint("phase in ('terms','posts','done')", name="phase"),
        Index("ix_site_imports_site", "site_id", text("id DESC")),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), unique=True)
    types: Mapped[list[Any]]
    statuses: Mapped[list[Any]]
    phase: Mapped[str] = mapped_column(String(8), default="terms")
    cursor: Mapped[int] = mapped_column(BigInteger, default=0)
    page_limit: Mapped[int]
    paused: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    rate: Mapped[float | None]
    terms: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    passed_over: Mapped[int] = mapped_column(default=0)
    gone: Mapped[int] = mapped_column(default=0)
    problems: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]

    @property
    def not_taken(self) -> int:
        """How many posts could not be read or stored: each is among the problems."""
        return max(0, self.done - self.created - self.updated - self.unchanged - self.passed_over)

    @property
    def left_out(self) -> int:
        """How many of the posts that were read were not imported."""
        return self.passed_over + self.not_taken


class ImportProblem(Base, AccountOwned):
    """Something in WordPress that an import left out, or could not import as it is."""

    __tablename__ = "import_problems"

    import_id: Mapped[int] = mapped_column(ForeignKey("site_imports.id", ondelete="CASCADE"), index=True)
    object: Mapped[str] = mapped_column(String(8))
    object_id: Mapped[int | None] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(String(300), default="")
    message: Mapped[str] = mapped_column(Text)
