"""Automation, as a feature."""

from datetime import timedelta
from functools import partial

from app.ai.spenders import spender_of_run
from app.automation.action_kinds import actions_offered
from app.automation.linking_actions import linking_actions
from app.automation.occurrences import record_event
from app.automation.optimizing_actions import optimizing_actions
from app.automation.outcomes import restart_execution, wake_after
from app.automation.permissions import AutomationPermission
from app.automation.planner_actions import planner_actions
from app.automation.publishing_actions import publishing_actions
from app.automation.routes import bp
from app.automation.run_kinds import KINDS
from app.automation.spending import rule_of_run
from app.automation.timing import start_due_rules
from app.automation.triggers import TRIGGERS
from app.automation.upkeep import forget_trigger_events, settle_lost_executions
from app.automation.writer_actions import writer_actions
from app.core import hooks
from app.core.events import Subscriber
from app.core.features import Action, AuditGroup, Entry, Feature, Module
from app.core.languages import N_
from app.core.roles import MANAGERS, PEOPLE
from app.core.scheduler import Periodic


def connect() -> None:
    """Offer the actions in order of the pipeline, and be told of runs."""
    for offered in (planner_actions, writer_actions, linking_actions, optimizing_actions, publishing_actions):
        actions_offered.add(offered)
    hooks.run_ended.add(wake_after)
    spender_of_run.add(rule_of_run)
    hooks.run_restarted.add(restart_execution)


FEATURE = Feature(
    key="automation",
    place=130,
    blueprints=(bp,),
    navigation=(
        Entry(
            N_("Automation"),
            "automation.index",
            "bolt",
            place=75,
            children=(
                (N_("Rules"), "automation.index"),
                (N_("Autopilot"), "automation.autopilot"),
                (N_("Pipeline"), "automation.pipeline"),
                (N_("History"), "automation.history"),
            ),
        ),
    ),
    module=Module(
        "automation",
        N_("Automation"),
        N_("Rules that cluster, write, publish and more by themselves. Nothing is set off while it is off."),
        "bolt",
    ),
    scopes={
        AutomationPermission.READ: N_("Read rules of automation"),
        AutomationPermission.WRITE: N_("Switch and run rules of automation"),
    },
    permissions={AutomationPermission.READ: PEOPLE, AutomationPermission.WRITE: MANAGERS | {"editor"}},
    run_kinds=KINDS,
    actions=(Action(N_("New rule"), "automation.new_rule", "bolt", place=60, permission=AutomationPermission.WRITE),),
    periodic=(
        Periodic("start_due_rules", timedelta(seconds=15), start_due_rules),
        Periodic("settle_lost_executions", timedelta(seconds=30), settle_lost_executions),
        Periodic("forget_trigger_events", timedelta(hours=24), forget_trigger_events),
    ),
    subscribers=tuple(
        Subscriber(f"automation.{trigger.name}", trigger.event, partial(record_event, trigger))
        for trigger in TRIGGERS.values()
        if trigger.event is not None
    ),
    audit_words={
        "automation.rule_saved": N_("Rule saved"),
        "automation.rule_switched": N_("Rule switched"),
        "automation.rule_deleted": N_("Rule deleted"),
        "automation.rule_run": N_("Rule run by hand"),
        "automation.rule_gave_up": N_("Rule switched off after failures"),
        "automation.execution_cancelled": N_("Execution of a rule cancelled"),
        "automation.executions_cancelled": N_("All executions of a rule cancelled"),
        "automation.execution_undone": N_("Execution of a rule undone"),
        "automation.flood_run": N_("Held executions run"),
        "automation.flood_dropped": N_("Held executions dropped"),
        "automation.autopilot_saved": N_("Autopilot changed"),
    },
    audit_groups=(AuditGroup("automation", N_("Automation"), 135),),
    item_links={"automation_rule": ("automation.show_rule", "rule_id")},
    connect=connect,
    guide={
        "automation": "automation",
        "automation.autopilot": "automation#autopilot",
        "automation.pipeline": "automation#pipeline",
    },
)
