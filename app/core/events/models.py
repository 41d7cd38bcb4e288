"""Events that wait for delivery."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import utcnow
from app.core.db import AccountOwned, Base


class EventDelivery(Base, AccountOwned):
    """One event for one subscriber; deleted once delivered. After too many failures `due_at` is empty.

    `causes` is what the work that published it was caused by (`app.core.causation`).
    """

    __tablename__ = "event_deliveries"
    __table_args__ = (Index("ix_event_deliveries_due_at", "due_at", "account_id"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    subscriber: Mapped[str] = mapped_column(String(60))
    event: Mapped[str] = mapped_column(String(40))
    subjects: Mapped[list[Any]] = mapped_column(default=list)
    causes: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    error: Mapped[str] = mapped_column(Text, default="")
