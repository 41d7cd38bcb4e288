"""Content: the single source of truth about what is written and what is live."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    FetchedValue,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.content.state import SQL as STATE_SQL
from app.core.db import AccountOwned, Base
from app.planner.models import Cluster, Keyword
from app.sites.models import Site
from app.taxonomy.models import ContentTaxonomy

content_terms = Table(
    "content_terms",
    Base.metadata,
    Column("content_id", ForeignKey("contents.id", ondelete="CASCADE"), primary_key=True),
    Column("term_id", ForeignKey("content_taxonomies.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", BigInteger, FetchedValue(), nullable=False),  # that of the content: the database sees to it
    Index("ix_content_terms_term", "term_id", "content_id", postgresql_include=["account_id"]),
)

content_keywords = Table(
    "content_keywords",
    Base.metadata,
    Column("content_id", ForeignKey("contents.id", ondelete="CASCADE"), primary_key=True),
    Column("keyword_id", ForeignKey("keywords.id", ondelete="CASCADE"), primary_key=True, index=True),
)

FILTERED_BY = ("content_type", "state", "source", "sync_state", "status", "cluster_id")
SORTED_BY = {
    "created": "created_at",
    "published": "published_at",
    "updated": "updated_at",
    "title": "title_key",
    **{name: name for name in ("content_type", "content_structure", "status", "source", "state")},
}


class Content(Base, AccountOwned):
    """A piece of content. `status` is only ``draft`` or ``published``.

    `version` rises with every saved edit: an editor that holds an older one gets a conflict. `task_id` is unique, so
    that a task makes one piece of content at most; it has no foreign key in the model because the writer is a layer
    above content.

    `external_id` is the id of a WordPress post; of a term in `taxonomy` when the type is Taxonomy. `taxonomy` is the
    name of a WordPress taxonomy, for that type only. For pages: `parent_external_id` is a WordPress page (0: none,
    null: as it is there) and `template` a file of the theme ("default": none, "": as it is). `outline_notes` are the
    lines of the outline that it was made as, and `is_outline` says that one of them is still in the text.
    `scripts_allowed` is the key of the texts whose scripts a person let go live, "" for none. `remote_status` is the
    status of the post there as last reported, ``trash`` or ``deleted`` when it is gone, "" when it was never there.
    `sync_state` says how it differs from WordPress (`SYNC_STATES`), "" for what was never there; `drift` has the side
    that changed, by field (app/mirror/drift_state.py writes both, in the transaction of the change). `state` is what a
    person is shown of all these (app/content/state.py), and `scheduled_at` when it is to be published (UTC); PostgreSQL
    maintains both, the latter by a trigger on `runs` (docs/decisions/0030). `trashed_at` is when it was moved to the
    trash here, by the person `trashed_by`: it is in no list then, and nothing but `app.content.trash.services` and what
    WordPress reports changes it.
    """

    __tablename__ = "contents"
    __table_args__ = (
        CheckConstraint("status in ('draft','published')", name="status"),
        CheckConstraint("source in ('igny8','wordpress')", name="source"),
        CheckConstraint("content_type in ('Article','Page','Product','Taxonomy')", name="content_type"),
        CheckConstraint("sync_state in ('','in_step','ours','theirs','both','gone')", name="sync_state"),
        Index("uq_contents_task", "task_id", unique=True, postgresql_where=text("task_id is not null")),
        *(
            Index(
                f"ix_contents_site_{name}",
                "site_id",
                column,
                "id",
                postgresql_include=["account_id", *(FILTERED_BY if name in ("title", "updated") else ())],
                postgresql_where=text("trashed_at is null"),
            )
            for name, column in SORTED_BY.items()
        ),
        Index(
            "ix_contents_site_filters",
            "site_id",
            *FILTERED_BY,
            postgresql_include=["account_id", "id"],
            postgresql_where=text("trashed_at is null"),
        ),
        Index(
            "ix_contents_site_state_updated",
            "site_id",
            "state",
            "updated_at",
            "id",
            postgresql_include=["account_id"],
            postgresql_where=text("trashed_at is null"),
        ),
        Index("ix_contents_trashed", "site_id", "trashed_at", "id", postgresql_where=text("trashed_at is not null")),
        Index("ix_contents_cluster", "cluster_id"),
        Index("ix_contents_published", "site_id", "published_at", postgresql_where=text("published_at is not null")),
        Index("ix_contents_site_sync", "site_id", "sync_state", text("updated_at DESC"), "id"),
        Index("ix_contents_conflicts", "account_id", "site_id", postgresql_where=text("sync_state = 'both'")),
        Index("ix_contents_search", "search", postgresql_using="gin"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sectors.id", ondelete="SET NULL"))
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("clusters.id", ondelete="SET NULL"))
    task_id: Mapped[int | None] = mapped_column(BigInteger)
    content_type: Mapped[str] = mapped_column(String(12))
    content_structure: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(Text)
    content_html: Mapped[str] = mapped_column(Text, default="")
    excerpt: Mapped[str] = mapped_column(Text, default="")
    slug: Mapped[str] = mapped_column(String(200), default="")
    seo_title: Mapped[str] = mapped_column(Text, default="")
    seo_description: Mapped[str] = mapped_column(Text, default="")
    seo_canonical: Mapped[str] = mapped_column(Text, default="", server_default="")
    focus_keywords: Mapped[list[Any]] = mapped_column(default=list)
    author_email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    parent_external_id: Mapped[int | None] = mapped_column(BigInteger)
    template: Mapped[str] = mapped_column(Text, default="", server_default="")
    taxonomy: Mapped[str] = mapped_column(String(32), default="", server_default="")
    is_outline: Mapped[bool] = mapped_column(default=False)
    outline_notes: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    scripts_allowed: Mapped[str] = mapped_column(String(64), default="", server_default="")
    status: Mapped[str] = mapped_column(String(12), default="draft")
    source: Mapped[str] = mapped_column(String(12), default="igny8")
    external_id: Mapped[int | None] = mapped_column(BigInteger)
    external_url: Mapped[str | None] = mapped_column(Text)
    remote_status: Mapped[str] = mapped_column(String(20), default="", server_default="")
    sync_state: Mapped[str] = mapped_column(String(8), default="", server_default="")
    drift: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(default=1)
    internal_links: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    linker_version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    optimizer_version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    published_at: Mapped[datetime | None]
    scheduled_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(12), Computed(STATE_SQL, persisted=True))
    trashed_at: Mapped[datetime | None]
    trashed_by: Mapped[int | None] = mapped_column(BigInteger)
    title_key: Mapped[str] = mapped_column(
        Text, Computed("left(search_fold(left(title, 10000)), 120)", persisted=True), deferred=True
    )
    search: Mapped[str] = mapped_column(TSVECTOR, Computed("search_words(title)", persisted=True), deferred=True)

    site: Mapped[Site] = relationship()
    cluster: Mapped[Cluster | None] = relationship()
    terms: Mapped[list[ContentTaxonomy]] = relationship(secondary=content_terms, order_by=ContentTaxonomy.name)
    keywords: Mapped[list[Keyword]] = relationship(secondary=content_keywords, order_by=Keyword.id)
    images: Mapped[list["ContentImage"]] = relationship(
        back_populates="content", order_by="ContentImage.position", cascade="all, delete-orphan"
    )

    @property
    def is_live(self) -> bool:
        """True while visitors see it, whether it differs from what is here or not."""
        return self.status == "published" or self.remote_status == "publish"

    def changed_since(self, instant: datetime | None) -> bool:
        """Whether it was changed after `instant`: what was reported then may no longer be true."""
        return instant is not None and self.updated_at > instant


class ContentImage(Base, AccountOwned):
    """An image of a piece of content. The bytes are in the media storage under `sha256`."""

    __tablename__ = "content_images"
    __table_args__ = (
        CheckConstraint("role in ('featured','gallery','inline')", name="role"),
        Index("uq_content_images_featured", "content_id", unique=True, postgresql_where=text("role = 'featured'")),
    )

    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(12))
    position: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(String(64))
    mime: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    filename: Mapped[str] = mapped_column(String(200))
    alt: Mapped[str] = mapped_column(String(500), default="")
    title: Mapped[str] = mapped_column(String(300), default="")
    caption: Mapped[str] = mapped_column(Text, default="")

    content: Mapped[Content] = relationship(back_populates="images")
