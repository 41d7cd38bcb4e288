"""Accounts, who belongs to which and with which role, invitations, API tokens, modules."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import utcnow
from app.core.db import AccountOwned, Base, Identified, Timestamped
from app.identity.models import User


class Account(Base, Identified, Timestamped):
    """A customer: everything else belongs to one. Past `deletion_due_at` it is deleted for good."""

    __tablename__ = "accounts"

    name: Mapped[str] = mapped_column(String(120))
    deletion_due_at: Mapped[datetime | None] = mapped_column(index=True)


class Membership(Base, Identified, Timestamped):
    """A person's role in an account."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("account_id", "user_id"),
        CheckConstraint("role in ('owner','admin','editor','viewer','systembot')", name="role"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(12))

    account: Mapped[Account] = relationship()
    user: Mapped[User] = relationship()


class SiteAccess(Base):
    """A site that an editor or viewer may see. Owners and admins see all, and have no rows."""

    __tablename__ = "site_access"

    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id", ondelete="CASCADE"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True, index=True)


class Invitation(Base, AccountOwned):
    """An invitation by mail to join an account. A new mail (`sends`) voids the previous link."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("role in ('admin','editor','viewer')", name="role"),
        CheckConstraint("state in ('pending','accepted','revoked')", name="state"),
        Index(
            "uq_invitations_pending",
            "account_id",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
    )

    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(12))
    site_ids: Mapped[list[Any]] = mapped_column(default=list)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(12), default="pending")
    sends: Mapped[int] = mapped_column(default=1)
    expires_at: Mapped[datetime]
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    account: Mapped[Account] = relationship()


class ApiToken(Base, AccountOwned):
    """A key to the API: of a person, with at most their role's permissions, or of SystemBot (`user_id` empty).

    With `site_ids` it sees only these sites, of those that its holder sees.
    """

    __tablename__ = "api_tokens"

    name: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    hint: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    site_ids: Mapped[list[Any] | None]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User | None] = relationship(foreign_keys=[user_id])


class ModuleSwitch(Base):
    """A module that the account has switched on or off; without a row the module's default holds."""

    __tablename__ = "module_switches"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    module: Mapped[str] = mapped_column(String(20), primary_key=True)
    is_on: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
