"""People, and what they sign in with."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import utcnow
from app.core.crypto import ENCRYPTED
from app.core.db import Base, Identified, Timestamped


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
