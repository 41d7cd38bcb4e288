"""The run record."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, ForeignKey, Index, String, Text, and_, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.causation import current_causes
from app.core.clock import server_now, utcnow
from app.core.db import Base, Timestamped
from app.core.permissions import AnyPermission
from app.core.runs.kinds import RunKind, kind_of
from app.core.runs.live_texts import LiveText, read_live_texts
from app.core.runs.states import ACTIVE, PAUSED
from app.core.site_scope import SiteScope


class Run(Base, Timestamped):
    """One piece of work: who asked, how far it is, how it ended.

    `job` is the dotted path of the function that its kind named when it started; `params` its JSON arguments.
    `lease_token` and `lease_until` say which worker holds it: a run whose lease has
    passed is started again. At most one run of an `exclusive_key` is active. Runs of a `lane` go
    one after the other, by `place`, then by time. `subject_kind` is what kind of subject the work brought to its end,
    for the statistics of kinds that keep it: a publish has the type of its content. `causes` is what set it off (see
    `app.core.causation`).
    """

    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint("state in ('queued','running','paused','succeeded','failed','cancelled')", name="state"),
        Index("ix_runs_active", "state", "due_at", postgresql_where=text("state in ('queued','running')")),
        Index(
            "uq_runs_exclusive_active",
            "exclusive_key",
            unique=True,
            postgresql_where=text("state in ('queued','running') and exclusive_key is not null"),
        ),
        Index("ix_runs_ended_at", "ended_at", postgresql_where=text("ended_at is not null")),
        Index("ix_runs_account_recent", "account_id", text("created_at DESC")),
        Index("ix_runs_site_kind", "account_id", "site_id", "kind", text("created_at DESC")),
        Index("ix_runs_kind_due", "account_id", "kind", "due_at"),
        Index(
            "ix_runs_scheduled",
            "account_id",
            "due_at",
            postgresql_where=text("kind = 'publish' and (params ->> 'mode') = 'scheduled'"),
        ),
        Index(
            "ix_runs_ended",
            "account_id",
            "kind",
            "site_id",
            "ended_at",
            postgresql_include=["state", "started_at", "subject_kind"],
            postgresql_where=text("state in ('succeeded','failed')"),
        ),
        Index(
            "ix_runs_own_ended",
            "account_id",
            "actor_id",
            "ended_at",
            postgresql_where=text("state in ('succeeded','failed')"),
        ),
        Index("ix_runs_failed", "account_id", "kind", "ended_at", postgresql_where=text("state = 'failed'")),
        Index("ix_runs_subject", "account_id", "subject_type", "subject_id"),
        Index(
            "uq_runs_lane_running",
            "lane",
            unique=True,
            postgresql_where=text("state = 'running' and lane is not null"),
        ),
        Index(
            "ix_runs_lane_waiting",
            "lane",
            "place",
            "due_at",
            postgresql_where=text("state = 'queued' and lane is not null"),
        ),
        Index(
            "ix_runs_handed_over",
            "queue",
            "account_id",
            "enqueued_at",
            postgresql_where=text("state = 'queued' and enqueued_at is not null"),
        ),
        Index(
            "ix_runs_unfed",
            "account_id",
            "queue",
            "due_at",
            "created_at",
            "id",
            postgresql_where=text("state = 'queued' and enqueued_at is null and lane is null"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(300))
    job: Mapped[str] = mapped_column(String(120))
    queue: Mapped[str] = mapped_column(String(20), default="default")
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    exclusive_key: Mapped[str | None] = mapped_column(String(120))
    lane: Mapped[str | None] = mapped_column(String(60))
    place: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    subject_type: Mapped[str | None] = mapped_column(String(40))
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    subject_kind: Mapped[str | None] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default="queued")
    step: Mapped[str | None] = mapped_column(String(200))
    steps: Mapped[list[Any]] = mapped_column(default=list)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    message: Mapped[str | None] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(String(500))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    causes: Mapped[list[Any]] = mapped_column(default=current_causes, server_default=text("'[]'"))
    error: Mapped[dict[str, Any] | None]
    attempt: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[uuid.UUID | None]
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime] = mapped_column(default=server_now())
    rq_job_id: Mapped[str | None] = mapped_column(String(64))
    enqueued_at: Mapped[datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    pause_requested: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    can_cancel: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @classmethod
    def __site_scope__(cls, scope: SiteScope) -> ColumnElement[bool]:
        """Runs of granted sites, and one's own of no site."""
        own = and_(cls.site_id.is_(None), cls.actor_id == scope.user_id)
        return or_(cls.site_id.in_(sorted(scope.site_ids)), own)

    @property
    def of_kind(self) -> RunKind:
        """What is known of all runs of its kind."""
        return kind_of(self.kind)

    @property
    def is_active(self) -> bool:
        """True while it waits or works."""
        return self.state in ACTIVE

    @property
    def is_paused(self) -> bool:
        """True while a person has paused it."""
        return self.state == PAUSED

    @property
    def can_pause(self) -> bool:
        """True when a person may pause it."""
        return self.is_active and kind_of(self.kind).pauses and self.can_cancel and not self.cancel_requested

    @property
    def is_later(self) -> bool:
        """True while it waits for a time that is more than a minute ahead."""
        return self.state == "queued" and self.due_at > utcnow() + timedelta(minutes=1)

    @property
    def can_retry(self) -> bool:
        """True when a person may start it again."""
        return self.state in ("failed", "cancelled")

    @property
    def is_streaming(self) -> bool:
        """True while it may show what it is writing."""
        return self.state == "running" and kind_of(self.kind).streams

    @property
    def live_texts(self) -> list[LiveText]:
        """What it is writing at the moment; only kinds that stream have any."""
        return read_live_texts(self.id) if self.is_streaming else []

    @property
    def asks_models(self) -> bool:
        """True for work that credits are put aside for: it may ask models."""
        return kind_of(self.kind).operation is not None

    @property
    def cancel_permission(self) -> AnyPermission:
        """What a person needs to cancel it."""
        return kind_of(self.kind).may_cancel

    @property
    def retry_permission(self) -> AnyPermission:
        """What a person needs to start it again."""
        return kind_of(self.kind).permission

    @property
    def percent(self) -> int | None:
        """Share done, 0 to 100; None when the amount of work is not known."""
        return None if not self.total else min(100, round(100 * self.done / self.total))

    @property
    def eta_seconds(self) -> int | None:
        """Seconds left at the present pace; None when it is not known yet."""
        if self.state != "running" or not self.total or not self.done or not self.started_at:
            return None
        spent = (utcnow() - self.started_at).total_seconds()
        return None if spent < 2 else round(spent * (self.total - self.done) / self.done)
