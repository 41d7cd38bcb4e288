"""What people have looked at, and what they are told by mail."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class NewsLook(Base):
    """How far a person has seen what ended and failed in an account: `looked_at` is when the newest run shown ended."""

    __tablename__ = "news_looks"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    looked_at: Mapped[datetime]


class DailyMail(Base):
    """A member wants a mail a day, at `hour` of their own time zone; without a row they get none.

    `last_day` is the last day, in that zone, on which it was written or there was nothing to say; `told_until` is the
    instant until which they have been told. `handed_out_at` says since when a worker has it.
    """

    __tablename__ = "daily_mails"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "user_id"], ["memberships.account_id", "memberships.user_id"], ondelete="CASCADE"
        ),
        CheckConstraint("hour between 0 and 23", name="hour"),
    )

    account_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    hour: Mapped[int] = mapped_column(SmallInteger)
    last_day: Mapped[date | None]
    told_until: Mapped[datetime]
    handed_out_at: Mapped[datetime | None]
