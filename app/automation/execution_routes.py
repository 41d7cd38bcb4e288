"""The pages of executions, and of the autopilot."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.automation import actions, autopilot, history, rules
from app.automation.blueprint import bp
from app.automation.models import STATES
from app.automation.permissions import AutomationPermission
from app.automation.schedules import weekday_names
from app.automation.spending import this_month
from app.automation.undoing import can_be_undone, undo_question, why_it_stays
from app.core.access import current_account_id, current_actor, current_user_id, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.languages import N_, gettext
from app.core.request_ids import parse_id, parse_version
from app.core.runs.services import find_run
from app.identity.people import zone_of
from app.sites.current import current_site, needed_site, work_on

READ, WRITE = AutomationPermission.READ, AutomationPermission.WRITE
CAUSES = (("schedule", N_("By schedule")), ("event", N_("By what happened")), ("manual", N_("By hand")))
STATE_WORDS = {
    "waiting": N_("Waiting"),
    "held": N_("Held"),
    "running": N_("Running"),
    "succeeded": N_("Done"),
    "failed": N_("Failed"),
    "skipped": N_("Skipped"),
    "cancelled": N_("Cancelled"),
}


@bp.get("/history/", endpoint="history")
@requires(READ)
def show_history() -> str:
    """What the rules of a site did; the region alone for HTMX."""
    site = current_site()
    if site is None:
        return page_or_partial("automation/history.html", "automation/_history.html", site=None, page=None)
    account_id = current_account_id()
    spec, page = history.list_executions(account_id, site.id, request.args, zone_of(current_user_id()))
    return page_or_partial(
        "automation/history.html",
        "automation/_history.html",
        site=site,
        page=page,
        list_spec=spec,
        filters=spec.read(request.args),
        rules=[(rule.id, gettext(rule.name) if rule.flow else rule.name) for rule in rules.list_rules(site.id)],
        states=[(state, gettext(STATE_WORDS[state])) for state in STATES],
        causes=[(key, gettext(words)) for key, words in CAUSES],
    )


@bp.get("/history/<int:execution_id>/")
@requires(READ)
def show_execution(execution_id: int) -> str:
    """One execution: what it was about, what it began, what came of it."""
    execution = history.execution_of(current_account_id(), execution_id)
    work_on(execution.site_id, "automation.history")
    return render_template(
        "automation/execution.html",
        execution=execution,
        run=find_run(execution.run_id, execution.account_id) if execution.is_open else None,
        subjects=history.rows_of(execution.subject_kind, execution.subjects, execution.account_id),
        results=history.made_by(execution),
        runs=history.runs_of(execution),
        causes=dict(CAUSES),
        can_be_undone=can_be_undone(execution),
        undo_says=undo_question(execution),
        stays=why_it_stays(execution),
    )


def _changed(execution_id: int, words: str) -> ResponseReturnValue:
    db.session.commit()
    toast(words)
    return redirect_to(url_for("automation.show_execution", execution_id=execution_id))


@bp.post("/history/<int:execution_id>/retry/")
@requires(WRITE)
def retry_execution(execution_id: int) -> ResponseReturnValue:
    """Let a failed execution go on where it stopped."""
    actions.retry_execution(current_account_id(), current_actor(), execution_id)
    return _changed(execution_id, gettext("It goes on where it stopped."))


@bp.post("/history/<int:execution_id>/cancel/")
@requires(WRITE)
def stop_execution(execution_id: int) -> ResponseReturnValue:
    """Cancel an execution with what it began."""
    actions.stop_execution(current_account_id(), current_actor(), execution_id)
    return _changed(execution_id, gettext("Cancelled. What was done already stays."))


@bp.post("/history/<int:execution_id>/undo/")
@requires(WRITE)
def undo_execution(execution_id: int) -> ResponseReturnValue:
    """Undo what an execution made and nobody has touched since."""
    words = actions.undo_execution(current_account_id(), current_actor(), execution_id)
    return _changed(execution_id, gettext("Undone: %(words)s.", words=words))


@bp.get("/autopilot/", endpoint="autopilot")
@requires(READ)
def show_autopilot() -> ResponseReturnValue:
    """How the pipeline of a site runs by itself."""
    return _autopilot()


@bp.post("/autopilot/")
@requires(WRITE)
def save_autopilot() -> ResponseReturnValue:
    """Keep that, and write the rules; 409 or 422 with the form when something is wrong."""
    form, site = request.form, needed_site()
    values = {
        "is_on": form.get("is_on") == "1",
        "drafts_a_week": form.get("drafts_a_week", ""),
        "days": [number - 1 for text in form.getlist("days") if (number := parse_id(text)) is not None],
        "has_review": form.get("has_review") == "1",
        "month_credits": form.get("month_credits", ""),
    }
    try:
        seen = parse_version(form.get("version"))
        pilot = actions.save_autopilot_of(current_account_id(), current_actor(), site.id, values, seen=seen)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status not in (409, 422):
            raise
        return _autopilot(error)
    toast(gettext("The autopilot is on.") if pilot.is_on else gettext("The autopilot is off."))
    return redirect_to(url_for("automation.autopilot"))


def _autopilot(error: DomainError | None = None) -> ResponseReturnValue:
    site = current_site()
    if site is None:
        return render_template("automation/autopilot.html", site=None), 200
    pilot = autopilot.shown_autopilot(site)
    written = [rule for rule in rules.list_rules(site.id) if rule.flow.startswith("autopilot")]
    page = render_template(
        "automation/autopilot.html",
        site=site,
        pilot=pilot,
        spent=pilot.spent if pilot.spent_in == this_month() else 0,
        error=error,
        standing=autopilot.what_does_not_run(site, pilot),
        missing=autopilot.what_is_missing(site, pilot),
        sent=request.form,
        weekdays=list(enumerate(weekday_names(), start=1)),
        rules=[(rule, rules.rule_words(rule)) for rule in written],
        most_a_week=autopilot.MOST_A_WEEK,
    )
    return page, error.status if error else 200
