"""The signatures by which contents with the same text are found."""

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class BodySignature(Base, AccountOwned):
    """The version of a content's text that its bands were made from."""

    __tablename__ = "body_signatures"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"), unique=True)
    content_version: Mapped[int]


class BodyBand(Base):
    """A band of `app.meaning.same_wording` that a content's text has; a text that is too short has none.

    Rows of numbers, not an array: under row-level security an index serves what is equal, not what overlaps
    (docs/decisions/0025). Those of different sites are different numbers.
    """

    __tablename__ = "body_bands"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    band: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id", ondelete="CASCADE"), primary_key=True, index=True)
