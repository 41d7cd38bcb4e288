"""Why a rule did not do anything with a row, or what it did: the first reason that holds, and all that it looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import func, select

from app.automation.conditions import ConditionResult, fitting_ids, try_values, verdicts
from app.automation.dry_runs import KEPT
from app.automation.models import SUCCEEDED, AutomationRule, ExecutionSubject, RuleExecution, TriggerEvent
from app.automation.occurrences import waiting_where
from app.automation.rules import conditions_of
from app.automation.snapshots import as_sql, values_in
from app.automation.subjects import SUBJECT_KINDS, titles_of
from app.automation.triggers import TRIGGERS
from app.core.clock import utcnow
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.listing.search import Search, clean_query

MOST = 10


@dataclass(frozen=True, slots=True)
class Explanation:
    """`title` is the row's, `reasons` are sentences in the current language, the decisive one first.

    `verdicts` are the conditions as they hold for the row: as it was at `judged_at`, when an event last named it, or as
    it is now where that is None. `changed_at` is when the row was last changed. `executions` are what the rule did with
    it, the newest first.
    """

    title: str
    reasons: Sequence[str]
    verdicts: Sequence[ConditionResult]
    executions: Sequence[RuleExecution]
    judged_at: datetime | None
    changed_at: datetime | None

    @property
    def is_changed_since(self) -> bool:
        """Whether the row was changed after the moment that it is judged by."""
        return self.judged_at is not None and self.changed_at is not None and self.changed_at > self.judged_at


def explain_row(rule: AutomationRule, row_id: int) -> Explanation:
    """Why the rule did or did not fire for a row of its kind. Raises NotFound where the site has no such row."""
    title = titles_of(rule.subject_kind, [row_id], rule.account_id).get(row_id)
    if title is None or not _is_of_site(rule, row_id):
        raise NotFound(
            gettext("The site has no such row.", what=gettext(SUBJECT_KINDS[rule.subject_kind].one)),
            cure=gettext("Look for it by its words."),
        )
    conditions, event = conditions_of(rule), _told_by(rule, row_id)
    executions, then = _executions_of(rule, row_id), values_in(event, row_id) if event else None
    fits = bool(fitting_ids(rule.subject_kind, conditions, rule.account_id, rule.site_id, [row_id]))
    reasons = [*_of_executions(executions, row_id), *_of_rule(rule), *_of_events(rule, event)]
    if event is None or then is None:
        tried, judged_at = verdicts(rule.subject_kind, conditions, rule.account_id, row_id), None
        reasons += _of_fit_now(rule, row_id, fits)
    else:
        (fitted, tried), judged_at = try_values(conditions, partial(as_sql, then)), event.created_at
        reasons += _of_fit_now(rule, row_id, fits) if fitted else _of_fit_then(fits)
    if not reasons:
        reasons.append(gettext("Nothing stands against it: it is taken when the rule is set off the next time."))
    return Explanation(title, reasons, tried, executions, judged_at, _changed_at(rule, row_id))


def _changed_at(rule: AutomationRule, row_id: int) -> datetime | None:
    model = SUBJECT_KINDS[rule.subject_kind].model
    changed_at: datetime | None = db.session.scalar(select(model.updated_at).where(model.id == row_id))
    return changed_at


def _of_fit_then(fits_now: bool) -> list[str]:
    then = gettext("When that happened to it, it did not fit the conditions.")
    return [then, gettext("It fits now: it was changed since.")] if fits_now else [then]


def _of_fit_now(rule: AutomationRule, row_id: int, fits: bool) -> list[str]:
    if not fits:
        return [gettext("It does not fit the conditions, as it is now.")]
    if not _has_work(rule, row_id):
        return [gettext("The first action has nothing left to do with it: it is done already.")]
    return []


def rows_with_words(rule: AutomationRule, typed: str) -> list[tuple[int, str]]:
    """(id, title) of the rows of the rule's kind that a person may mean, by the words of their titles; at most MOST."""
    subject = SUBJECT_KINDS[rule.subject_kind]
    if not subject.is_searched:
        return list(titles_of(subject.name, [rule.site_id], rule.account_id).items()) if typed.strip() else []
    fitting = Search(subject.model.search, subject.title).where(clean_query(typed))
    if not fitting:
        return []
    where = (*subject.conditions(rule.account_id, rule.site_id), *fitting)
    stmt = select(subject.model.id, subject.title.label("title")).where(*where)
    rows = db.session.execute(stmt.order_by(func.length(subject.title), subject.model.id).limit(MOST))
    return [(row.id, row.title) for row in rows]


def _is_of_site(rule: AutomationRule, row_id: int) -> bool:
    subject = SUBJECT_KINDS[rule.subject_kind]
    where = (*subject.conditions(rule.account_id, rule.site_id), subject.model.id == row_id)
    return db.session.scalar(select(subject.model.id).where(*where)) is not None


def _executions_of(rule: AutomationRule, row_id: int) -> Sequence[RuleExecution]:
    named = (
        ExecutionSubject.account_id == rule.account_id,
        ExecutionSubject.subject_kind == rule.subject_kind,
        ExecutionSubject.subject_id == row_id,
    )
    stmt = select(RuleExecution).join(ExecutionSubject, ExecutionSubject.execution_id == RuleExecution.id)
    newest = stmt.where(*named, RuleExecution.rule_id == rule.id).order_by(RuleExecution.id.desc())
    return db.session.scalars(newest.limit(MOST)).all()


def _told_by(rule: AutomationRule, row_id: int) -> TriggerEvent | None:
    """The newest event that would have set the rule off for the row."""
    stmt = select(TriggerEvent).where(
        TriggerEvent.site_id == rule.site_id,
        TriggerEvent.trigger == rule.trigger,
        TriggerEvent.subjects.contains([row_id]),
        TriggerEvent.created_at >= utcnow() - KEPT,
    )
    return db.session.scalar(stmt.order_by(TriggerEvent.id.desc()).limit(1))


def _of_executions(executions: Sequence[RuleExecution], row_id: int) -> list[str]:
    if not executions:
        return []
    newest = executions[0]
    if newest.state == SUCCEEDED and _was_left(newest, row_id):
        return [
            gettext(
                "It was set off for it and others, and left it out: it takes no more at once, or it was done already."
            )
        ]
    if newest.state == SUCCEEDED:
        return [gettext("It did fire for it: see the execution below.")]
    return [gettext("It was set off for it, and did not get to its end: see the execution below.")]


def _was_left(execution: RuleExecution, row_id: int) -> bool:
    """Whether the first action took other rows of this kind, and not this one."""
    first = [step for step in execution.steps if (step["action"], step["stage"]) == (0, 0) and step["subjects"]]
    is_same_kind = bool(first) and first[0]["subject_kind"] == execution.subject_kind
    return is_same_kind and not any(row_id in step["subjects"] for step in first)


def _of_rule(rule: AutomationRule) -> list[str]:
    if not rule.is_active:
        why = gettext(rule.off_reason) if rule.off_reason else ""
        return [gettext("The rule is switched off.") + (f" {why}" if why else "")]
    return []


def _of_events(rule: AutomationRule, event: TriggerEvent | None) -> list[str]:
    if not TRIGGERS[rule.trigger].subject_kind:
        return []
    if event is None:
        return [gettext("In the last 30 days nothing happened to it that sets this rule off.")]
    if event.created_at < rule.created_at:
        return [gettext("What sets the rule off happened to it before the rule was made.")]
    if rule.is_active and rule.switched_at is not None and event.created_at < rule.switched_at:
        return [gettext("What sets the rule off happened to it before the rule was last switched on.")]
    return []


def _has_work(rule: AutomationRule, row_id: int) -> bool:
    model = SUBJECT_KINDS[rule.subject_kind].model
    return db.session.scalar(select(model.id).where(*waiting_where(rule), model.id == row_id)) is not None
