"""Scores of contents, and assessments that a person dismissed."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.content.models import Content
from app.core.db import AccountOwned, Base

SORTED_BY = ("overall", "seo", "readability", "engagement", "words", "to_improve")


class ContentScore(Base, AccountOwned):
    """What the analysis made of one content: of `content_version`, by the analyser of `analyser_version`.

    Scores are 0 to 100, null where nothing applied. `ratings` has the rating of each assessment by its key,
    `to_improve` is how many of them are not good and were not dismissed. `said` has the sentences that say a search in
    other words, by the search: the editor shows them without looking again.
    """

    __tablename__ = "content_scores"
    __table_args__ = (
        *(
            Index(f"ix_content_scores_site_{name}", "site_id", name, "id", postgresql_include=["account_id"])
            for name in SORTED_BY
        ),
        Index("ix_content_scores_version", "site_id", "analyser_version"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"), unique=True)
    content_version: Mapped[int]
    analyser_version: Mapped[int]
    language: Mapped[str] = mapped_column(String(8), default="")
    words: Mapped[int] = mapped_column(default=0)
    seo: Mapped[int | None]
    readability: Mapped[int | None]
    engagement: Mapped[int | None]
    overall: Mapped[int | None]
    to_improve: Mapped[int] = mapped_column(default=0)
    ratings: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    said: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))

    content: Mapped[Content] = relationship()


class DismissedAssessment(Base, AccountOwned):
    """An assessment that a person said does not matter for this content, and why."""

    __tablename__ = "dismissed_assessments"
    __table_args__ = (UniqueConstraint("content_id", "key"),)

    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text, default="")
    dismissed_by: Mapped[int | None] = mapped_column(BigInteger)
