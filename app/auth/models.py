"""People, accounts, who belongs to which, and what proves who somebody is."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import utcnow
from app.core.crypto import ENCRYPTED
from app.core.db import AccountOwned, Base, Identified, Timestamped

ROLES = ("owner", "admin", "editor", "viewer", "systembot")


class User(Base, Identified, Timestamped):
    """A person. `session_epoch` is part of every session: raising it signs out everywhere.

    `totp_secret` is encrypted; the second factor is asked for once `totp_enabled_at` is set.
    `totp_last_step` is the time step of the code that was used last: no code works twice.
    """

    __tablename__ = "users"
    __table_args__ = (Index("uq_users_email_lower", text("lower(email)"), unique=True),)

    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(255))
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    session_epoch: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(String(8), default="en", server_default="en")
    email_confirmed_at: Mapped[datetime | None]
    totp_secret: Mapped[str | None] = mapped_column(String(500), info=ENCRYPTED)
    totp_enabled_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))

    is_authenticated = True
    is_anonymous = False
    session_key = ""  # the key of the session that this request belongs to; not a column

    def get_id(self) -> str:
        """What Flask-Login keeps in the session and in the cookie that remembers."""
        return f"{self.id}:{self.session_epoch}:{self.session_key}"


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


class UserSession(Base, Identified):
    """A browser in which a person is signed in. The key itself is in that browser's cookie alone.

    A `remembered` one outlives the browser's being closed.
    """

    __tablename__ = "user_sessions"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    ip: Mapped[str] = mapped_column(String(45), default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    remembered: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_seen_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)


class MailToken(Base, Identified, Timestamped):
    """The hash of a link that was mailed. Works once, for one purpose, until it expires."""

    __tablename__ = "mail_tokens"
    __table_args__ = (CheckConstraint("purpose in ('confirm_email','change_email','reset_password')", name="purpose"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base, Identified):
    """The hash of a code that stands in for the second factor, once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class Invitation(Base, AccountOwned):
    """An invitation by mail to join an account. A new mail (`sends`) makes the link before it void."""

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
    """A key to the API: of a person, with at most their role's permissions, or of SystemBot (`user_id` empty)."""

    __tablename__ = "api_tokens"

    name: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    hint: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User | None] = relationship(foreign_keys=[user_id])


class ModuleSwitch(Base):
    """A module that the account has switched on or off; without a row it is as shipped."""

    __tablename__ = "module_switches"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    module: Mapped[str] = mapped_column(String(20), primary_key=True)
    is_on: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
