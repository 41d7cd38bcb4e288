"""First answers to requests with an Idempotency-Key, and the calls that were made with each token."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class KeptAnswer(Base, AccountOwned):
    """The first answer to a write with this key, for a day. `fingerprint` is of the address and the body.

    It is written in the transaction of what the request did: either both are there, or neither.
    """

    __tablename__ = "api_answers"
    __table_args__ = (
        UniqueConstraint("account_id", "token_id", "key"),
        Index("ix_api_answers_created_at", "created_at"),
    )

    token_id: Mapped[int] = mapped_column(ForeignKey("api_tokens.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    location: Mapped[str] = mapped_column(String(500), default="")
    etag: Mapped[str] = mapped_column(String(80), default="")
    body: Mapped[bytes] = mapped_column(LargeBinary)


class ApiCall(Base, AccountOwned):
    """A call that was made with a token: `endpoint` is its name in the document, `milliseconds` how long it took."""

    __tablename__ = "api_calls"
    __table_args__ = (
        Index("ix_api_calls_token", "token_id", "id"),
        Index("ix_api_calls_created_at", "created_at"),
    )

    token_id: Mapped[int] = mapped_column(ForeignKey("api_tokens.id", ondelete="CASCADE"))
    method: Mapped[str] = mapped_column(String(8))
    endpoint: Mapped[str] = mapped_column(String(60))
    status: Mapped[int]
    error_code: Mapped[str] = mapped_column(String(60), default="")
    milliseconds: Mapped[int]
    request_id: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(45))
