"""Flows that come with the product, off until somebody chooses one, and what the app does by itself in any case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.automation.rules import RuleValues
from app.automation.triggers import SCHEDULE
from app.core.extensions import db
from app.core.languages import N_
from app.core.scheduler import PeriodicTick


@dataclass(frozen=True, slots=True)
class Flow:
    """A rule to choose: what it does every so many hours, for at most so many rows."""

    key: str
    name: str
    text: str
    action: str
    cron: str
    most: int

    def values(self, zone: str) -> RuleValues:
        """The rule that choosing it makes."""
        action = {"kind": self.action, "parameters": {"most": str(self.most)}}
        return RuleValues(
            name=self.name,
            description=self.text,
            trigger=SCHEDULE,
            actions=[action],
            cron=self.cron,
            zone=zone,
            overlap="skip",
        )


FLOWS: Sequence[Flow] = (
    Flow(
        "clusters",
        N_("Cluster new keywords every 6 hours"),
        N_("Puts keywords that are in no cluster into one."),
        "cluster_keywords",
        "0 */6 * * *",
        1_000,
    ),
    Flow(
        "ideas",
        N_("Find ideas every 6 hours"),
        N_("Finds ideas for clusters that have none."),
        "generate_ideas",
        "15 */6 * * *",
        10,
    ),
    Flow(
        "writer",
        N_("Write queued tasks every 3 hours"),
        N_("Writes drafts of tasks that wait."),
        "generate_content",
        "30 */3 * * *",
        5,
    ),
    Flow(
        "images",
        N_("Draw images every 3 hours"),
        N_("Plans and draws images for contents that have none."),
        "generate_images",
        "45 */3 * * *",
        5,
    ),
    Flow(
        "publish",
        N_("Publish drafts every 12 hours"),
        N_("Publishes drafts that are written to their end, without anybody having read them."),
        "publish",
        "0 */12 * * *",
        5,
    ),
)


@dataclass(frozen=True, slots=True)
class BackgroundJob:
    """Something that the app does for every account, whatever its rules. `ticks` are the names of its periodic jobs."""

    name: str
    text: str
    every: timedelta
    ticks: tuple[str, ...]
    last_at: datetime | None = None


_ALWAYS = (
    BackgroundJob(
        N_("Cleaning up logs"),
        N_("Forgets old log entries, mails, links and temporary files."),
        timedelta(hours=24),
        ("forget_old_changes", "forget_old_mails", "forget_old_links", "forget_old_audit_events"),
    ),
    BackgroundJob(
        N_("Monthly credits"),
        N_("Grants each account the credits of its plan when its month begins."),
        timedelta(minutes=5),
        ("billing_due",),
    ),
)


def background_jobs() -> list[BackgroundJob]:
    """What the app does by itself, with when it last looked."""
    names = [name for job in _ALWAYS for name in job.ticks]
    stmt = select(PeriodicTick.name, PeriodicTick.last_at).where(PeriodicTick.name.in_(names))
    last = {row.name: row.last_at for row in db.session.execute(stmt)}
    return [
        BackgroundJob(
            job.name, job.text, job.every, job.ticks, max((last[n] for n in job.ticks if n in last), default=None)
        )
        for job in _ALWAYS
    ]
