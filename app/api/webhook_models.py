"""Webhooks: the addresses that an account has its events sent to, and each event that is or was on its way."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import utcnow
from app.core.crypto import ENCRYPTED
from app.core.db import AccountOwned, Base


class Webhook(Base, AccountOwned):
    """An address for events of these kinds. `secret` (encrypted) signs what is sent.

    `failing_since` is when it first did not take one, None since it took one. `off_reason` says why it was switched off
    by itself.
    """

    __tablename__ = "webhooks"

    url: Mapped[str] = mapped_column(String(500))
    secret: Mapped[str] = mapped_column(String(400), info=ENCRYPTED)
    events: Mapped[list[Any]] = mapped_column(default=list)
    is_active: Mapped[bool] = mapped_column(default=True)
    failing_since: Mapped[datetime | None]
    off_reason: Mapped[str] = mapped_column(String(300), default="")


class WebhookDelivery(Base, AccountOwned):
    """An event for an address. `event_key` is what it is about, so that one event is sent there once.

    Who sends it holds it until `lease_until`; `attempts` were made, the next is due at `due_at`.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("state in ('waiting','sent','failed')", name="state"),
        UniqueConstraint("webhook_id", "event_key"),
        Index("ix_webhook_deliveries_due", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_webhook_deliveries_webhook", "webhook_id", text("id DESC")),
        Index("ix_webhook_deliveries_created_at", "created_at"),
    )

    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    public_id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4)
    event_key: Mapped[str] = mapped_column(String(160))
    event: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=utcnow)
    lease_until: Mapped[datetime | None]
    status: Mapped[int | None]
    error: Mapped[str] = mapped_column(Text, default="")
    ended_at: Mapped[datetime | None]

    webhook: Mapped[Webhook] = relationship()
