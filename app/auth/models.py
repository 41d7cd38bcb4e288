"""People, accounts and who belongs to which."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Identified, Timestamped

ROLES = ("owner", "admin", "editor", "viewer", "systembot")


class User(Base, Identified, Timestamped):
    """A person. `session_epoch` is part of every session: raising it signs out everywhere."""

    __tablename__ = "users"
    __table_args__ = (Index("uq_users_email_lower", text("lower(email)"), unique=True),)

    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(255))
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    session_epoch: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)

    is_authenticated = True
    is_anonymous = False

    def get_id(self) -> str:
        """What Flask-Login keeps in the session."""
        return f"{self.id}:{self.session_epoch}"


class Account(Base, Identified, Timestamped):
    """A customer: everything else belongs to one."""

    __tablename__ = "accounts"

    name: Mapped[str] = mapped_column(String(120))


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
