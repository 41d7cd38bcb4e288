"""What can be done with rules, each as one use case: for a click, a call of the API or a job.

They flush; callers commit. A rule acts as SystemBot. Whoever saves, switches on or runs one must be allowed to do what
it does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.ai.calls.amounts import dollars_of
from app.ai.calls.spending import cap_spender
from app.automation import autopilot, board, floods, flows, history, occurrences, pipeline, readiness, rules, undoing
from app.automation.action_kinds import action_kind
from app.automation.models import AutomationRule, Autopilot, RuleExecution
from app.automation.occurrences import BY_HAND, Occurrence
from app.automation.outcomes import cancel_execution
from app.automation.rules import RuleValues
from app.automation.spending import cap_of_rule, spender_name
from app.content.models import Content
from app.core import audit
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.runs import actions as run_actions
from app.core.runs.services import find_run
from app.core.tenancy import owned, owned_many
from app.publishing import actions as publishing
from app.publishing.post_status.services import DRAFT as TO_DRAFT
from app.sites.models import Site

_TOLD = ("trigger", "cron", "zone", "is_active", "most_a_day", "most_credits")


def save_rule(
    account_id: int, actor: Actor, site_id: int, values: RuleValues, rule_id: int | None = None, *, seen: int = 0
) -> AutomationRule:
    """Make a rule, off at first, or change one. Raises DomainError, NotFound, Conflict, and Forbidden."""
    owned(Site, site_id, account_id)
    columns = rules.checked_values(account_id, values)
    _require(account_id, actor, columns["actions"])
    rule = rules.lock_rule(account_id, rule_id) if rule_id else None
    before = _facts(rule) if rule else None
    is_new = rule is None
    rule = rules.store_rule(account_id, site_id, columns, rule, seen=seen)
    if is_new:
        rule.owner_id = actor.id
    if values.most_dollars is not None:
        cap_spender(account_id, spender_name(rule.id), rules.most_micros(values))
    _record(actor, rule, "automation.rule_saved", before)
    return rule


def _require(account_id: int, actor: Actor, actions: Sequence[Mapping[str, Any]]) -> None:
    for action in actions:
        actor.require(action_kind(account_id, str(action["kind"])).permission)


def _facts(rule: AutomationRule) -> dict[str, Any]:
    cap = cap_of_rule(rule)
    return {name: getattr(rule, name) for name in _TOLD} | (
        {"most_dollars": dollars_of(cap)} if cap is not None else {}
    )


def _record(actor: Actor, rule: AutomationRule, action: str, before: dict[str, Any] | None = None) -> None:
    audit.record(rule.account_id, action, subject=rule.name, before=before, after=_facts(rule), by=actor)


def switch_rule(account_id: int, actor: Actor, rule_id: int, active: bool) -> AutomationRule:
    """Switch a rule on or off. What runs goes on. Raises NotFound, and Forbidden to switch on what one may not do."""
    rule = rules.lock_rule(account_id, rule_id)
    if active:
        _require(account_id, actor, rule.actions)
    before = _facts(rule)
    if rules.set_rule_active(rule, active):
        _record(actor, rule, "automation.rule_switched", before)
    return rule


def delete_rule(account_id: int, actor: Actor, rule_id: int) -> str:
    """Delete a rule and cancel what of it has not ended; its history stays. Returns its name. Raises NotFound."""
    rule = rules.lock_rule(account_id, rule_id)
    for execution_id in history.open_execution_ids(rule.id):
        cancel_execution(execution_id, "The rule was deleted.")
    name = rule.name
    cap_spender(account_id, spender_name(rule.id), None)
    db.session.delete(rule)
    audit.record(account_id, "automation.rule_deleted", subject=name, by=actor)
    db.session.flush()
    return name


def cancel_open_executions(account_id: int, actor: Actor, rule_id: int) -> int:
    """Cancel what of a rule runs, waits or is held, with what it began. Returns how many. Raises NotFound."""
    rule = rules.lock_rule(account_id, rule_id)
    cancelled = [
        execution_id
        for execution_id in history.open_execution_ids(rule.id)
        if cancel_execution(execution_id, "Cancelled with all of its rule.")
    ]
    if cancelled:
        facts = {"executions": len(cancelled)}
        audit.record(account_id, "automation.executions_cancelled", subject=rule.name, after=facts, by=actor)
    db.session.flush()
    return len(cancelled)


def run_rule_now(account_id: int, actor: Actor, rule_id: int) -> RuleExecution:
    """Run a rule by hand, on the rows that fit and have work left; also one that is off. Raises DomainError.

    Where the site is switched off, or not connected to WordPress and that is needed, nothing is begun.
    """
    rule = rules.lock_rule(account_id, rule_id)
    _require(account_id, actor, rule.actions)
    readiness.refuse_rule(rule)
    subjects = occurrences.waiting_subjects(rule)
    if not subjects:
        raise occurrences.nothing_to_do(rule)
    occurrence = Occurrence(occurrences.new_manual_name(), BY_HAND, subjects)
    execution = occurrences.add_occurrence(rule, occurrence, actor)
    assert execution is not None
    audit.record(account_id, "automation.rule_run", subject=rule.name, after={"rows": len(subjects)}, by=actor)
    return execution


def retry_execution(account_id: int, actor: Actor, execution_id: int) -> RuleExecution:
    """Let a failed or cancelled execution go on where it stopped. Raises NotFound, Conflict, Forbidden, Refused."""
    execution = history.execution_of(account_id, execution_id)
    _require(account_id, actor, execution.actions)
    site = owned(Site, execution.site_id, account_id)
    readiness.refuse_where_nothing_runs(site, rules.kinds_of(account_id, execution.actions))
    run = find_run(execution.run_id, account_id)
    if run is None:
        raise Conflict(gettext("This execution cannot be tried again: its work is forgotten."), code="EXECUTION_ENDED")
    run_actions.retry_run(actor, run)
    db.session.refresh(execution)
    return execution


def stop_execution(account_id: int, actor: Actor, execution_id: int) -> RuleExecution:
    """Cancel an execution with what it began. Raises NotFound, and Conflict when it has ended."""
    execution = history.execution_of(account_id, execution_id)
    if not cancel_execution(execution_id, "Cancelled by a person."):
        raise Conflict(gettext("It has ended already."), code="EXECUTION_ENDED", cure=gettext("Reload to see how."))
    audit.record(account_id, "automation.execution_cancelled", subject=execution.rule_name, by=actor)
    return execution


def undo_execution(account_id: int, actor: Actor, execution_id: int) -> str:
    """Undo what an execution made and nobody has touched since. Returns what that was. Raises NotFound, Conflict."""
    execution = history.execution_of(account_id, execution_id)
    words = undoing.undo_steps(actor, execution)
    audit.record(account_id, "automation.execution_undone", subject=f"{execution.rule_name}: {words}", by=actor)
    return words


def run_held_executions(account_id: int, actor: Actor, rule_id: int) -> RuleExecution | None:
    """Run what was held of a rule, as one execution. Raises NotFound, Conflict, Forbidden."""
    rule = rules.lock_rule(account_id, rule_id)
    _require(account_id, actor, rule.actions)
    readiness.refuse_rule(rule)
    execution = floods.run_held_as_one(rule, actor)
    audit.record(account_id, "automation.flood_run", subject=rule.name, by=actor)
    return execution


def drop_held_executions(account_id: int, actor: Actor, rule_id: int) -> int:
    """Drop what was held of a rule. Returns how many executions. Raises NotFound, Conflict."""
    rule = rules.lock_rule(account_id, rule_id)
    count = floods.drop_all_held(rule)
    audit.record(account_id, "automation.flood_dropped", subject=rule.name, after={"executions": count}, by=actor)
    return count


def choose_flow(account_id: int, actor: Actor, site_id: int, key: str) -> AutomationRule:
    """Switch on a flow that comes with the product; its rule is made the first time. Raises NotFound, Forbidden."""
    site = owned(Site, site_id, account_id)
    flow = next((one for one in flows.FLOWS if one.key == key), None)
    if flow is None:
        raise NotFound()
    rule = db.session.query(AutomationRule).filter_by(site_id=site_id, flow=key).with_for_update().one_or_none()
    if rule is None:
        columns = {**rules.checked_values(account_id, flow.values(site.time_zone)), "flow": key}
        _require(account_id, actor, columns["actions"])
        rule = rules.store_rule(account_id, site_id, columns, None)
        rule.owner_id = actor.id
        _record(actor, rule, "automation.rule_saved")
    return switch_rule(account_id, actor, rule.id, True)


def process_writer_content(
    account_id: int, actor: Actor, site_id: int, content_ids: Sequence[int], stages: Sequence[str] = ()
) -> RuleExecution:
    """Link and optimize contents that were written here. Raises NotFound, DomainError, Forbidden, Refused."""
    return _process(account_id, actor, site_id, content_ids, pipeline.WRITER, stages)


def process_synced_content(
    account_id: int, actor: Actor, site_id: int, content_ids: Sequence[int], stages: Sequence[str] = ()
) -> RuleExecution:
    """Optimize contents that came from WordPress. Raises NotFound, DomainError, Forbidden, Refused."""
    return _process(account_id, actor, site_id, content_ids, pipeline.SYNCED, stages)


def _process(
    account_id: int, actor: Actor, site_id: int, content_ids: Sequence[int], way: str, stages: Sequence[str]
) -> RuleExecution:
    site = owned(Site, site_id, account_id)
    rows = owned_many(Content, list(content_ids), account_id)
    chosen = [content.id for content in rows if content.site_id == site_id]
    if not chosen:
        raise DomainError(gettext("No content is chosen."), code="NOTHING_CHOSEN", cure=gettext("Choose content."))
    chosen_stages = stages or pipeline.usual_stages(way)
    rule = pipeline.rule_of_way(site, way, chosen_stages)
    todo = pipeline.actions_of_stages(account_id, chosen_stages)
    _require(account_id, actor, todo)
    readiness.refuse_where_nothing_runs(site, rules.kinds_of(account_id, todo))
    occurrence = Occurrence(occurrences.new_manual_name(), BY_HAND, chosen, actions=todo)
    execution = occurrences.add_occurrence(rule, occurrence, actor)
    assert execution is not None
    audit.record(account_id, "automation.rule_run", subject=rule.name, after={"rows": len(chosen)}, by=actor)
    return execution


def move_content(
    account_id: int, actor: Actor, content_id: int, to: str, *, is_sure: bool = False
) -> tuple[str, RuleExecution | None]:
    """Do to a content what takes it to another stage. Returns what that is, and the execution that does it.

    Publishing and unpublishing are only done when somebody `is_sure`; else nothing happens. Raises NotFound, Forbidden,
    Refused, and DomainError where nothing would take it there.
    """
    content = owned(Content, content_id, account_id)
    work = board.move_between(pipeline.stage_of(content), to)
    if work[0] not in board.ASKED:
        return "", process_writer_content(account_id, actor, content.site_id, [content_id], work)
    actor.require(Permission.CONTENT_PUBLISH)
    if is_sure and work[0] == board.PUBLISH:
        publishing.start_publishing(account_id, actor, [content_id])
    elif is_sure:
        publishing.change_post_status(account_id, actor, content.site_id, [content_id], TO_DRAFT, alone=content)
    return work[0], None


def switch_autopilot(account_id: int, actor: Actor, site_id: int, on: bool) -> Autopilot:
    """Switch a site's autopilot on or off; its settings stay. Raises like `save_autopilot_of`."""
    pilot = autopilot.shown_autopilot(owned(Site, site_id, account_id))
    cap = "" if pilot.month_credits is None else str(pilot.month_credits)
    kept = {"drafts_a_week": pilot.drafts_a_week, "days": pilot.days, "has_review": pilot.has_review}
    values = {"is_on": on, "month_credits": cap, **kept}
    return save_autopilot_of(account_id, actor, site_id, values, seen=pilot.version)


def save_autopilot_of(
    account_id: int, actor: Actor, site_id: int, values: Mapping[str, Any], *, seen: int
) -> Autopilot:
    """Keep how a site's autopilot works, and write its rules. Raises NotFound, DomainError, Conflict, Forbidden."""
    site = owned(Site, site_id, account_id)
    pilot = autopilot.save_autopilot(site, values, seen=seen)
    if pilot.is_on:
        for rule_values in autopilot.rules_of_autopilot(site, pilot).values():
            _require(account_id, actor, [dict(action) for action in rule_values.actions])
    after = {name: getattr(pilot, name) for name in ("is_on", "drafts_a_week", "days", "has_review", "month_credits")}
    audit.record(account_id, "automation.autopilot_saved", subject=site.name, after=after, by=actor)
    return pilot
