"""Rules of automation: reading, switching, running and trying them."""

from typing import Any

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.runs import RunShown
from app.api.shapes import Given, Instant, PageShown, Parameters, QueryId, RowId, RowPage, Shown
from app.automation import actions
from app.automation.dry_runs import try_rule
from app.automation.permissions import AutomationPermission
from app.automation.rules import list_rules, rule_of
from app.core.access import current_account_id, current_actor
from app.core.runs.services import find_run

READ, WRITE = AutomationPermission.READ, AutomationPermission.WRITE


class RuleShown(Shown):
    """A rule: when (`trigger`, or `cron` in `zone`), if (`conditions`), then (`actions`)."""

    id: RowId = Field(examples=[6])
    site_id: int = Field(examples=[1])
    name: str = Field(examples=["Draft what is planned"])
    description: str = Field(examples=[""])
    trigger: str = Field(examples=["schedule"])
    subject_kind: str = Field(examples=["task"])
    conditions: dict[str, Any] = Field(examples=[{}])
    actions: list[Any] = Field(examples=[[]])
    cron: str = Field(examples=["0 7 * * 1-5"])
    zone: str = Field(examples=["Europe/Berlin"])
    is_active: bool = Field(examples=[True])
    version: int = Field(examples=[1])
    next_at: Instant | None
    last_executed_at: Instant | None


class RulesParameters(Parameters):
    """Which site's rules."""

    site_id: QueryId = Field(description="The site whose rules are listed.", examples=[1])


class RuleSwitch(Given):
    """Whether the rule is on."""

    is_active: bool = Field(examples=[True])


class ExecutionShown(Shown):
    """An execution of a rule, with the run that does it."""

    id: RowId = Field(examples=[8])
    rule_id: int | None = Field(examples=[6])
    state: str = Field(examples=["waiting"])
    run: RunShown | None
    created_at: Instant


class TrialShown(Shown):
    """What a rule would do now: `fit` rows of `total` fit, `waiting` of them have work left, for so many credits.

    `fired` is how often it would have been set off in the last 30 days.
    """

    total: int = Field(examples=[120])
    fit: int = Field(examples=[12])
    waiting: int = Field(examples=[5])
    credits: int = Field(examples=[40])
    fired: int = Field(examples=[3])


@api_endpoint("GET", "/automation/rules/", READ, module="automation")
def show_rules(query: RulesParameters) -> RowPage[RuleShown]:
    """List the rules of a site in their order. All of them are on one page."""
    rules = [RuleShown.model_validate(rule) for rule in list_rules(query.site_id)]
    return RowPage(rules, PageShown(next=None, previous=None, total=len(rules), total_is_exact=True, limit=len(rules)))


@api_endpoint("GET", "/automation/rules/<int:rule_id>/", READ, module="automation")
def show_rule(rule_id: int) -> RuleShown:
    """One rule."""
    return RuleShown.model_validate(rule_of(current_account_id(), rule_id))


@api_endpoint("PATCH", "/automation/rules/<int:rule_id>/", WRITE, module="automation")
def switch_rule(rule_id: int, body: RuleSwitch) -> RuleShown:
    """Switch a rule on or off. Needs besides what its actions need."""
    return RuleShown.model_validate(actions.switch_rule(current_account_id(), current_actor(), rule_id, body.is_active))


@api_endpoint("POST", "/automation/rules/<int:rule_id>/execute/", WRITE, module="automation", status=202)
def execute_rule(rule_id: int) -> ExecutionShown:
    """Run a rule now, on the rows that fit and have work left."""
    execution = actions.run_rule_now(current_account_id(), current_actor(), rule_id)
    run = find_run(execution.run_id, current_account_id())
    return ExecutionShown(
        id=execution.id,
        rule_id=execution.rule_id,
        state=execution.state,
        run=RunShown.of(run) if run else None,
        created_at=execution.created_at,
    )


@api_endpoint("POST", "/automation/rules/<int:rule_id>/test/", READ, module="automation")
def try_rule_now(rule_id: int) -> TrialShown:
    """Say what a rule would do now. Changes nothing."""
    return TrialShown.model_validate(try_rule(rule_of(current_account_id(), rule_id)))
