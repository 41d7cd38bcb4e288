"""Sites that are planned here: their pages with blocks, and every version of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import AccountOwned, Base
from app.sites.models import Site

STATUSES = ("draft", "generating", "ready", "deployed")
HOSTING_TYPES = ("wordpress", "static")
PAGE_TYPES = ("home", "about", "services", "products", "blog", "contact", "custom")
PAGE_STATUSES = ("draft", "generating", "ready")


class SiteBlueprint(Base, AccountOwned):
    """The plan of a site.

    `config` are the answers of the wizard (`app.sitebuilder.answers`), `step` is the furthest step of it that was
    reached. `structure` is `{pages: [{slug, title, type}], layout, theme}`; the sections are in the rows of its pages.
    `version` rises with every change of structure and pages and numbers the `BlueprintVersion` that keeps the state
    after it; whoever writes names the one that they have seen. `deployed_version` is the version that visitors have.
    `config_version` rises with every saved step of the wizard. `trashed_at` is when it was moved to the trash.
    """

    __tablename__ = "site_blueprints"
    __table_args__ = (
        CheckConstraint("status in ('draft','generating','ready','deployed')", name="status"),
        CheckConstraint("hosting_type in ('wordpress','static')", name="hosting_type"),
        Index("ix_site_blueprints_site", "site_id", "updated_at", "id"),
        Index("ix_site_blueprints_name", "site_id", func.lower(text("name")), "id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    config_version: Mapped[int] = mapped_column(default=1)
    step: Mapped[int] = mapped_column(default=1)
    structure: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(12), default="draft")
    hosting_type: Mapped[str] = mapped_column(String(12), default="wordpress")
    version: Mapped[int] = mapped_column(default=0)
    deployed_version: Mapped[int | None]
    trashed_at: Mapped[datetime | None]
    trashed_by: Mapped[int | None] = mapped_column(BigInteger)

    site: Mapped[Site] = relationship()


class PageBlueprint(Base, AccountOwned):
    """A page of a planned site.

    `blocks` are its sections in order: `{id, kind, tone, locked, fields}` (`app.sitebuilder.blocks.registry`); a locked
    one stays when the structure is made anew. `was_edited` says that a person changed the page itself: it stays then
    too. `content_id` is the content that was made of it, which the editor, the Optimizer and the Linker work on;
    `content_version` the version of that which its sections were last written to. A page that was taken away has
    `removed_at` and comes back as the same row when that is undone.
    """

    __tablename__ = "page_blueprints"
    __table_args__ = (
        CheckConstraint(
            "page_type in ('home','about','services','products','blog','contact','custom')", name="page_type"
        ),
        CheckConstraint("status in ('draft','generating','ready')", name="status"),
        Index("ix_page_blueprints_blueprint", "blueprint_id", "position", "id"),
        Index("ix_page_blueprints_content", "content_id"),
        Index("ix_page_blueprints_parent", "parent_id"),
        Index("ix_page_blueprints_site", "site_id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    blueprint_id: Mapped[int] = mapped_column(ForeignKey("site_blueprints.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(Text)
    page_type: Mapped[str] = mapped_column(String(12))
    blocks: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(String(12), default="draft")
    position: Mapped[int] = mapped_column(default=0)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("page_blueprints.id", ondelete="SET NULL"))
    in_menu: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    was_edited: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    content_id: Mapped[int | None] = mapped_column(ForeignKey("contents.id", ondelete="SET NULL"))
    content_version: Mapped[int | None]
    removed_at: Mapped[datetime | None]

    blueprint: Mapped[SiteBlueprint] = relationship()


class BlueprintVersion(Base, AccountOwned):
    """The state of a blueprint after one change.

    `snapshot` is `{pages, layout, theme}` with the sections of each page (`app.sitebuilder.versions`). `cause` names
    the change and `subject` what was changed. `undo_to` and `redo_to` are the numbers of the versions whose state Undo
    and Redo bring back from here; None when there is none.
    """

    __tablename__ = "blueprint_versions"
    __table_args__ = (
        UniqueConstraint("blueprint_id", "number"),
        Index("ix_blueprint_versions_site", "site_id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    blueprint_id: Mapped[int] = mapped_column(ForeignKey("site_blueprints.id", ondelete="CASCADE"))
    number: Mapped[int]
    snapshot: Mapped[dict[str, Any]]
    cause: Mapped[str] = mapped_column(String(30))
    subject: Mapped[str] = mapped_column(Text, default="")
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(120), default="")
    undo_to: Mapped[int | None]
    redo_to: Mapped[int | None]
