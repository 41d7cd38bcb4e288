"""What a rule has under way, what of it is held, and rules that come with the product."""

from pydantic import Field

from app.api.automation_routes import READ, WRITE, RuleShown
from app.api.endpoints import api_endpoint
from app.api.execution_routes import ExecutionShown
from app.api.shapes import Count, Given, OneSite, RowPage, Shown, SiteParameters, whole_list
from app.automation import actions, alerts, flows
from app.automation.action_kinds import action_kinds
from app.automation.rules import list_rules
from app.core.access import current_account_id, current_actor, current_user_id
from app.core.errors import Conflict
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.sites.models import Site

MODULE = "automation"
ONE = "/automation/rules/<int:rule_id>/"
MAILS = "/me/rule_mails/"


class FlowShown(Shown):
    """A rule to choose. `rule_id` is the rule that choosing it made; null before."""

    flow: str = Field(examples=["clusters"])
    name: str = Field(examples=["Cluster new keywords every 6 hours"])
    text: str = Field(examples=["Puts keywords that are in no cluster into one."])
    cron: str = Field(examples=["0 */6 * * *"])
    rule_id: int | None = Field(examples=[None])
    is_active: bool = Field(examples=[False])


class MailsShown(Shown):
    """Whether the token's holder gets a mail about each rule that switches itself off."""

    is_on: bool = Field(examples=[True])


class MailsGiven(Given):
    """Whether such mails are wanted. About rules of one's own they come in any case."""

    is_on: bool = Field(examples=[True])


@api_endpoint("POST", f"{ONE}cancel/", WRITE, module=MODULE)
def cancel_work_of_rule(rule_id: int) -> Count:
    """Cancel all that a rule has under way: what runs, what waits and what is held. Says how many executions."""
    return Count(count=actions.cancel_open_executions(current_account_id(), current_actor(), rule_id))


@api_endpoint("POST", f"{ONE}held/run/", WRITE, module=MODULE, status=202)
def run_held_of_rule(rule_id: int) -> ExecutionShown:
    """Run what is held of a rule, as one execution. 409 when nothing is."""
    execution = actions.run_held_executions(current_account_id(), current_actor(), rule_id)
    if execution is None:
        raise Conflict(gettext("Nothing of this rule is held any more."), code="NOTHING_HELD")
    return ExecutionShown.of(execution)


@api_endpoint("POST", f"{ONE}held/drop/", WRITE, module=MODULE)
def drop_held_of_rule(rule_id: int) -> Count:
    """Drop what is held of a rule. Says how many executions. 409 when nothing is held."""
    return Count(count=actions.drop_held_executions(current_account_id(), current_actor(), rule_id))


@api_endpoint("GET", "/automation/flows/", READ, module=MODULE)
def show_flows(query: SiteParameters) -> RowPage[FlowShown]:
    """List the rules that come with the product, as they stand on a site. All of them are on one page."""
    site = owned(Site, query.site_id, current_account_id())
    rules = {rule.flow: rule for rule in list_rules(site.id) if rule.flow}
    offered = [flow for flow in flows.FLOWS if flow.action in action_kinds(site.account_id)]
    return whole_list(
        [
            FlowShown(
                flow=flow.key,
                name=gettext(flow.name),
                text=gettext(flow.text),
                cron=flow.cron,
                rule_id=rules[flow.key].id if flow.key in rules else None,
                is_active=flow.key in rules and rules[flow.key].is_active,
            )
            for flow in offered
        ]
    )


@api_endpoint("POST", "/automation/flows/<flow>/", WRITE, module=MODULE)
def switch_flow_on(flow: str, body: OneSite) -> RuleShown:
    """Switch on a rule that comes with the product; it is made the first time. Needs besides what its action needs."""
    return RuleShown.of(actions.choose_flow(current_account_id(), current_actor(), body.site_id, flow))


@api_endpoint("GET", MAILS, Permission.PROFILE_MANAGE, module=MODULE)
def show_rule_mails() -> MailsShown:
    """Whether the token's holder is mailed about rules that switch themselves off."""
    return MailsShown(is_on=alerts.is_told_of_rules(current_account_id(), current_user_id()))


@api_endpoint("PUT", MAILS, Permission.PROFILE_MANAGE, module=MODULE)
def change_rule_mails(body: MailsGiven) -> MailsShown:
    """Change whether the token's holder is mailed about rules that switch themselves off."""
    alerts.ask_for_mails(current_account_id(), current_user_id(), body.is_on)
    return MailsShown(is_on=body.is_on)
