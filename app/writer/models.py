"""Writer tasks."""

from datetime import date

from sqlalchemy import CheckConstraint, Column, Computed, ForeignKey, Index, SmallInteger, String, Table, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import AccountOwned, Base
from app.identity.models import User
from app.planner.models import Cluster, Keyword
from app.taxonomy.models import ContentTaxonomy

task_keywords = Table(
    "task_keywords",
    Base.metadata,
    Column("task_id", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("keyword_id", ForeignKey("keywords.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("position", SmallInteger, nullable=False, server_default="0"),
)


class Task(Base, AccountOwned):
    """An order to write. `status` is only ``queued`` or ``completed`` and never changes on publish.

    `idea_id` is unique: an idea becomes one task. `due_on` is a day of the site's time zone; `note` is for colleagues,
    no model reads it. `picks_keywords`: a person has chosen its keywords, which stay when its cluster changes.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("status in ('queued','completed')", name="status"),
        CheckConstraint("content_type in ('Article','Page','Product','Taxonomy')", name="content_type"),
        Index("uq_tasks_idea", "idea_id", unique=True, postgresql_where=text("idea_id is not null")),
        Index("ix_tasks_site_status", "site_id", "status", text("created_at DESC")),
        Index("ix_tasks_site_type", "site_id", "status", "content_type", postgresql_include=["account_id", "id"]),
        Index("ix_tasks_site_title", "site_id", text("lower(title)"), "id"),
        Index("ix_tasks_site_added", "site_id", text("created_at DESC"), "id"),
        Index(
            "ix_tasks_assignee",
            "assignee_id",
            "site_id",
            text("created_at DESC"),
            "id",
            postgresql_where=text("assignee_id is not null"),
        ),
        Index("ix_tasks_site_due", "site_id", "due_on", "id"),
        Index(
            "ix_tasks_open_due",
            "site_id",
            "due_on",
            "id",
            postgresql_where=text("status = 'queued' and due_on is not null"),
        ),
        Index("ix_tasks_search", "search", postgresql_using="gin"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sectors.id", ondelete="SET NULL"))
    cluster_id: Mapped[int] = mapped_column(ForeignKey("clusters.id", ondelete="CASCADE"), index=True)
    idea_id: Mapped[int | None] = mapped_column(ForeignKey("ideas.id", ondelete="SET NULL"))
    taxonomy_term_id: Mapped[int | None] = mapped_column(ForeignKey("content_taxonomies.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text, default="")
    content_type: Mapped[str] = mapped_column(String(12))
    content_structure: Mapped[str] = mapped_column(String(40))
    primary_keyword: Mapped[str] = mapped_column(String(255))
    tone: Mapped[str] = mapped_column(String(60), default="")
    country: Mapped[str | None] = mapped_column(String(2))
    status: Mapped[str] = mapped_column(String(12), default="queued")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    due_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    picks_keywords: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed("search_words(title || ' ' || primary_keyword)", persisted=True), deferred=True
    )

    assignee: Mapped[User | None] = relationship()
    cluster: Mapped[Cluster] = relationship()
    keywords: Mapped[list[Keyword]] = relationship(
        secondary=task_keywords, order_by=(task_keywords.c.position, Keyword.volume.desc().nulls_last(), Keyword.id)
    )
    taxonomy_term: Mapped[ContentTaxonomy | None] = relationship()
