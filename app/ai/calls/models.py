"""The record of calls to models, what they may cost, and what they have cost."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import utcnow
from app.core.crypto import ENCRYPTED
from app.core.db import AccountOwned, Base, Identified, Timestamped

STATES = ("running", "succeeded", "failed", "cancelled")
DEFAULT_CONCURRENCY = 8
_WITH_TEXTS = text("prompt_encrypted is not null or answer_encrypted is not null")


class AiCall(Base, AccountOwned):
    """One request to a model, with all its attempts. Money is in millionths of a US dollar.

    `cost_micros` is None where the model has no known price; `reserved_micros` was reserved before, and is
    charged for a call that never ended because its process died. `run_id` outlives the run. `spender` is what else has
    a cap of its own, as ``rule:12``. Prompt and answer go after 30 days.
    """

    __tablename__ = "ai_calls"
    __table_args__ = (
        CheckConstraint("state in ('running','succeeded','failed','cancelled')", name="state"),
        Index("ix_ai_calls_newest", "account_id", text("created_at DESC"), text("id DESC")),
        Index("ix_ai_calls_slowest", "account_id", text("ms DESC NULLS LAST"), text("id DESC")),
        Index("ix_ai_calls_dearest", "account_id", text("cost_micros DESC NULLS LAST"), text("id DESC")),
        Index("ix_ai_calls_run", "account_id", "run_id", postgresql_where=text("run_id is not null")),
        Index("ix_ai_calls_under_way", "deadline_at", postgresql_where=text("state = 'running'")),
        Index("ix_ai_calls_texts", "created_at", postgresql_where=_WITH_TEXTS),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    operation: Mapped[str] = mapped_column(String(60))
    prompt_version: Mapped[int] = mapped_column(BigInteger, default=0)
    run_id: Mapped[UUID | None]
    spender: Mapped[str] = mapped_column(String(40), default="", server_default="")
    subject: Mapped[str] = mapped_column(String(300), default="")
    model: Mapped[str] = mapped_column(String(200), default="")
    provider: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[str] = mapped_column(String(12), default="running")
    error_code: Mapped[str | None] = mapped_column(String(60))
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_out: Mapped[int] = mapped_column(default=0)
    cost_micros: Mapped[int | None] = mapped_column(BigInteger)
    ms: Mapped[int | None]
    first_token_ms: Mapped[int | None]
    credits: Mapped[int] = mapped_column(default=0)
    reserved_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    deadline_at: Mapped[datetime]
    prompt_encrypted: Mapped[str | None] = mapped_column(Text, info=ENCRYPTED, deferred=True)
    answer_encrypted: Mapped[str | None] = mapped_column(Text, info=ENCRYPTED, deferred=True)


class AiAttempt(Base, Identified):
    """One request to one endpoint within a call; `is_repair` when a bad answer was sent back with it."""

    __tablename__ = "ai_attempts"
    __table_args__ = (
        Index("uq_ai_attempts_number", "call_id", "number", unique=True),
        Index("ix_ai_attempts_endpoint", "account_id", "endpoint", text("id DESC")),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    call_id: Mapped[int] = mapped_column(ForeignKey("ai_calls.id", ondelete="CASCADE"))
    number: Mapped[int]
    endpoint: Mapped[str] = mapped_column(String(300))
    model: Mapped[str] = mapped_column(String(200))
    error_code: Mapped[str | None] = mapped_column(String(60))
    ms: Mapped[int]
    first_token_ms: Mapped[int | None]
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_out: Mapped[int] = mapped_column(default=0)
    is_repair: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class AiSettings(Base, Timestamped):
    """What an account allows itself with models; no row means: no cap, eight calls at once, texts kept.

    What is asked at once is as the installation has it where it is None (`request_sizes`).
    """

    __tablename__ = "ai_settings"
    __table_args__ = (
        CheckConstraint("concurrency between 1 and 100", name="concurrency"),
        CheckConstraint("ideas_per_request between 1 and 30", name="ideas_per_request"),
        CheckConstraint("clusters_per_request between 1 and 50", name="clusters_per_request"),
        CheckConstraint("drafts_per_run between 1 and 500", name="drafts_per_run"),
        CheckConstraint("least(cap_run_micros, cap_day_micros, cap_month_micros) >= 0", name="caps"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    cap_run_micros: Mapped[int | None] = mapped_column(BigInteger)
    cap_day_micros: Mapped[int | None] = mapped_column(BigInteger)
    cap_month_micros: Mapped[int | None] = mapped_column(BigInteger)
    concurrency: Mapped[int] = mapped_column(default=DEFAULT_CONCURRENCY)
    keep_texts: Mapped[bool] = mapped_column(default=True)
    ideas_per_request: Mapped[int | None]
    clusters_per_request: Mapped[int | None]
    drafts_per_run: Mapped[int | None]


class AiSpenderCap(Base, Timestamped):
    """The most that a spender, such as the rule ``rule:12``, may cost on a day of UTC, in millionths of a US dollar."""

    __tablename__ = "ai_spender_caps"
    __table_args__ = (CheckConstraint("cap_micros >= 0", name="cap"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    spender: Mapped[str] = mapped_column(String(40), primary_key=True)
    cap_micros: Mapped[int] = mapped_column(BigInteger)


class AiSpend(Base, Timestamped):
    """Money put aside and spent in a period: ``day:2026-11-28``, ``month:2026-11`` (both of UTC) or ``run:<id>``.

    What a spender spends is counted by the day: ``rule:12:2026-11-28``.
    """

    __tablename__ = "ai_spend"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    period: Mapped[str] = mapped_column(String(60), primary_key=True)
    reserved_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    spent_micros: Mapped[int] = mapped_column(BigInteger, default=0)
