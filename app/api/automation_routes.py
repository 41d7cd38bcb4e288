"""Rules of automation: reading, changing, switching, running and trying them."""

from typing import Any, Literal

from pydantic import Field

from app.ai.calls.amounts import MICROS, MOST_DOLLARS, dollars_of
from app.api.endpoints import api_endpoint, expected_version
from app.api.execution_routes import ExecutionShown
from app.api.shapes import Count, Given, Instant, RowId, RowPage, Shown, SiteParameters, Versioned, whole_list
from app.automation import actions
from app.automation.dry_runs import try_rule
from app.automation.models import AutomationRule
from app.automation.permissions import AutomationPermission
from app.automation.rules import RuleValues, list_rules, rule_of
from app.automation.spending import cap_of_rule, caps_of_rules
from app.core.access import current_account_id, current_actor

READ, WRITE = AutomationPermission.READ, AutomationPermission.WRITE


class RuleShown(Versioned):
    """A rule: when (`trigger`, or `cron` in `zone`), if (`conditions`), then (`actions`).

    `most_micros` is what models may cost for it on each UTC day, in millionths of a US dollar; null for no cap.
    """

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
    missed: str = Field(examples=["once"])
    overlap: str = Field(examples=["queue"])
    most_a_day: int = Field(examples=[50])
    most_credits: int | None = Field(examples=[None])
    most_micros: int | None = Field(examples=[2_500_000])
    place: int = Field(examples=[0])
    next_at: Instant | None
    last_executed_at: Instant | None

    @classmethod
    def of(cls, rule: AutomationRule) -> "RuleShown":
        """The rule as it is answered."""
        return cls.with_cap(rule, cap_of_rule(rule))

    @classmethod
    def with_cap(cls, rule: AutomationRule, cap: int | None) -> "RuleShown":
        """The rule as it is answered, whose cap is known."""
        own = {name: getattr(rule, name) for name in cls.model_fields if name != "most_micros"}
        return cls(**own, most_micros=cap)


class RuleActionGiven(Given):
    """Something that the rule does, with its settings, such as `most`: at most so many rows at once."""

    kind: str = Field(max_length=60, examples=["generate_ideas"])
    parameters: dict[str, int | str] = Field(default_factory=dict, max_length=20, examples=[{"most": 5}])


class ConditionGiven(Given):
    """A condition on a field of a row. The page of a rule says which fields and comparisons there are."""

    field: str = Field(max_length=60, examples=["volume"])
    operator: str = Field(max_length=20, examples=["at_least"])
    value: str | list[str] | None = Field(None, examples=["100"])


class ConditionGroupGiven(Given):
    """Conditions of which all or any have to hold."""

    match: Literal["all", "any"] = Field("all", examples=["all"])
    conditions: list[ConditionGiven] = Field(max_length=50, examples=[[]])


class ConditionsGiven(Given):
    """Groups of conditions of which all or any have to hold; without groups every row fits."""

    match: Literal["all", "any"] = Field("all", examples=["all"])
    groups: list[ConditionGroupGiven] = Field(default_factory=list, max_length=20, examples=[[]])


class RuleGiven(Given):
    """When, if, then. `cron` and `zone` count for the trigger `schedule` alone.

    `missed` says what becomes of times that passed while nothing could run
    (`once`, `skip`), `overlap` what happens while an earlier execution runs (`skip`, `queue`, `cancel` the older).
    `most_micros` caps what models may cost for it on each UTC day, in millionths of a US dollar: null removes the cap,
    and left out it stays as it is.
    """

    name: str = Field(min_length=1, max_length=120, examples=["Ideas for new clusters"])
    description: str = Field("", max_length=2000, examples=[""])
    trigger: str = Field(max_length=40, examples=["cluster_created"])
    subject_kind: str = Field("", max_length=12, examples=["cluster"])
    conditions: ConditionsGiven = Field(
        default_factory=lambda: ConditionsGiven.model_validate({}), examples=[{"match": "all", "groups": []}]
    )
    actions: list[RuleActionGiven] = Field(
        min_length=1, max_length=6, examples=[[{"kind": "generate_ideas", "parameters": {"most": 5}}]]
    )
    cron: str = Field("", max_length=120, examples=[""])
    zone: str = Field("UTC", max_length=60, examples=["Europe/Berlin"])
    missed: Literal["once", "skip"] = Field("once", examples=["once"])
    overlap: Literal["skip", "queue", "cancel"] = Field("queue", examples=["queue"])
    most_a_day: int = Field(50, ge=1, le=1000, examples=[50])
    most_credits: int | None = Field(None, ge=1, le=1_000_000, examples=[None])
    most_micros: int | None = Field(None, ge=0, le=MOST_DOLLARS * MICROS, examples=[2_500_000])
    place: int = Field(0, ge=0, le=10_000, examples=[0])

    def values(self) -> RuleValues:
        """What the page's form would have sent."""
        texts = ("name", "description", "trigger", "subject_kind", "cron", "zone", "missed", "overlap")
        return RuleValues(
            **{name: getattr(self, name) for name in texts},
            conditions=self.conditions.model_dump(),
            actions=[action.model_dump() for action in self.actions],
            most_a_day=str(self.most_a_day),
            most_credits="" if self.most_credits is None else str(self.most_credits),
            most_dollars=dollars_of(self.most_micros) if "most_micros" in self.model_fields_set else None,
            place=str(self.place),
        )


class NewRule(RuleGiven):
    """A rule of a site."""

    site_id: RowId = Field(examples=[1])


class RuleSwitch(Given):
    """Whether the rule is on."""

    is_active: bool = Field(examples=[True])


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
def show_rules(query: SiteParameters) -> RowPage[RuleShown]:
    """List the rules of a site in their order. All of them are on one page."""
    rules = list_rules(query.site_id)
    caps = caps_of_rules(current_account_id(), rules)
    return whole_list([RuleShown.with_cap(rule, caps.get(rule.id)) for rule in rules])


@api_endpoint("GET", "/automation/rules/<int:rule_id>/", READ, module="automation")
def show_rule(rule_id: int) -> RuleShown:
    """One rule, with its version as ETag."""
    return RuleShown.of(rule_of(current_account_id(), rule_id))


@api_endpoint("POST", "/automation/rules/", WRITE, module="automation", status=201)
def add_rule(body: NewRule) -> RuleShown:
    """Add a rule, off at first. Needs besides what its actions need."""
    return RuleShown.of(actions.save_rule(current_account_id(), current_actor(), body.site_id, body.values()))


@api_endpoint("PUT", "/automation/rules/<int:rule_id>/", WRITE, module="automation", matches=True)
def change_rule(rule_id: int, body: RuleGiven) -> RuleShown:
    """Change a rule. Fields that are left out get their defaults. Needs besides what its actions need."""
    rule = rule_of(current_account_id(), rule_id)
    seen = expected_version(rule.version)
    return RuleShown.of(
        actions.save_rule(rule.account_id, current_actor(), rule.site_id, body.values(), rule.id, seen=seen)
    )


@api_endpoint("DELETE", "/automation/rules/<int:rule_id>/", WRITE, module="automation")
def remove_rule(rule_id: int) -> Count:
    """Delete a rule, and cancel what of it has not ended. Its history stays."""
    actions.delete_rule(current_account_id(), current_actor(), rule_id)
    return Count(count=1)


@api_endpoint("PATCH", "/automation/rules/<int:rule_id>/", WRITE, module="automation")
def switch_rule(rule_id: int, body: RuleSwitch) -> RuleShown:
    """Switch a rule on or off. Needs besides what its actions need."""
    return RuleShown.of(actions.switch_rule(current_account_id(), current_actor(), rule_id, body.is_active))


@api_endpoint("POST", "/automation/rules/<int:rule_id>/execute/", WRITE, module="automation", status=202)
def execute_rule(rule_id: int) -> ExecutionShown:
    """Run a rule now, on the rows that fit and have work left."""
    return ExecutionShown.of(actions.run_rule_now(current_account_id(), current_actor(), rule_id))


@api_endpoint("POST", "/automation/rules/<int:rule_id>/test/", READ, module="automation")
def try_rule_now(rule_id: int) -> TrialShown:
    """Say what a rule would do now. Changes nothing."""
    return TrialShown.model_validate(try_rule(rule_of(current_account_id(), rule_id)))
