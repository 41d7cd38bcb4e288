"""Sites, their sectors, and the link to WordPress."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.crypto import ENCRYPTED
from app.core.db import AccountOwned, Base


class Site(Base, AccountOwned):
    """A website that the account plans and publishes for.

    `password_user` and `password_secret` (encrypted) are what its server asks everybody for (HTTP Basic), if it does:
    they are sent to `password_origin` (scheme, host and port) alone.
    """

    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("account_id", "url"),)

    name: Mapped[str] = mapped_column(String(120))
    url: Mapped[str] = mapped_column(String(500))
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    is_active: Mapped[bool] = mapped_column(default=True)
    password_user: Mapped[str | None] = mapped_column(String(200))
    password_secret: Mapped[str | None] = mapped_column(String(1200), info=ENCRYPTED)
    password_origin: Mapped[str | None] = mapped_column(String(520))

    sectors: Mapped[list["Sector"]] = relationship(back_populates="site", order_by="Sector.name")
    connection: Mapped["WordPressConnection | None"] = relationship(back_populates="site")


class Sector(Base, AccountOwned):
    """A line of business of a site; groups keywords and clusters."""

    __tablename__ = "sectors"
    __table_args__ = (Index("uq_sectors_site_name", "site_id", text("lower(name)"), unique=True),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))

    site: Mapped[Site] = relationship(back_populates="sectors")


class WordPressConnection(Base, AccountOwned):
    """Keys and knowledge of a site's plugin. `secret` is encrypted.

    `state`: ``waiting`` (key made, plugin not heard yet), ``connected`` or ``failing``.
    `transport`: 1 to 3 as in docs/wire-contract.md, the last that worked.

    `health` is what the last looks found: ``unknown``, ``connected``, ``degraded``, ``lost`` or ``moved`` (a copy, or
    another address than the one paired), since `health_since`; `health_report` what the plugin said of itself then,
    `health_error` why it did not, `health_failures` how often in a row. It is looked at again at `health_due_at`;
    who looks holds it until `health_lease_until`. `health_notice` is a change that nobody has read yet. The site's
    content is compared next at `compare_due_at`.
    """

    __tablename__ = "wordpress_connections"
    __table_args__ = (
        UniqueConstraint("site_id"),
        CheckConstraint("state in ('waiting','connected','failing')", name="state"),
        CheckConstraint("health in ('unknown','connected','degraded','lost','moved')", name="health"),
        Index("ix_wordpress_connections_health_due", "health_due_at"),
        Index("ix_wordpress_connections_compare_due", "compare_due_at"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    key_id: Mapped[str] = mapped_column(String(32))
    secret: Mapped[str] = mapped_column(String(500), info=ENCRYPTED)
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    transport: Mapped[int] = mapped_column(default=1)
    home_url: Mapped[str | None] = mapped_column(String(500))
    remote_name: Mapped[str | None] = mapped_column(String(200))
    remote: Mapped[dict[str, Any]] = mapped_column(default=dict)
    checked_at: Mapped[datetime | None]
    error: Mapped[dict[str, Any] | None]
    health: Mapped[str] = mapped_column(String(10), default="unknown", server_default="unknown")
    health_since: Mapped[datetime | None]
    health_at: Mapped[datetime | None]
    health_due_at: Mapped[datetime | None]
    health_lease_until: Mapped[datetime | None]
    health_failures: Mapped[int] = mapped_column(default=0, server_default="0")
    health_report: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    health_error: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    health_notice: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    compare_due_at: Mapped[datetime | None]

    site: Mapped[Site] = relationship(back_populates="connection")


class InboundNonce(Base):
    """Nonces of requests from plugins, kept until they are too old to be accepted."""

    __tablename__ = "inbound_nonces"

    site_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
