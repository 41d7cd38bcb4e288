"""The pages of rules: the list, one rule, and the form of one."""

from dataclasses import replace
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.ai.calls.amounts import dollars_of
from app.automation import (
    actions,
    alerts,
    dry_runs,
    explanations,
    figures,
    flows,
    forms,
    history,
    readiness,
    rules,
    wizard,
)
from app.automation.action_kinds import action_kinds
from app.automation.blueprint import bp
from app.automation.models import AutomationRule
from app.automation.permissions import AutomationPermission
from app.automation.rules import RuleValues
from app.automation.schedules import next_times
from app.automation.spending import cap_of_rule
from app.automation.subjects import SUBJECT_KINDS
from app.automation.triggers import SCHEDULE, TRIGGERS
from app.automation.wizard import WizardPlace
from app.core.access import current_account_id, current_actor, current_user_id, requires
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.languages import gettext, ngettext
from app.core.request_ids import parse_id, parse_version
from app.sites.current import current_site, needed_site, work_on
from app.sites.forms import zone_choices

READ, WRITE = AutomationPermission.READ, AutomationPermission.WRITE


@bp.get("/rules/", endpoint="index")
@requires(READ)
def rules_page() -> str:
    """The rules of a site, its figures, the newest executions and the flows to choose from."""
    site = current_site()
    if site is None:
        return render_template("automation/index.html", site=None)
    site_rules = rules.list_rules(site.id)
    chosen = {rule.flow for rule in site_rules if rule.flow and rule.is_active}
    return render_template(
        "automation/index.html",
        site=site,
        rules=[(rule, rules.rule_words(rule)) for rule in site_rules],
        overview=figures.overview_of(site.id),
        held=figures.held_counts(site.id),
        newest=history.newest_executions(site.id),
        flows=[flow for flow in flows.FLOWS if flow.key not in chosen and flow.action in action_kinds(site.account_id)],
        background=flows.background_jobs(),
        is_told=alerts.is_told_of_rules(site.account_id, current_user_id()),
    )


@bp.post("/mails/")
@requires(READ)
def ask_for_mails() -> ResponseReturnValue:
    """Whether the person gets a mail about each rule that switches itself off: form field `on`, "1" or "0"."""
    is_on = request.form.get("on") == "1"
    alerts.ask_for_mails(current_account_id(), current_user_id(), is_on)
    db.session.commit()
    toast(
        gettext("You get a mail when a rule switches itself off.")
        if is_on
        else gettext("You get such mails only about rules that you made.")
    )
    return redirect_to(url_for("automation.index"))


@bp.post("/flows/<flow>/")
@requires(WRITE)
def choose_flow(flow: str) -> ResponseReturnValue:
    """Switch on a flow that comes with the product."""
    rule = actions.choose_flow(current_account_id(), current_actor(), needed_site().id, flow)
    db.session.commit()
    toast(gettext("“%(name)s” is on.", name=gettext(rule.name)))
    return redirect_to(url_for("automation.index"))


@bp.get("/rules/new/")
@requires(WRITE)
def new_rule() -> ResponseReturnValue:
    """The form of a new rule, at its first step; with `?like=` one that begins as another rule of the site."""
    site = needed_site()
    like = parse_id(request.args.get("like"))
    if like is None:
        return _form(None, forms.new_rule_values(site.time_zone), site.account_id, wizard.FIRST)
    copied = forms.copied_values(rules.rule_of(site.account_id, like))
    return _form(None, copied, site.account_id, wizard.ALL_REACHED)


@bp.post("/rules/new/")
@requires(WRITE)
def create_rule() -> ResponseReturnValue:
    """Make a rule, and switch it on with `on=1`; 422 with the form when something is wrong."""
    return _save(None)


@bp.post("/rules/preview/")
@requires(WRITE)
def preview_rule() -> ResponseReturnValue:
    """The form as it was filled in, with what its button adds or takes away, the sentence and the next times.

    The button `go` leads to another step: "next", "back", or its number.
    """
    account_id, rule_id = current_account_id(), parse_id(request.form.get("rule_id"))
    try:
        rule = rules.rule_of(account_id, rule_id) if rule_id else None
    except NotFound:
        return _as_new_rule(account_id)
    return _form(rule, forms.read_form(request.form), account_id, wizard.stands_at(request.form))


@bp.get("/rules/<int:rule_id>/edit/")
@requires(WRITE)
def edit_rule(rule_id: int) -> ResponseReturnValue:
    """The form of a rule, at any of its steps."""
    rule = rules.rule_of(current_account_id(), rule_id)
    return _form(rule, forms.values_of_rule(rule), rule.account_id, wizard.ALL_REACHED)


@bp.post("/rules/<int:rule_id>/edit/")
@requires(WRITE)
def update_rule(rule_id: int) -> ResponseReturnValue:
    """Change a rule; 409 or 422 with the form when something is wrong, 404 with it when the rule is gone."""
    try:
        rule = rules.rule_of(current_account_id(), rule_id)
    except NotFound:
        return _as_new_rule(current_account_id())
    return _save(rule)


def _as_new_rule(account_id: int) -> ResponseReturnValue:
    """The form as it was filled in, for a new rule: the one that it was for is not there any more."""
    gone = NotFound(
        gettext("This rule is not there any more: somebody has deleted it. What you wrote is still here."),
        cure=gettext("Save it to make the rule anew."),
    )
    if current_site() is None:
        raise gone
    return _form(None, forms.read_form(request.form), account_id, wizard.shown_with(gone), gone)


def _save(rule: AutomationRule | None) -> ResponseReturnValue:
    account_id, actor = current_account_id(), current_actor()
    values = forms.read_form(request.form)
    site_id, rule_id = (rule.site_id, rule.id) if rule else (needed_site().id, None)
    try:
        seen = parse_version(request.form.get("version"))
        saved = actions.save_rule(account_id, actor, site_id, values, rule_id, seen=seen)
        if request.form.get("on") == "1":
            actions.switch_rule(account_id, actor, saved.id, True)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status not in (409, 422):
            raise
        rule = rules.rule_of(account_id, rule_id) if rule_id else None
        return _form(rule, values, account_id, wizard.shown_with(error), error)
    toast(gettext("Saved."))
    return redirect_to(url_for("automation.show_rule", rule_id=saved.id))


def _form(
    rule: AutomationRule | None,
    values: RuleValues,
    account_id: int,
    place: WizardPlace,
    error: DomainError | None = None,
) -> ResponseReturnValue:
    """The form at a step, moved on as its button says; `error` is why it could not be saved."""
    if rule is not None:
        work_on(rule.site_id, "automation.index")
    kinds = forms.action_choice(account_id)
    values = forms.completed(values, kinds)
    subject = SUBJECT_KINDS[values.subject_kind]
    first = kinds.known.get(values.actions[0]["kind"]) if values.actions else None
    columns, wrong = _checked(values, account_id)
    place, is_held_up = wizard.place_after(place, request.form.get("go", str(place.step)), wrong)
    page = page_or_partial(
        "automation/rule_form.html",
        "automation/_rule_form.html",
        rule=rule,
        values=values,
        place=place,
        steps=wizard.STEPS,
        error=error or (wrong if is_held_up else None),
        is_saving=error is not None,
        times=next_times(columns["cron"], columns["zone"], utcnow()) if columns and columns["cron"] else [],
        sentence=rules.sentence_of(account_id, columns, parts=min(place.reached, 3)) if columns else "",
        missing=f"{wrong.message} {wrong.cure}".strip() if wrong else "",
        stored=rules.rule_words(rule) if rule and error and error.code == "RULE_CHANGED" else "",
        triggers=[(trigger.name, gettext(trigger.label)) for trigger in TRIGGERS.values()],
        is_scheduled=values.trigger == SCHEDULE,
        zones=zone_choices(),
        presets=[("", gettext("As written below")), *((cron, gettext(words)) for cron, words in forms.PRESETS)],
        subject=subject,
        subject_choices=[]
        if TRIGGERS[values.trigger].subject_kind or not first
        else [(name, gettext(SUBJECT_KINDS[name].many)) for name in first.takes],
        groups=forms.shown_conditions(values.subject_kind, values.conditions),
        actions=forms.shown_actions(kinds, values.subject_kind, values.actions),
        missed=[(key, gettext(words)) for key, words in rules.MISSED.items()],
        overlap=[(key, gettext(words)) for key, words in rules.OVERLAP.items()],
    )
    return page, error.status if error else 200


def _checked(values: RuleValues, account_id: int) -> tuple[dict[str, Any] | None, DomainError | None]:
    """The columns of the rule so far, whose name may be missing still, or what is wrong."""
    try:
        return rules.checked_values(account_id, replace(values, name=values.name or "x")), None
    except DomainError as error:
        return None, error


@bp.get("/rules/<int:rule_id>/")
@requires(READ)
def show_rule(rule_id: int) -> ResponseReturnValue:
    """A rule: in words, its next times, what it did; with `?try=1` what it would do, with `?row=` why it did not.

    `?q=` looks for the row by the words of its title.
    """
    rule = rules.rule_of(current_account_id(), rule_id)
    work_on(rule.site_id, "automation.index")
    dry_run, explanation, problem = None, None, ""
    row_id, matches = parse_id(request.args.get("row")), explanations.rows_with_words(rule, request.args.get("q", ""))
    try:
        dry_run = dry_runs.try_rule(rule) if request.args.get("try") == "1" else None
        explanation = explanations.explain_row(rule, row_id) if row_id else None
    except DomainError as error:
        problem = f"{error.message} {error.cure}".strip()
    page = render_template(
        "automation/rule.html",
        rule=rule,
        most_dollars=dollars_of(cap_of_rule(rule)),
        words=rules.rule_words(rule),
        standing=readiness.why_not_now(rule),
        subject=SUBJECT_KINDS[rule.subject_kind],
        times=next_times(rule.cron, rule.zone, utcnow()) if rule.trigger == SCHEDULE and rule.is_active else [],
        newest=history.newest_executions(rule.site_id, rule.id, limit=10),
        under_way=len(history.open_execution_ids(rule.id)),
        held=figures.held_counts(rule.site_id).get(rule.id, 0),
        dry_run=dry_run,
        explanation=explanation,
        matches=matches,
        problem=problem,
        missed=rules.MISSED,
        overlap=rules.OVERLAP,
        triggers=TRIGGERS,
    )
    return page, 200


@bp.post("/rules/<int:rule_id>/switch/")
@requires(WRITE)
def switch_rule(rule_id: int) -> ResponseReturnValue:
    """Switch a rule: form field `on`, "1" or "0"."""
    is_on = request.form.get("on") == "1"
    rule = actions.switch_rule(current_account_id(), current_actor(), rule_id, is_on)
    db.session.commit()
    name = gettext(rule.name)
    toast(gettext("“%(name)s” is on.", name=name) if is_on else gettext("“%(name)s” is off.", name=name))
    return redirect_to(url_for("automation.show_rule", rule_id=rule_id))


@bp.post("/rules/<int:rule_id>/cancel/")
@requires(WRITE)
def cancel_executions(rule_id: int) -> ResponseReturnValue:
    """Cancel all that a rule has under way: what runs, what waits and what is held."""
    count = actions.cancel_open_executions(current_account_id(), current_actor(), rule_id)
    db.session.commit()
    toast(
        ngettext("Cancelled %(num)s execution.", "Cancelled %(num)s executions.", count)
        if count
        else gettext("Nothing was under way any more."),
    )
    return redirect_to(url_for("automation.show_rule", rule_id=rule_id))


@bp.post("/rules/<int:rule_id>/delete/")
@requires(WRITE)
def delete_rule(rule_id: int) -> ResponseReturnValue:
    """Delete a rule; its history stays."""
    name = actions.delete_rule(current_account_id(), current_actor(), rule_id)
    db.session.commit()
    toast(gettext("“%(name)s” is deleted.", name=gettext(name)))
    return redirect_to(url_for("automation.index"))


@bp.post("/rules/<int:rule_id>/run/")
@requires(WRITE)
def run_rule_now(rule_id: int) -> ResponseReturnValue:
    """Run a rule by hand."""
    try:
        execution = actions.run_rule_now(current_account_id(), current_actor(), rule_id)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status not in (402, 409, 422):
            raise
        toast(f"{error.message} {error.cure}".strip(), "error")
        return redirect_to(url_for("automation.show_rule", rule_id=rule_id))
    return redirect_to(url_for("automation.show_execution", execution_id=execution.id))


@bp.post("/rules/<int:rule_id>/held/run/")
@requires(WRITE)
def run_held(rule_id: int) -> ResponseReturnValue:
    """Run what was held of a rule, as one execution."""
    actions.run_held_executions(current_account_id(), current_actor(), rule_id)
    db.session.commit()
    toast(gettext("What was held is run now."))
    return redirect_to(url_for("automation.show_rule", rule_id=rule_id))


@bp.post("/rules/<int:rule_id>/held/drop/")
@requires(WRITE)
def drop_held(rule_id: int) -> ResponseReturnValue:
    """Drop what was held of a rule."""
    actions.drop_held_executions(current_account_id(), current_actor(), rule_id)
    db.session.commit()
    toast(gettext("What was held is dropped."))
    return redirect_to(url_for("automation.show_rule", rule_id=rule_id))
