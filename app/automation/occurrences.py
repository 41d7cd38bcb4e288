"""Occurrences: a rule was set off. Each is one row, written in the transaction of what set it off.

The transaction that takes an event away, or moves a rule's next time on, writes the row and the run that works on it:
whoever dies when, there is one of each, or none and it is done again.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from app.automation import outcomes
from app.automation.action_kinds import action_kind, most_of
from app.automation.conditions import fitting_ids, matching, read_conditions
from app.automation.models import (
    FAILED,
    HELD,
    SKIPPED,
    WAITING,
    AutomationRule,
    ExecutionSubject,
    RuleExecution,
    TriggerEvent,
)
from app.automation.run_kinds import RUN_RULE
from app.automation.snapshots import take_snapshot
from app.automation.subjects import SUBJECT_KINDS
from app.automation.triggers import TRIGGERS, Trigger
from app.core.actor import THE_APP, Actor
from app.core.causation import current_causes
from app.core.clock import utcnow
from app.core.errors import DomainError, Refused
from app.core.events import Event
from app.core.extensions import db
from app.core.languages import gettext
from app.core.logs import get_logger
from app.core.runs import start_run

MOST_SUBJECTS = 5_000
MOST_DEPTH = 12
MOST_IN_A_MINUTE = 100
EVENT, BY_SCHEDULE, BY_HAND = "event", "schedule", "manual"
LOOP, FLOOD, MERGED, REFUSED = "loop", "flood", "merged", "refused"
E_ = RuleExecution
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What set a rule off: `name` is unique for the rule. With a `state` that has ended, nothing is run.

    `actions` are done in place of the rule's, where there are any.
    """

    name: str
    cause: str
    subjects: Sequence[int] = ()
    state: str = WAITING
    reason: str = ""
    message: str = ""
    scheduled_at: datetime | None = None
    causes: Sequence[int] = field(default_factory=current_causes)
    actions: Sequence[Mapping[str, Any]] = ()


def record_event(trigger: Trigger, event: Event) -> None:
    """Note an event and set off the rules of its site that it fits. The subscriber of each trigger's event."""
    causes = current_causes()
    record = TriggerEvent(
        account_id=event.account_id,
        site_id=event.site_id,
        trigger=trigger.name,
        subject_kind=trigger.subject_kind,
        subjects=list(event.subjects),
        execution_id=_known(causes),
        snapshot=take_snapshot(event.site_id, trigger, event.subjects),
    )
    db.session.add(record)
    db.session.flush()
    for rule in rules_with(event.site_id, trigger.name):
        try:
            with db.session.begin_nested():
                _tell(rule, record, event.subjects, causes)
        except OperationalError:
            raise  # the database gave up, and all of it is told again
        except Exception as error:  # whatever is wrong with this one
            log.exception("rule_not_told", rule_id=rule.id)
            add_failed(rule, Occurrence(f"event:{record.id}", EVENT), error_of(error))


def _tell(rule: AutomationRule, record: TriggerEvent, named: Sequence[int], causes: Sequence[int]) -> None:
    try:
        subjects = subjects_of(rule, named)
    except DomainError as error:  # an action or a field that is there no more
        add_occurrence(rule, Occurrence(f"event:{record.id}", EVENT, (), SKIPPED, REFUSED, error.message))
        return
    for start in range(0, len(subjects), MOST_SUBJECTS):
        part = f"event:{record.id}:{start}" if start else f"event:{record.id}"
        _set_off(rule, part, subjects[start : start + MOST_SUBJECTS], causes)


def _known(causes: Sequence[int]) -> int | None:
    """The last of the causes, if that execution still exists."""
    return db.session.scalar(select(E_.id).where(E_.id == causes[-1])) if causes else None


def rules_with(site_id: int, trigger: str) -> Sequence[AutomationRule]:
    """The active rules of a site with this trigger, in their order."""
    mine = (AutomationRule.site_id == site_id, AutomationRule.trigger == trigger, AutomationRule.is_active)
    return db.session.scalars(
        select(AutomationRule).where(*mine).order_by(AutomationRule.place, AutomationRule.id)
    ).all()


def subjects_of(rule: AutomationRule, named: Sequence[int]) -> list[int]:
    """The rows that an occurrence is about: those it was told of that fit, else what its first action has work for."""
    if TRIGGERS[rule.trigger].subject_kind:
        conditions = read_conditions(rule.subject_kind, rule.conditions)
        return fitting_ids(rule.subject_kind, conditions, rule.account_id, rule.site_id, named)
    return waiting_subjects(rule)


def waiting_subjects(rule: AutomationRule, limit: int | None = None) -> list[int]:
    """The rows of the site that fit and that the first action has work for, the oldest first."""
    model = SUBJECT_KINDS[rule.subject_kind].model
    most = limit or first_bound(rule)
    return list(db.session.scalars(select(model.id).where(*waiting_where(rule)).order_by(model.id).limit(most)))


def first_bound(rule: AutomationRule) -> int:
    """How many rows the first action of a rule takes at once."""
    first = rule.actions[0]
    return most_of(action_kind(rule.account_id, first["kind"]), first.get("parameters") or {})


def waiting_where(rule: AutomationRule) -> list[ColumnElement[bool]]:
    """The conditions in SQL on rows that fit and that the first action has work for."""
    conditions = read_conditions(rule.subject_kind, rule.conditions)
    where = matching(rule.subject_kind, conditions, rule.account_id, rule.site_id)
    kind = action_kind(rule.account_id, rule.actions[0]["kind"])
    return [*where, *kind.waiting(rule.subject_kind)] if rule.subject_kind in kind.takes else where


def _set_off(rule: AutomationRule, name: str, subjects: Sequence[int], causes: Sequence[int]) -> None:
    if is_loop(rule, causes):
        message = "It was set off by what itself had caused, and was not run again."
        add_occurrence(rule, Occurrence(name, EVENT, subjects, SKIPPED, LOOP, message))
    elif _is_flooded(rule):
        message = f"More than {MOST_IN_A_MINUTE} times in a minute: it waits for a person to decide."
        add_occurrence(rule, Occurrence(name, EVENT, subjects, HELD, FLOOD, message))
    elif not _join_waiting(rule, name, subjects, causes):
        add_occurrence(rule, Occurrence(name, EVENT, subjects))


def _join_waiting(rule: AutomationRule, name: str, subjects: Sequence[int], causes: Sequence[int]) -> bool:
    """Add the rows to an execution of the rule that has not begun yet; False when none waits that may take them.

    However often the rule is set off while it is at work, what waits is run as one. Flushes.
    """
    mine = (E_.rule_id == rule.id, E_.state == WAITING, E_.cause == EVENT, E_.causes == list(causes))
    newest = select(E_).where(*mine).order_by(E_.id.desc()).limit(1).with_for_update(skip_locked=True)
    waiting = db.session.scalar(newest.execution_options(populate_existing=True))
    if waiting is None or waiting.steps:
        return False
    as_before = (waiting.actions, waiting.subject_kind, waiting.most_credits)
    there = set(waiting.subjects)
    more = [row_id for row_id in subjects if row_id not in there]
    if as_before != (rule.actions, rule.subject_kind, rule.most_credits) or len(there) + len(more) > MOST_SUBJECTS:
        return False
    message = f"Run as one with execution {waiting.id}, which was waiting."
    if add_occurrence(rule, Occurrence(name, EVENT, subjects, SKIPPED, MERGED, message)) is not None:
        waiting.subjects = [*waiting.subjects, *more]
        _note_subjects(rule, waiting.id, more)
        db.session.flush()
    return True


def is_loop(rule: AutomationRule, causes: Sequence[int]) -> bool:
    """Whether the rule is among the causes of what sets it off, or these are too many."""
    if len(causes) >= MOST_DEPTH:
        return True
    mine = (E_.id.in_(causes), E_.rule_id == rule.id)
    return bool(causes) and db.session.scalar(select(E_.id).where(*mine).limit(1)) is not None


def _is_flooded(rule: AutomationRule) -> bool:
    """Count this time; whether the rule was set off too often in the last minute."""
    now, rules = utcnow(), AutomationRule
    is_new = rules.minute_at.is_(None) | (rules.minute_at <= now - timedelta(minutes=1))
    counting = (
        update(rules)
        .where(rules.id == rule.id)
        .values(
            minute_at=case((is_new, now), else_=rules.minute_at),
            minute_count=case((is_new, 1), else_=rules.minute_count + 1),
        )
        .returning(rules.minute_count)
        .execution_options(synchronize_session=False)
    )
    return (db.session.scalar(counting) or 0) > MOST_IN_A_MINUTE


def add_occurrence(rule: AutomationRule, occurrence: Occurrence, actor: Actor = THE_APP) -> RuleExecution | None:
    """Write an occurrence and, where it waits, start its run. None when it is there already. Flushes.

    Where the account may not have this work now, it is written as skipped, with the reason.
    """
    execution_id = db.session.scalar(_insertion(rule, occurrence))
    if execution_id is None:
        return None
    _note_subjects(rule, execution_id, occurrence.subjects)
    execution = db.session.get_one(E_, execution_id)
    if occurrence.state == WAITING:
        _start(execution, actor)
    return execution


def add_failed(rule: AutomationRule, occurrence: Occurrence, error: dict[str, Any]) -> None:
    """Write an occurrence that could not be looked at as a failed execution, with the error (as JSON). Flushes."""
    execution = add_occurrence(rule, replace(occurrence, state=FAILED))
    if execution is not None:
        outcomes.fail_execution(execution, error)


def error_of(error: Exception) -> dict[str, Any]:
    """What an execution keeps of an error: what a person can act on, or that it was none of theirs."""
    if isinstance(error, DomainError):
        return error.as_dict()
    message = "Something went wrong on our side while it was looked at."
    return {"code": "UNEXPECTED", "message": message, "cure": "Change the rule, or ask for help if it comes again."}


def _insertion(rule: AutomationRule, occurrence: Occurrence) -> Any:
    now = utcnow()
    values = {
        "account_id": rule.account_id,
        "site_id": rule.site_id,
        "rule_id": rule.id,
        "rule_name": rule.name,
        "occurrence": occurrence.name,
        "cause": occurrence.cause,
        "causes": list(occurrence.causes),
        "state": occurrence.state,
        "reason": occurrence.reason,
        "actions": list(occurrence.actions) or rule.actions,
        "subject_kind": rule.subject_kind,
        "subjects": list(occurrence.subjects),
        "steps": [],
        "most_credits": rule.most_credits,
        "message": occurrence.message,
        "scheduled_at": occurrence.scheduled_at or now,
        "ended_at": now if occurrence.state == SKIPPED else None,
        "created_at": now,
        "updated_at": now,
        "credits_planned": 0,
        "credits": 0,
    }
    return insert(E_).values(values).on_conflict_do_nothing(index_elements=["rule_id", "occurrence"]).returning(E_.id)


def _note_subjects(rule: AutomationRule, execution_id: int, subjects: Sequence[int]) -> None:
    now = utcnow()
    rows = [
        {
            "account_id": rule.account_id,
            "site_id": rule.site_id,
            "execution_id": execution_id,
            "subject_kind": rule.subject_kind,
            "subject_id": row_id,
            "created_at": now,
            "updated_at": now,
        }
        for row_id in dict.fromkeys(subjects)
    ]
    if rows:
        db.session.execute(insert(ExecutionSubject), rows)


def _start(execution: RuleExecution, actor: Actor) -> None:
    try:
        with db.session.begin_nested():
            run = start_run(
                account_id=execution.account_id,
                kind=RUN_RULE,
                title=f"Rule “{execution.rule_name}”",
                actor=actor,
                site_id=execution.site_id,
                subject_type="automation_rule",
                subject_id=execution.rule_id,
                params={"execution_id": execution.id},
                exclusive_key=f"{RUN_RULE.name}:{execution.id}",
            )
    except Refused as refusal:
        execution.state, execution.reason, execution.ended_at = SKIPPED, REFUSED, utcnow()
        execution.message = f"{refusal.message} {refusal.cure}".strip()
    else:
        execution.run_id = run.id
    db.session.flush()


def new_manual_name() -> str:
    """A name for an occurrence that a person asks for, which no other has."""
    return f"manual:{uuid.uuid4().hex}"


def nothing_to_do(rule: AutomationRule) -> DomainError:
    """The error for a manual run that has no rows."""
    return DomainError(
        gettext("Nothing fits the rule “%(name)s” at the moment: there is nothing to do.", name=rule.name),
        code="NOTHING_FITS",
        cure=gettext("See what it would do under “Try without doing it”."),
    )
