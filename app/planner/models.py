"""Keywords, clusters and ideas."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import AccountOwned, Base
from app.sites.models import Sector

CONTENT_TYPES = ("Article", "Page", "Product", "Taxonomy")
CONTENT_STRUCTURES = (
    "Guide",
    "Tutorial",
    "Listicle",
    "Comparison",
    "Review",
    "Case Study",
    "News",
    "Landing Page",
    "Service Page",
    "About Page",
    "Product Page",
    "Archive Page",
)
INTENTS = ("informational", "navigational", "commercial", "transactional", "local")


class Cluster(Base, AccountOwned):
    """A topic: the parent of keywords, ideas, tasks and content."""

    __tablename__ = "clusters"
    __table_args__ = (
        Index("uq_clusters_site_name", "site_id", text("lower(name)"), unique=True),
        Index("ix_clusters_search", "search", postgresql_using="gin"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sectors.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed("search_words(name || ' ' || description)", persisted=True), deferred=True
    )

    sector: Mapped[Sector | None] = relationship()


class Keyword(Base, AccountOwned):
    """A search query with its figures. `normalised` is what makes it one per site."""

    __tablename__ = "keywords"
    __table_args__ = (
        UniqueConstraint("site_id", "normalised"),
        # The account rides along so that counting a site's keywords never touches the table.
        Index(
            "ix_keywords_site_volume",
            "site_id",
            text("volume DESC NULLS LAST"),
            text("id DESC"),
            postgresql_include=["account_id"],
        ),
        *(
            Index(f"ix_keywords_site_{name}", "site_id", name, "id", postgresql_include=["account_id"])
            for name in ("difficulty", "cpc", "created_at")
        ),
        Index("ix_keywords_cluster_volume", "cluster_id", text("volume DESC NULLS LAST"), "id"),
        Index(
            "ix_keywords_unclustered",
            "site_id",
            "id",
            postgresql_where=text("cluster_id is null"),
            postgresql_include=["account_id"],
        ),
        Index("ix_keywords_country", "site_id", "country", postgresql_where=text("country is not null")),
        Index("ix_keywords_search", "search", postgresql_using="gin"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sectors.id", ondelete="SET NULL"))
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("clusters.id", ondelete="SET NULL"))
    keyword: Mapped[str] = mapped_column(String(255))
    normalised: Mapped[str] = mapped_column(String(255))
    volume: Mapped[int | None]
    difficulty: Mapped[int | None]
    cpc: Mapped[float | None] = mapped_column(Numeric(10, 2))
    intent: Mapped[str | None] = mapped_column(String(20))
    country: Mapped[str | None] = mapped_column(String(2))
    search: Mapped[str] = mapped_column(TSVECTOR, Computed("search_words(keyword)", persisted=True), deferred=True)

    cluster: Mapped[Cluster | None] = relationship()
    sector: Mapped[Sector | None] = relationship()


class Idea(Base, AccountOwned):
    """Something worth writing about a cluster. `task_id` is set once it became a Writer task."""

    __tablename__ = "ideas"
    __table_args__ = (
        UniqueConstraint("cluster_id", "normalised_title"),
        Index("ix_ideas_site_added", "site_id", text("created_at DESC"), "id"),
        Index("ix_ideas_search", "search", postgresql_using="gin"),
        CheckConstraint("content_type in ('Article','Page','Product','Taxonomy')", name="content_type"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    cluster_id: Mapped[int] = mapped_column(ForeignKey("clusters.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(300))
    normalised_title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text, default="")
    content_type: Mapped[str] = mapped_column(String(12))
    content_structure: Mapped[str] = mapped_column(String(40))
    primary_keyword: Mapped[str] = mapped_column(String(255))
    tone: Mapped[str] = mapped_column(String(60), default="")
    country: Mapped[str | None] = mapped_column(String(2))
    task_id: Mapped[int | None] = mapped_column(BigInteger)
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed("search_words(title || ' ' || primary_keyword)", persisted=True), deferred=True
    )

    cluster: Mapped[Cluster] = relationship()


class NearestCluster(Base, AccountOwned):
    """A cluster near to a keyword that fitted into none, to choose from. `nearness` is 0 to 100."""

    __tablename__ = "nearest_clusters"
    __table_args__ = (UniqueConstraint("keyword_id", "cluster_id"),)

    keyword_id: Mapped[int] = mapped_column(ForeignKey("keywords.id", ondelete="CASCADE"))
    cluster_id: Mapped[int] = mapped_column(ForeignKey("clusters.id", ondelete="CASCADE"), index=True)
    nearness: Mapped[int]


class ClusterChange(Base, AccountOwned):
    """What a person did to clusters, with what was before, so that it can be taken back. `before` is of `changes`."""

    __tablename__ = "cluster_changes"
    __table_args__ = (Index("ix_cluster_changes_site", "site_id", text("id DESC")),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    words: Mapped[str] = mapped_column(String(500))
    before: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]
