"""What a person has chosen for a list, and views that are kept of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import AccountOwned, Base
from app.identity.models import User


class SavedView(Base, AccountOwned):
    """A list under a name: `filters` as an address has them (with its search and order), and the names of `columns`.

    It is its maker's alone unless `is_shared`. `site_id` is set where the filters name rows of that site; other views
    are for every site. A deleted one is kept for a month, to be brought back.
    """

    __tablename__ = "saved_views"
    __table_args__ = (Index("ix_saved_views_list", "account_id", "list_name"),)

    list_name: Mapped[str] = mapped_column(String(40))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    filters: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    columns: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    is_shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    deleted_at: Mapped[datetime | None] = mapped_column(index=True)

    maker: Mapped[User | None] = relationship()


class ListSetting(Base, AccountOwned):
    """How one person has a list: 0, "" and no columns are as the list comes. `view_id` is the view it opens with."""

    __tablename__ = "list_settings"
    __table_args__ = (UniqueConstraint("account_id", "user_id", "list_name"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    list_name: Mapped[str] = mapped_column(String(40))
    per_page: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    density: Mapped[str] = mapped_column(String(12), default="", server_default="")
    columns: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    view_id: Mapped[int | None] = mapped_column(ForeignKey("saved_views.id", ondelete="SET NULL"))
