"""Rules, and their engine worked off in the test's own process."""

from typing import Any

from sqlalchemy import select, update

import jobs
from app.automation import actions
from app.automation.models import AutomationRule, RuleExecution
from app.automation.rules import RuleValues
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.events import delivery
from app.core.extensions import db
from app.core.runs import Run
from app.sites.models import Site

ADA = Actor(None, "Ada", permissions=None)
CLUSTER = {"kind": "cluster_keywords", "parameters": {}}


def make_rule(site: Site, *, on: bool = True, **fields: Any) -> AutomationRule:
    """A rule that clusters keywords as they are added, unless `fields` say otherwise; on."""
    values = RuleValues(**{"name": "Cluster", "trigger": "keyword_added", "actions": [CLUSTER], **fields})
    rule = actions.save_rule(site.account_id, ADA, site.id, values)
    if on:
        actions.switch_rule(site.account_id, ADA, rule.id, True)
    db.session.commit()
    return rule


def condition(field: str, operator: str, value: Any) -> dict[str, Any]:
    """Conditions of one comparison."""
    row = {"field": field, "operator": operator, "value": value}
    return {"match": "all", "groups": [{"match": "all", "conditions": [row]}]}


def executions(rule: AutomationRule) -> list[RuleExecution]:
    """What the rule did, in order."""
    db.session.expire_all()
    return list(
        db.session.scalars(select(RuleExecution).where(RuleExecution.rule_id == rule.id).order_by(RuleExecution.id))
    )


def tell(site: Site) -> None:
    """Commit, and deliver the events of the site's account."""
    db.session.commit()
    delivery.deliver(site.account_id)
    db.session.commit()


def work_everything(site: Site, rounds: int = 40) -> None:
    """Deliver events and do the runs that wait, those that wait for others too, until nothing is left to do."""
    for _ in range(rounds):
        tell(site)
        soon = (Run.account_id == site.account_id, Run.state == "queued", Run.kind == "run_rule")
        db.session.execute(update(Run).where(*soon).values(due_at=utcnow()))
        db.session.commit()
        queued = select(Run.id).where(Run.account_id == site.account_id, Run.state == "queued", Run.due_at <= utcnow())
        waiting = list(db.session.scalars(queued.order_by(Run.created_at)))
        if not waiting:
            return
        for run_id in waiting:
            jobs.execute(str(run_id))
            db.session.expire_all()
    raise AssertionError("It has no end.")
