"""Keywords, clusters and ideas."""

from datetime import datetime
from typing import Any, get_args

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.ai.values import ContentStructure, ContentType
from app.core.db import AccountOwned, Base, Identified
from app.sites.models import Sector

CONTENT_TYPES = get_args(ContentType)
CONTENT_STRUCTURES = get_args(ContentStructure)
PERFORMANCE = ("clicks", "impressions", "position")
_SORTED_FIGURES = ("keywords", "volume", "ideas")
INTENTS = ("informational", "navigational", "commercial", "transactional", "local")


class Cluster(Base, AccountOwned):
    """A topic: the parent of keywords, ideas, tasks and content. `edited_at`: when a person last changed it."""

    __tablename__ = "clusters"
    __table_args__ = (
        Index("uq_clusters_site_name", "site_id", text("lower(name)"), unique=True),
        Index("ix_clusters_search", "search", postgresql_using="gin"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sectors.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    edited_at: Mapped[datetime | None]
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed("search_words(name || ' ' || description)", persisted=True), deferred=True
    )

    sector: Mapped[Sector | None] = relationship()


class Keyword(Base, AccountOwned):
    """A search query with its figures. `normalised` is unique per site.

    `volume_low` and `volume_high` are the range of Google's Keyword Planner; `volume` is its middle then.

    `edited_at`: when a person last moved it. Imported keywords have the time of the import's run as `created_at`.
    """

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
            for name in ("difficulty", "cpc", "intent", "country", "created_at")
        ),
        Index("ix_keywords_cluster_volume", "cluster_id", text("volume DESC NULLS LAST"), "id"),
        Index(
            "ix_keywords_unclustered",
            "site_id",
            "id",
            postgresql_where=text("cluster_id is null"),
            postgresql_include=["account_id"],
        ),
        Index("ix_keywords_search", "search", postgresql_using="gin"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sectors.id", ondelete="SET NULL"))
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("clusters.id", ondelete="SET NULL"))
    keyword: Mapped[str] = mapped_column(String(255))
    normalised: Mapped[str] = mapped_column(String(255))
    volume: Mapped[int | None]
    volume_low: Mapped[int | None]
    volume_high: Mapped[int | None]
    difficulty: Mapped[int | None]
    cpc: Mapped[float | None] = mapped_column(Numeric(10, 2))
    intent: Mapped[str | None] = mapped_column(String(20))
    country: Mapped[str | None] = mapped_column(String(2))
    edited_at: Mapped[datetime | None]
    search: Mapped[str] = mapped_column(TSVECTOR, Computed("search_words(keyword)", persisted=True), deferred=True)

    cluster: Mapped[Cluster | None] = relationship()
    sector: Mapped[Sector | None] = relationship()
    performance: Mapped["SearchPerformance | None"] = relationship(viewonly=True)


class SearchPerformance(Base, AccountOwned):
    """Search Console's figures for a keyword at the last import, and at the one before.

    `position` is the average position, from 1. The click-through rate is computed from clicks and impressions.
    """

    __tablename__ = "search_performance"
    __table_args__ = (
        UniqueConstraint("keyword_id"),
        *(Index(f"ix_search_performance_site_{name}", "site_id", name, "keyword_id") for name in PERFORMANCE),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    keyword_id: Mapped[int] = mapped_column(ForeignKey("keywords.id", ondelete="CASCADE"))
    clicks: Mapped[int | None]
    impressions: Mapped[int | None]
    position: Mapped[float | None] = mapped_column(Numeric(6, 1))
    measured_at: Mapped[datetime]
    clicks_before: Mapped[int | None]
    impressions_before: Mapped[int | None]
    position_before: Mapped[float | None] = mapped_column(Numeric(6, 1))
    measured_before_at: Mapped[datetime | None]

    @property
    def ctr(self) -> float | None:
        """Clicks per 100 impressions; None where either is not known."""
        return 100 * self.clicks / self.impressions if self.impressions and self.clicks is not None else None


class KeywordUpdate(Base, AccountOwned):
    """What an import changed in an existing keyword: `before` and `after` are figures by name.

    `stamp` is the import's, as in `created_at` of the keywords that it added.
    """

    __tablename__ = "keyword_updates"
    __table_args__ = (UniqueConstraint("keyword_id", "stamp"), Index("ix_keyword_updates_stamp", "site_id", "stamp"))

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    keyword_id: Mapped[int] = mapped_column(ForeignKey("keywords.id", ondelete="CASCADE"))
    stamp: Mapped[datetime]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


class Idea(Base, AccountOwned):
    """Something worth writing about a cluster. `task_id` is set once it became a Writer task."""

    __tablename__ = "ideas"
    __table_args__ = (
        UniqueConstraint("cluster_id", "normalised_title"),
        Index("ix_ideas_site_title", "site_id", text("lower(title)"), "id"),
        Index("ix_ideas_site_added", "site_id", text("created_at DESC"), "id"),
        Index(
            "ix_ideas_open_type",
            "site_id",
            "content_type",
            postgresql_include=["account_id", "id"],
            postgresql_where=text("task_id is null"),
        ),
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


def _figure(kind: Any = Integer) -> Mapped[int]:
    return mapped_column(kind, default=0, server_default="0")


class FigureColumns:
    """The figures of a cluster: `volume` is its keywords' searches a month, `contents` how many contents it has in all.

    Contents count by their state (app/content/state.py), and by their type while visitors see them, with changes or in
    conflict too.
    """

    cluster_id: Mapped[int] = mapped_column(BigInteger)
    keywords: Mapped[int] = _figure()
    volume: Mapped[int] = _figure(BigInteger)
    ideas: Mapped[int] = _figure()
    open_ideas: Mapped[int] = _figure()
    queued_tasks: Mapped[int] = _figure()
    contents: Mapped[int] = _figure()
    drafts: Mapped[int] = _figure()
    scheduled: Mapped[int] = _figure()
    live_articles: Mapped[int] = _figure()
    live_pages: Mapped[int] = _figure()
    live_products: Mapped[int] = _figure()
    live_term_pages: Mapped[int] = _figure()
    live_changed: Mapped[int] = _figure()
    conflicts: Mapped[int] = _figure()
    in_wp_trash: Mapped[int] = _figure()
    gone_contents: Mapped[int] = _figure()


class ClusterFigures(FigureColumns, Base, AccountOwned):
    """The figures of a cluster; the row with `cluster_id` 0 has those of what is in no cluster of the site.

    Triggers maintain them (migrations 0042 and 0047), so they are right after each commit; nothing else writes them.
    """

    __tablename__ = "cluster_figures"
    __table_args__ = (
        UniqueConstraint("site_id", "cluster_id"),
        *(Index(f"ix_cluster_figures_site_{name}", "site_id", name, "cluster_id") for name in _SORTED_FIGURES),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))


class ClusterFigureChange(FigureColumns, Base, Identified):
    """The changes that a transaction makes to figures, until it commits: others never see a row of this table."""

    __tablename__ = "cluster_figure_changes"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    account_id: Mapped[int] = mapped_column(BigInteger)
    site_id: Mapped[int] = mapped_column(BigInteger)
    gone: Mapped[bool] = mapped_column(server_default=false())


class NearestCluster(Base, AccountOwned):
    """A cluster near to a keyword that fitted into none, to choose from. `nearness` is 0 to 100."""

    __tablename__ = "nearest_clusters"
    __table_args__ = (UniqueConstraint("keyword_id", "cluster_id"),)

    keyword_id: Mapped[int] = mapped_column(ForeignKey("keywords.id", ondelete="CASCADE"))
    cluster_id: Mapped[int] = mapped_column(ForeignKey("clusters.id", ondelete="CASCADE"), index=True)
    nearness: Mapped[int]


class ClusterChange(Base, AccountOwned):
    """What a person did to clusters, with what was before, so that it can be undone. `before` is made by `changes`."""

    __tablename__ = "cluster_changes"
    __table_args__ = (Index("ix_cluster_changes_site", "site_id", text("id DESC")),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    words: Mapped[str] = mapped_column(String(500))
    before: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]
