"""What rules did: the list of executions, and one execution with what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import defer

from app.automation.created import created_ids
from app.automation.models import OPEN_STATES, STATES, AutomationRule, RuleExecution
from app.automation.outcomes import run_ids_of
from app.automation.subjects import SUBJECT_KINDS, titles_of
from app.automation.triggers import TRIGGERS
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.days import day_filters
from app.core.listing.filters import choice, reference
from app.core.listing.pages import Page, fetch_page
from app.core.listing.spec import Column, ListSpec, Sort
from app.core.runs import Run

SHOWN = 50
X = RuleExecution
_UNLISTED = [defer(column) for column in (X.subjects, X.steps, X.actions, X.causes, X.error)]  # they may be long


def execution_list(zone: ZoneInfo) -> ListSpec:
    """The list of executions, with days of this zone."""
    return ListSpec(
        id=X.id,
        account=X.account_id,
        site=X.site_id,
        columns=(
            Column(N_("Rule")),
            Column(N_("State")),
            Column(N_("Result")),
            Column(N_("Rows"), css="end"),
            Column(N_("Credits"), css="end"),
            Column(N_("When"), "when"),
        ),
        filters=(
            choice("state", X.state, STATES),
            choice("cause", X.cause, ("schedule", "event", "manual")),
            reference("rule", X.rule_id, AutomationRule.id),
            *day_filters(X.created_at, zone),
        ),
        sorts=(Sort("when", X.created_at),),
        default_sort="-when",
        tables=(X,),
    )


def list_executions(
    account_id: int, site_id: int, values: Mapping[str, str], zone: ZoneInfo
) -> tuple[ListSpec, Page[RuleExecution]]:
    """The list and its page that an address asks for, the newest first."""
    spec = execution_list(zone)
    query = spec.read(values)
    stmt = select(X).where(*spec.where(account_id, site_id, query))
    return spec, fetch_page(spec, query, stmt, options=_UNLISTED)


def newest_executions(site_id: int, rule_id: int | None = None, limit: int = 8) -> Sequence[RuleExecution]:
    """The newest executions of a site, or of one of its rules."""
    mine = X.site_id == site_id if rule_id is None else X.rule_id == rule_id
    stmt = select(X).where(mine).order_by(X.created_at.desc(), X.id.desc()).limit(limit)
    return db.session.scalars(stmt.options(*_UNLISTED)).all()


def open_execution_ids(rule_id: int) -> Sequence[int]:
    """The executions of a rule that have not ended."""
    mine = (X.rule_id == rule_id, X.state.in_(OPEN_STATES))
    return db.session.scalars(select(X.id).where(*mine).order_by(X.id)).all()


def execution_of(account_id: int, execution_id: int) -> RuleExecution:
    """The execution of this account; raises NotFound otherwise."""
    execution = db.session.get(X, execution_id)
    if execution is None or execution.account_id != account_id:
        raise NotFound()
    return execution


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one kind, some of them as (id, title), with the endpoint and the name of the id of their pages."""

    label: str
    count: int
    shown: Sequence[tuple[int, str]]
    endpoint: str
    id_name: str


def rows_of(kind: str, ids: Sequence[int], account_id: int, label: str = "") -> Rows:
    """These rows for a page; those that are gone are counted and not shown."""
    subject = SUBJECT_KINDS[kind]
    titles = titles_of(kind, ids[:SHOWN], account_id)
    shown = [(row_id, titles[row_id]) for row_id in ids[:SHOWN] if row_id in titles]
    return Rows(label or subject.many, len(ids), shown, subject.endpoint, subject.id_name)


def made_by(execution: RuleExecution) -> list[Rows]:
    """What came of an execution, by kind of event."""
    made = [
        (trigger, ids)
        for trigger in TRIGGERS.values()
        if trigger.subject_kind and (ids := created_ids(execution.id, trigger.name))
    ]
    return [rows_of(trigger.subject_kind, ids, execution.account_id, trigger.label) for trigger, ids in made]


def runs_of(execution: RuleExecution) -> Mapping[str, Run]:
    """The runs that an execution began, by their id as text."""
    stmt = select(Run).where(Run.account_id == execution.account_id, Run.id.in_(run_ids_of(execution)))
    return {str(run.id): run for run in db.session.scalars(stmt)}
