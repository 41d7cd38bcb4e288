"""Rules, what they did, the events that they are told of, and the autopilot of a site."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.core.clock import utcnow
from app.core.db import AccountOwned, Base

WAITING, HELD, RUNNING = "waiting", "held", "running"
SUCCEEDED, FAILED, SKIPPED, CANCELLED = "succeeded", "failed", "skipped", "cancelled"
OPEN_STATES = (WAITING, HELD, RUNNING)
STATES = (*OPEN_STATES, SUCCEEDED, FAILED, SKIPPED, CANCELLED)


class AutomationRule(Base, AccountOwned):
    """When (`trigger`, `cron` in `zone`), if (`conditions`), then (`actions`).

    `subject_kind` is what kind of rows it is about. `missed` says what becomes of times that passed while nothing could
    run: made up ``once`` or ``skip``; `overlap` what happens while an earlier execution of it runs: ``skip``,
    ``queue`` or ``cancel`` the older. `next_at` is when a schedule is due next. `counted_on` and `counted` are the day
    of its zone and how many executions began on it, `minute_at` and `minute_count` a minute and how often it was set
    off in it: conditional UPDATEs write these. `flow` is the key of the flow that wrote it, "" for a person's own.
    `off_reason` says why it switched itself off. `owner_id` is who made it, None for those that the app made;
    `switched_at` is when it was last switched on or off.
    """

    __tablename__ = "automation_rules"
    __table_args__ = (
        CheckConstraint("missed in ('once','skip')", name="missed"),
        CheckConstraint("overlap in ('skip','queue','cancel')", name="overlap"),
        Index("ix_automation_rules_site", "site_id", "trigger", "place", "id"),
        Index("ix_automation_rules_due", "next_at", postgresql_where=text("is_active and next_at is not null")),
        Index("uq_automation_rules_flow", "site_id", "flow", unique=True, postgresql_where=text("flow <> ''")),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    trigger: Mapped[str] = mapped_column(String(40))
    subject_kind: Mapped[str] = mapped_column(String(12))
    conditions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    actions: Mapped[list[Any]] = mapped_column(default=list)
    cron: Mapped[str] = mapped_column(String(120), default="")
    zone: Mapped[str] = mapped_column(String(60), default="UTC")
    missed: Mapped[str] = mapped_column(String(6), default="once")
    overlap: Mapped[str] = mapped_column(String(6), default="skip")
    is_active: Mapped[bool] = mapped_column(default=False)
    most_a_day: Mapped[int] = mapped_column(default=50)
    most_credits: Mapped[int | None]
    place: Mapped[int] = mapped_column(default=0)
    flow: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[int] = mapped_column(default=1)
    next_at: Mapped[datetime | None]
    last_executed_at: Mapped[datetime | None]
    counted_on: Mapped[date | None]
    counted: Mapped[int] = mapped_column(default=0)
    minute_at: Mapped[datetime | None]
    minute_count: Mapped[int] = mapped_column(default=0)
    failures_in_row: Mapped[int] = mapped_column(default=0)
    off_reason: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[int | None] = mapped_column(BigInteger)
    switched_at: Mapped[datetime | None]


class RuleExecution(Base, AccountOwned):
    """One occurrence of a rule and what came of it; `occurrence` is unique for the rule.

    `cause` is ``schedule``, ``event`` or ``manual``. `causes` are the executions that led to this one, the first
    first. `actions`, `subjects` and `subject_kind` are the rule's and its rows as they were then. `steps` are the
    stages of its actions that began, each with its runs. `credits_planned` is what was estimated before each began,
    `credits` what was charged in the end. `reason` says in a word why it was skipped, held or not finished.
    """

    __tablename__ = "rule_executions"
    __table_args__ = (
        CheckConstraint(
            "state in ('waiting','held','running','succeeded','failed','skipped','cancelled')", name="state"
        ),
        UniqueConstraint("rule_id", "occurrence"),
        Index("uq_rule_executions_running", "rule_id", unique=True, postgresql_where=text("state = 'running'")),
        Index("ix_rule_executions_open", "state", "id", postgresql_where=text("state in ('waiting','held','running')")),
        Index(
            "ix_rule_executions_site_when",
            "site_id",
            "created_at",
            "id",
            postgresql_include=["account_id", "state", "cause"],
        ),
        Index(
            "ix_rule_executions_site_state",
            "site_id",
            "state",
            "created_at",
            "id",
            postgresql_include=["account_id", "cause"],
        ),
        Index(
            "ix_rule_executions_site_cause",
            "site_id",
            "cause",
            "created_at",
            "id",
            postgresql_include=["account_id", "state"],
        ),
        Index(
            "ix_rule_executions_rule_when",
            "rule_id",
            "created_at",
            "id",
            postgresql_include=["account_id", "site_id", "state", "cause"],
        ),
        Index("ix_rule_executions_run", "run_id"),
        Index(
            "ix_rule_executions_held",
            "site_id",
            "rule_id",
            postgresql_include=["account_id"],
            postgresql_where=text("state = 'held'"),
        ),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("automation_rules.id", ondelete="SET NULL"))
    rule_name: Mapped[str] = mapped_column(String(120))
    occurrence: Mapped[str] = mapped_column(String(80))
    cause: Mapped[str] = mapped_column(String(10))
    causes: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    reason: Mapped[str] = mapped_column(String(20), default="")
    actions: Mapped[list[Any]] = mapped_column(default=list)
    subject_kind: Mapped[str] = mapped_column(String(12))
    subjects: Mapped[list[Any]] = mapped_column(default=list)
    subject_count: Mapped[int] = column_property(func.jsonb_array_length(subjects))
    steps: Mapped[list[Any]] = mapped_column(default=list)
    most_credits: Mapped[int | None]
    credits_planned: Mapped[int] = mapped_column(default=0)
    credits: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(Text, default="")
    error: Mapped[dict[str, Any] | None]
    run_id: Mapped[uuid.UUID | None]
    scheduled_at: Mapped[datetime] = mapped_column(default=utcnow)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """True while something may still come of it."""
        return self.state in OPEN_STATES


class ExecutionSubject(Base, AccountOwned):
    """A row that an execution was about; found by the row."""

    __tablename__ = "execution_subjects"
    __table_args__ = (
        UniqueConstraint("execution_id", "subject_id"),
        Index("ix_execution_subjects_subject", "account_id", "subject_kind", "subject_id", text("execution_id DESC")),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    execution_id: Mapped[int] = mapped_column(ForeignKey("rule_executions.id", ondelete="CASCADE"))
    subject_kind: Mapped[str] = mapped_column(String(12))
    subject_id: Mapped[int] = mapped_column(BigInteger)


class TriggerEvent(Base, AccountOwned):
    """An event that rules are told of, whether there are any or not; kept for 30 days.

    `subjects` are ids of rows of `subject_kind`; none when it is about the whole site. `execution_id` is the execution
    whose work it came of, if any. `snapshot` has what conditions can ask of its rows as they were then, as text, by
    field and id: of the first of them, where the site has a rule with this trigger.
    """

    __tablename__ = "trigger_events"
    __table_args__ = (
        Index("ix_trigger_events_site", "site_id", "trigger", "id"),
        Index("ix_trigger_events_created_at", "created_at"),
        Index("ix_trigger_events_execution", "execution_id", postgresql_where=text("execution_id is not null")),
        Index("ix_trigger_events_subjects", "subjects", postgresql_using="gin"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    trigger: Mapped[str] = mapped_column(String(40))
    subject_kind: Mapped[str] = mapped_column(String(12), default="")
    subjects: Mapped[list[Any]] = mapped_column(default=list)
    execution_id: Mapped[int | None] = mapped_column(ForeignKey("rule_executions.id", ondelete="SET NULL"))
    snapshot: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))


class RuleMail(Base):
    """A member wants a mail when any rule of the account that they may see switches itself off."""

    __tablename__ = "rule_mails"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "user_id"], ["memberships.account_id", "memberships.user_id"], ondelete="CASCADE"
        ),
    )

    account_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class Autopilot(Base, AccountOwned):
    """How a site's pipeline runs by itself: it writes the rules whose `flow` begins with ``autopilot``.

    `days` are the weekdays on which it writes, Monday is 0. `month_credits` is the cap of a calendar month in UTC, None
    without one; `spent_in` and `spent` are the month and what its rules planned in it, by conditional UPDATE.
    """

    __tablename__ = "autopilots"
    __table_args__ = (UniqueConstraint("site_id"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    is_on: Mapped[bool] = mapped_column(default=False)
    drafts_a_week: Mapped[int] = mapped_column(default=3)
    days: Mapped[list[Any]] = mapped_column(default=list)
    has_review: Mapped[bool] = mapped_column(default=True)
    month_credits: Mapped[int | None]
    spent_in: Mapped[date | None]
    spent: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
