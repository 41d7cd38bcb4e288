"""Vectors of texts, kept so that no text is read twice by the same model."""

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class TextVector(Base, AccountOwned):
    """The vector that `model` gave a text, as float16; `digest` is that of the casefolded text.

    One per text: when the account's model changes, the new vector takes the old one's place. Plain bytes, since all
    of a site's are read at once to be compared; PostgreSQL never searches among them, so pgvector would add nothing.
    """

    __tablename__ = "text_vectors"
    __table_args__ = (UniqueConstraint("account_id", "digest"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary)
    model: Mapped[str] = mapped_column(String(80))
    vector: Mapped[bytes] = mapped_column(LargeBinary)
