"""The figures of rules, kept day by day: triggers maintain them (migration 0081), so no page counts executions."""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base, Identified


class RuleFigureColumns:
    """What is kept of the executions of a rule that were set off on one day, in UTC.

    `executions` are all of them, the others those of them that ended so; `credits` is what they were charged. `rule_id`
    is 0 for rules that were deleted.
    """

    rule_id: Mapped[int] = mapped_column(BigInteger)
    day: Mapped[date]
    executions: Mapped[int] = mapped_column(server_default="0")
    succeeded: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
    credits: Mapped[int] = mapped_column(BigInteger, server_default="0")


class RuleDay(RuleFigureColumns, Base, AccountOwned):
    """The figures of a rule on one day, right after each commit; nothing but the triggers writes them."""

    __tablename__ = "rule_days"
    __table_args__ = (
        UniqueConstraint("site_id", "rule_id", "day"),
        Index("ix_rule_days_recent", "site_id", "day"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))


class RuleDayChange(RuleFigureColumns, Base, Identified):
    """The changes that a transaction makes to figures, until it commits: others never see a row of this table."""

    __tablename__ = "rule_day_changes"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    account_id: Mapped[int] = mapped_column(BigInteger)
    site_id: Mapped[int] = mapped_column(BigInteger)
