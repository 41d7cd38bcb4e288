"""What is known of a site's pages for linking, the links between them, and the links that are proposed."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.content.models import Content
from app.core.db import AccountOwned, Base

STATES = ("proposed", "accepted", "rejected", "undone", "outdated")


class LinkPage(Base, AccountOwned):
    """What a content says, as links need it: made of it by `app.linker.indexing`, and made anew when it changes.

    `content_changed_at` is the `updated_at` of the content that was read. `words` counts its words, `phrase` is the
    number of its whole title. `terms` are its weightiest stems with their weights, `title_stems` those of its title,
    `vector` what they mean; all of them packed (`app.linker.pages`). `dated` is the day that it is of,
    `section` the first part of its address. `links_in`, `links_out` and `waiting` are figures of the list: pages that
    link here, pages of the site that it links to, proposals that nobody has decided.
    """

    __tablename__ = "link_pages"
    __table_args__ = (
        UniqueConstraint("content_id"),
        Index("ix_link_pages_site", "site_id", "content_id"),
        Index("ix_link_pages_address", "site_id", "address"),
        *(
            Index(f"ix_link_pages_{name}", "site_id", name, "content_id", postgresql_include=["account_id"])
            for name in ("links_in", "links_out", "waiting", "title_key")
        ),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    content_changed_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(Text)
    title_key: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(500))
    section: Mapped[str] = mapped_column(String(120))
    dated: Mapped[int | None]
    words: Mapped[int]
    phrase: Mapped[int] = mapped_column(BigInteger)
    terms: Mapped[bytes] = mapped_column(LargeBinary)
    title_stems: Mapped[bytes] = mapped_column(LargeBinary)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    links_in: Mapped[int] = mapped_column(default=0)
    links_out: Mapped[int] = mapped_column(default=0)
    waiting: Mapped[int] = mapped_column(default=0)

    content: Mapped[Content] = relationship()


class LinkTerm(Base):
    """A stem of a page's text (`kind` 1), or a phrase of one to four words of its title (2), with its weight there."""

    __tablename__ = "link_terms"
    __table_args__ = (
        Index(  # read alone: the table's rows of a stem lie all over it
            "ix_link_terms_near",
            "site_id",
            "kind",
            "term",
            text("weight DESC"),
            postgresql_include=["content_id", "account_id"],
        ),
    )

    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[int] = mapped_column(primary_key=True)
    term: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    site_id: Mapped[int] = mapped_column(BigInteger)
    weight: Mapped[float]


class LinkStem(Base):
    """How many of a sample of a site's pages have a stem, or a phrase of two to four: how rare it is."""

    __tablename__ = "link_stems"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    term: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    pages: Mapped[int]


class PageLink(Base, AccountOwned):
    """A link in the text of a content to an address of its site; `target_id` is the content that has it, if one has.

    `phrase` is the number of its words' stems; `origin` is how it names the site (`pages.link_origin`).
    """

    __tablename__ = "page_links"
    __table_args__ = (
        Index("ix_page_links_source", "source_id"),
        Index("ix_page_links_target", "target_id"),
        Index("ix_page_links_phrase", "site_id", "phrase"),
        Index("ix_page_links_address", "site_id", "address"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    source_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    target_id: Mapped[int | None] = mapped_column(ForeignKey("contents.id", ondelete="SET NULL"))
    address: Mapped[str] = mapped_column(String(500))
    origin: Mapped[str] = mapped_column(String(120), default="", server_default="")
    anchor: Mapped[str] = mapped_column(String(300))
    phrase: Mapped[int] = mapped_column(BigInteger)


class FormerAddress(Base, AccountOwned):
    """An address of the site at which a page was before it moved; WordPress leads from there to where it is now."""

    __tablename__ = "former_addresses"
    __table_args__ = (
        UniqueConstraint("site_id", "address", "content_id"),
        Index("ix_former_addresses_content", "content_id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(500))


class LinkBatch(Base, AccountOwned):
    """What one run did: links proposed for chosen contents, put into them, or mended by the site's link plan.

    `mended` are links that got another address or were taken away. `undone_at` is when its undo began.
    """

    __tablename__ = "link_batches"
    __table_args__ = (
        CheckConstraint("mode in ('propose','apply','plan')", name="mode"),
        Index("ix_link_batches_site", "site_id", text("id DESC")),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"), unique=True)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(120))
    mode: Mapped[str] = mapped_column(String(10))
    contents: Mapped[int] = mapped_column(default=0)
    proposed: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    removed: Mapped[int] = mapped_column(default=0)
    mended: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    undone_at: Mapped[datetime | None]


class LinkSearch(Base, AccountOwned):
    """That links were looked for a content: by which run last, and when that was done; None while it is to be."""

    __tablename__ = "link_searches"
    __table_args__ = (UniqueConstraint("content_id"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"), index=True)
    searched_at: Mapped[datetime | None]


class LinkProposal(Base, AccountOwned):
    """A link from a phrase of one content to another: one row for each pair, whatever became of it.

    `anchor` are the characters of the phrase, `before` and `after` what stands around it, by which it is found again.
    `sentence` is text that a model proposed to add, with the anchor in it; empty where the phrase is in the text
    already. `reasons` are the codes of `app.linker.reasons` with their values. `tag` is the opening tag as it was
    written into the text.
    """

    __tablename__ = "link_proposals"
    __table_args__ = (
        UniqueConstraint("content_id", "target_id"),
        CheckConstraint("state in ('proposed','accepted','rejected','undone','outdated')", name="state"),
        Index("ix_link_proposals_target", "target_id"),
        Index("ix_link_proposals_batch", "batch_id"),
        Index("ix_link_proposals_site", "site_id", "state", "id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("link_batches.id", ondelete="SET NULL"))
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    target_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    score: Mapped[int]
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    url: Mapped[str] = mapped_column(Text)
    anchor: Mapped[str] = mapped_column(Text)
    before: Mapped[str] = mapped_column(Text, default="")
    after: Mapped[str] = mapped_column(Text, default="")
    sentence: Mapped[str] = mapped_column(Text, default="")
    rel: Mapped[str] = mapped_column(String(60), default="")
    tag: Mapped[str] = mapped_column(Text, default="")
    added_version: Mapped[int | None]
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None]

    target: Mapped[Content] = relationship(foreign_keys=[target_id])
    content: Mapped[Content] = relationship(foreign_keys=[content_id])


class LinkSettings(Base, AccountOwned):
    """How links are put into the texts of a site. `never_from` and `never_to` are ids of contents."""

    __tablename__ = "link_settings"
    __table_args__ = (UniqueConstraint("site_id"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    most_per_content: Mapped[int] = mapped_column(default=5)
    words_per_link: Mapped[int] = mapped_column(default=100)
    least_score: Mapped[int] = mapped_column(default=60)
    rel: Mapped[str] = mapped_column(String(60), default="")
    nofollow_paths: Mapped[list[Any]] = mapped_column(default=list)
    never_from: Mapped[list[Any]] = mapped_column(default=list)
    never_to: Mapped[list[Any]] = mapped_column(default=list)
    sentences: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
