"""A site's link plan with its rows, and the links that were mended in texts."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.content.models import Content
from app.core.db import AccountOwned, Base

KINDS = ("broken", "moved", "fresh", "orphan", "deep", "hub", "overlinked")
FIXES = ("link", "propose", "retarget", "unlink", "")
ROW_STATES = ("open", "chosen", "done", "left", "seen")


class LinkPlan(Base, AccountOwned):
    """What was found wrong with the links of a site, all of it at once: one row for each site.

    `read_at` is when the texts were read, `contents` how many the site had: what has changed since makes it stale.
    `figures` are numbers before and after, `picture` the nodes and edges of `app.linker.plan.drawing`.
    """

    __tablename__ = "link_plans"
    __table_args__ = (UniqueConstraint("site_id"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    read_at: Mapped[datetime]
    contents: Mapped[int]
    figures: Mapped[dict[str, Any]]
    picture: Mapped[dict[str, Any]]


class LinkPlanRow(Base, AccountOwned):
    """One thing that a plan found. `content_id` is the page that it is about: for links that lead nowhere the one whose
    text has them, else the one that should get links.

    `fix` says what is done when it is chosen: ``link`` puts a link into the text of `source_id`, ``propose`` proposes
    it, ``retarget`` puts another address into links, ``unlink`` takes them out; "" is only told. `target_id` is the
    page that the link leads to, or should. `address` is what the text has now, `url` and `rel` what it gets. `details`
    are numbers and codes for the sentence. `weight` sorts what matters most first. A row is ``open``, ``chosen`` while
    the run of `batch_id` has yet to come to it, then ``done`` or ``left``; ``seen`` can only be looked at.
    """

    __tablename__ = "link_plan_rows"
    __table_args__ = (
        CheckConstraint("kind in ('broken','moved','fresh','orphan','deep','hub','overlinked')", name="kind"),
        CheckConstraint("fix in ('link','propose','retarget','unlink','')", name="fix"),
        CheckConstraint("state in ('open','chosen','done','left','seen')", name="state"),
        Index("ix_link_plan_rows_weight", "site_id", "weight", "id"),
        Index("ix_link_plan_rows_kind", "site_id", "kind", "state"),
        Index("ix_link_plan_rows_batch", "batch_id", "source_id"),
        Index("ix_link_plan_rows_content", "content_id"),
        Index("ix_link_plan_rows_source", "source_id"),
        Index("ix_link_plan_rows_target", "target_id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    source_id: Mapped[int | None] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    target_id: Mapped[int | None] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("link_batches.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(10))
    fix: Mapped[str] = mapped_column(String(10), default="")
    state: Mapped[str] = mapped_column(String(10), default="open")
    weight: Mapped[int]
    score: Mapped[int] = mapped_column(default=0)
    address: Mapped[str] = mapped_column(String(500), default="")
    url: Mapped[str] = mapped_column(Text, default="")
    rel: Mapped[str] = mapped_column(String(60), default="")
    anchor: Mapped[str] = mapped_column(Text, default="")
    before: Mapped[str] = mapped_column(Text, default="")
    after: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)

    content: Mapped[Content] = relationship(foreign_keys=[content_id])
    source: Mapped[Content | None] = relationship(foreign_keys=[source_id])
    target: Mapped[Content | None] = relationship(foreign_keys=[target_id])


class LinkRepair(Base, AccountOwned):
    """A link of a text that got another address, or whose tags were taken away (`new_tag` is "" then).

    The columns are those of `app.linker.plan.splicing.Mended`: with them it is put back, also after later edits.
    ``applied`` until it is put back, and then ``undone``, or ``outdated`` where the link or its words are gone.
    """

    __tablename__ = "link_repairs"
    __table_args__ = (
        CheckConstraint("state in ('applied','undone','outdated')", name="state"),
        Index("ix_link_repairs_content", "content_id", "state"),
        Index("ix_link_repairs_batch", "batch_id"),
        Index("ix_link_repairs_site", "site_id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("link_batches.id", ondelete="SET NULL"))
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), default="applied")
    old_href: Mapped[str] = mapped_column(Text)
    new_href: Mapped[str] = mapped_column(Text)
    old_tag: Mapped[str] = mapped_column(Text)
    new_tag: Mapped[str] = mapped_column(Text)
    end_tag: Mapped[str] = mapped_column(Text)
    inner: Mapped[str] = mapped_column(Text)
    anchor: Mapped[str] = mapped_column(Text)
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None]

    content: Mapped[Content] = relationship()
