"""An account's own AI services, and which of their models does what."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import ENCRYPTED
from app.core.db import AccountOwned, Base


class AiProvider(Base, AccountOwned):
    """A service that speaks OpenAI's protocol, and the account's key to it.

    `model` is asked where no route says otherwise. `models` are the names that the service listed, `capabilities` what
    a test found by model (`probes.Findings.as_dict`). Empty `base_url`: OpenAI's own. Of the key nothing but
    `key_hint`, its end, is ever shown. `prices` are by model, as `model_prices.read_prices` gives them.
    """

    __tablename__ = "ai_providers"
    __table_args__ = (Index("uq_ai_providers_name", "account_id", text("lower(name)"), unique=True),)

    name: Mapped[str] = mapped_column(String(80))
    base_url: Mapped[str] = mapped_column(String(500), default="")
    api_key_encrypted: Mapped[str | None] = mapped_column(Text, info=ENCRYPTED)
    key_hint: Mapped[str] = mapped_column(String(4), default="")
    model: Mapped[str] = mapped_column(String(200))
    is_enabled: Mapped[bool] = mapped_column(default=True)
    requests_per_minute: Mapped[int] = mapped_column(default=60)
    prices: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    models: Mapped[list[Any]] = mapped_column(default=list)
    capabilities: Mapped[dict[str, Any]] = mapped_column(default=dict)
    last_tested_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")


class AiRoute(Base, AccountOwned):
    """Who is asked for an operation; the one without a name is for all that have none of their own.

    `targets` are `{"provider_id": …, "model": …}` in the order of the account; without an id it is the installation's.
    """

    __tablename__ = "ai_routes"
    __table_args__ = (
        UniqueConstraint("account_id", "operation"),
        CheckConstraint("mode in ('order','price','speed')", name="mode"),
    )

    operation: Mapped[str] = mapped_column(String(60), default="")
    mode: Mapped[str] = mapped_column(String(8), default="order")
    targets: Mapped[list[Any]] = mapped_column(default=list)
