"""Rules and executions in every state, for pictures and audits of pages."""

from collections.abc import Sequence
from datetime import timedelta

from app.automation.actions import choose_flow, save_rule, switch_rule
from app.automation.models import STATES, AutomationRule, RuleExecution
from app.automation.rules import RuleValues
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.planner.models import Cluster
from app.sites.models import Site

ERROR = {"code": "AI_DOWN", "message": "The model did not answer.", "cure": "Try again later."}
ABOUT = {"kind": "generate_ideas", "subject_kind": "cluster"}
STEP = {**ABOUT, "action": 0, "stage": 0, "run_ids": [], "state": "succeeded"}


def fill_rules(site: Site, titles: Sequence[str], clusters: Sequence[Cluster]) -> tuple[int, int]:
    """A rule for each of the first titles, with an execution for every title. Returns the ids of one of each, or 0."""
    rules = [_rule(site, title) for title in titles[:5]]
    if titles:
        choose_flow(site.account_id, THE_APP, site.id, "clusters")
    executions = [_execution(rules[number % len(rules)], number, clusters) for number, _title in enumerate(titles)]
    db.session.add_all(executions)
    db.session.flush()
    return (rules[0].id, executions[0].id) if rules else (0, 0)


def _rule(site: Site, title: str) -> AutomationRule:
    row = {"field": "name", "operator": "contains", "value": title[:60]}
    values = RuleValues(
        name=title[:120],
        trigger="cluster_created",
        actions=[{"kind": "generate_ideas", "parameters": {}}, {"kind": "generate_content", "parameters": {}}],
        conditions={"match": "all", "groups": [{"match": "any", "conditions": [row]}]},
    )
    rule = save_rule(site.account_id, THE_APP, site.id, values)
    return switch_rule(site.account_id, THE_APP, rule.id, True)


def _execution(rule: AutomationRule, number: int, clusters: Sequence[Cluster]) -> RuleExecution:
    state, when = STATES[2:][number % 5], utcnow() - timedelta(hours=number)
    ids = [cluster.id for cluster in clusters]
    execution = RuleExecution(
        account_id=rule.account_id,
        site_id=rule.site_id,
        rule_id=rule.id,
        rule_name=rule.name,
        occurrence=f"event:{number}",
        cause="event",
        state="held" if number == 4 else "succeeded" if state == "running" else state,
        actions=rule.actions,
        subject_kind=rule.subject_kind,
        subjects=ids,
        steps=[{**STEP, "subjects": ids, "count": len(ids), "note": f"Looking for ideas for {len(ids)} clusters"}],
        credits=15 * len(ids),
        credits_planned=15 * len(ids),
        message=f"Looking for ideas for {len(ids)} clusters.",
        error=ERROR if state == "failed" else None,
    )
    execution.created_at = execution.started_at = execution.ended_at = execution.scheduled_at = when
    return execution
