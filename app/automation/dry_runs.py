"""What a rule would do: with the rows that are there, and with the events of the last 30 days. Changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import func, select

from app.automation.action_kinds import action_kind, most_of
from app.automation.conditions import fitting_ids, matching
from app.automation.models import AutomationRule, TriggerEvent
from app.automation.occurrences import waiting_where
from app.automation.rules import conditions_of
from app.automation.schedules import times_after
from app.automation.subjects import SUBJECT_KINDS, titles_of
from app.automation.triggers import SCHEDULE, TRIGGERS
from app.core.clock import utcnow
from app.core.extensions import db

KEPT = timedelta(days=30)
SHOWN, MOST_EVENTS = 20, 1_000


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event that the rule was told of, or would have been: how many rows it named and how many of them fit now."""

    at: datetime
    told: int
    fit: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """`fit` rows of the `total` of the site fit, `waiting` of them have work left; some are `shown` as (id, title).

    `credits` is what the actions would cost at once for as many as they take. `events` are those of the last 30 days,
    the newest first, `fired` how often the rule would have been set off; `is_cut` says that there were more.
    """

    total: int
    fit: int
    waiting: int
    shown: Sequence[tuple[int, str]]
    credits: int
    events: Sequence[PastEvent]
    fired: int
    is_cut: bool


def try_rule(rule: AutomationRule) -> DryRun:
    """What the rule would do. Raises DomainError where a part of it is there no more."""
    subject = SUBJECT_KINDS[rule.subject_kind]
    fits = matching(rule.subject_kind, conditions_of(rule), rule.account_id, rule.site_id)
    waits = waiting_where(rule)
    ids = list(db.session.scalars(select(subject.model.id).where(*waits).order_by(subject.model.id).limit(SHOWN)))
    titles = titles_of(rule.subject_kind, ids, rule.account_id)
    waiting = _count(subject.model, waits)
    events, fired, is_cut = _past(rule)
    return DryRun(
        total=_count(subject.model, subject.conditions(rule.account_id, rule.site_id)),
        fit=_count(subject.model, fits),
        waiting=waiting,
        shown=[(row_id, titles[row_id]) for row_id in ids if row_id in titles],
        credits=estimate_rule(rule, waiting),
        events=events,
        fired=fired,
        is_cut=is_cut,
    )


def _count(model: type, where: Sequence[object]) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0  # type: ignore[arg-type]


def estimate_rule(rule: AutomationRule, count: int) -> int:
    """Credits that the actions cost with so many rows, each with as many as it takes at once.

    What later actions find is not known before: each is counted with as many rows as the first.
    """
    return sum(_estimate_of(rule.account_id, action, count) for action in rule.actions) if count else 0


def _estimate_of(account_id: int, action: Mapping[str, Any], count: int) -> int:
    kind = action_kind(account_id, action["kind"])
    return kind.credits(account_id, min(count, most_of(kind, action.get("parameters") or {})))


def _past(rule: AutomationRule) -> tuple[list[PastEvent], int, bool]:
    since = utcnow() - KEPT
    if rule.trigger == SCHEDULE:
        now = utcnow()
        times = list(takewhile(lambda when: when <= now, times_after(rule.cron, rule.zone, since)))
        return [PastEvent(when, 0, 0) for when in times[::-1][:SHOWN]], len(times), False
    stmt = (
        select(TriggerEvent)
        .where(TriggerEvent.site_id == rule.site_id, TriggerEvent.trigger == rule.trigger)
        .where(TriggerEvent.created_at >= since)
        .order_by(TriggerEvent.id.desc())
        .limit(MOST_EVENTS + 1)
    )
    events = db.session.scalars(stmt).all()
    past = [_past_event(rule, event) for event in events[:MOST_EVENTS]]
    fired = [event for event in past if event.fit or not TRIGGERS[rule.trigger].subject_kind]
    return fired[:SHOWN], len(fired), len(events) > MOST_EVENTS


def _past_event(rule: AutomationRule, event: TriggerEvent) -> PastEvent:
    fit = fitting_ids(rule.subject_kind, conditions_of(rule), rule.account_id, rule.site_id, event.subjects)
    return PastEvent(event.created_at, len(event.subjects), len(fit))
