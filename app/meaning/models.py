"""Vectors of texts, kept so that no text is read twice by the same model, and those of titles, to search among."""

from sqlalchemy import ARRAY, REAL, BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class TextVector(Base, AccountOwned):
    """The vector that `model` gave a text, as float16; `digest` is that of the casefolded text.

    One per text: when the account's model changes, the new vector takes the old one's place. Plain bytes: they are
    read by their digests; what is searched among are title vectors.
    """

    __tablename__ = "text_vectors"
    __table_args__ = (UniqueConstraint("account_id", "digest"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary)
    model: Mapped[str] = mapped_column(String(80))
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class TitleVector(Base, AccountOwned):
    """What `model` makes of the title of a topic or text of a site: a unit vector of `dimensions` numbers.

    `digest` is that of the casefolded title, by which a changed title is recognised. The indexes of pgvector are made
    by `app.meaning.vector_index`, not by a migration: the table does without them.
    """

    __tablename__ = "title_vectors"
    __table_args__ = (
        UniqueConstraint("account_id", "kind", "subject_id", name="uq_title_vectors_subject"),
        Index("ix_title_vectors_site", "site_id", "id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    model: Mapped[str] = mapped_column(String(80))
    dimensions: Mapped[int]
    vector: Mapped[list[float]] = mapped_column(ARRAY(REAL))
