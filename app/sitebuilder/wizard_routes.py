"""The wizard: four steps, each saved as it is left, whatever is in it."""

from typing import Any

from flask import render_template, request, url_for

from app.ai import charging
from app.ai.builtin.languages import NAMES
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.request_ids import parse_version
from app.sitebuilder import actions
from app.sitebuilder.answers import (
    BUSINESS_TYPES,
    MOST_OBJECTIVES,
    OBJECTIVE_LABELS,
    OBJECTIVES,
    STEPS,
    read_step,
)
from app.sitebuilder.blueprint import bp
from app.sitebuilder.models import SiteBlueprint
from app.sitebuilder.permissions import SiteBuilderPermission
from app.sitebuilder.style.themes import OWN, PALETTES, PERSONALITIES, SPACINGS, TYPOGRAPHIES, USUAL
from app.sitebuilder.templates import LAYOUT_LABELS, TEMPLATES
from app.sitebuilder.versions import blueprint_of
from app.sites.current import work_on


@bp.get("/<int:blueprint_id>/wizard/")
@requires(SiteBuilderPermission.WRITE)
def wizard(blueprint_id: int) -> Any:
    """A step of the wizard: the one in `?step=`, else the furthest that was reached."""
    blueprint = blueprint_of(current_account_id(), blueprint_id)
    work_on(blueprint.site_id, "site_builder.index")
    return _shown(blueprint, _step(request.args.get("step", ""), blueprint.step), blueprint.config)


def _step(text: str, usual: int) -> int:
    return int(text) if text in {str(step) for step in STEPS} else usual


@bp.post("/<int:blueprint_id>/wizard/")
@requires(SiteBuilderPermission.WRITE)
def save_wizard(blueprint_id: int) -> Any:
    """Save the step in the form, and go where its button `go` says: next, back, a step, add, remove-N, later, make."""
    account_id, form = current_account_id(), request.form
    blueprint = blueprint_of(account_id, blueprint_id)
    work_on(blueprint.site_id, "site_builder.index")
    step, go = _step(form.get("step", ""), 1), form.get("go", "next")
    objectives = _objectives(go)
    seen = parse_version(form.get("version"))
    try:
        problem = actions.save_answers(
            account_id, current_actor(), blueprint_id, step, form, objectives, seen=seen, go_on=go == "next"
        )
        db.session.commit()
    except Conflict as error:
        db.session.rollback()
        blueprint = blueprint_of(account_id, blueprint_id)
        return _shown(blueprint, step, {**blueprint.config, **read_step(step, form, objectives)}, error)
    if go == "make":
        return _make(blueprint, step, problem)
    if go == "later":
        toast(gettext("Saved. You can go on whenever you like."))
        return redirect_to(url_for("site_builder.index"))
    if go == "next" and problem is not None:
        return _shown(blueprint, step, blueprint.config, problem)[0]  # 200: what was typed is saved
    there = {"next": min(step + 1, max(STEPS)), "back": max(step - 1, 1)}.get(go, _step(go, step))
    return redirect_to(url_for("site_builder.wizard", blueprint_id=blueprint_id, step=there))


def _objectives(go: str) -> list[str]:
    """The objectives that are ticked, and those in words, with what the button adds or takes away."""
    form = request.form
    ticked = [key for key in form.getlist("objectives") if key in OBJECTIVE_LABELS]
    own = [text for text in form.getlist("own") if text.strip()]
    if go.startswith("remove-") and go.removeprefix("remove-").isdigit():
        place = int(go.removeprefix("remove-"))
        own = [text for number, text in enumerate(own) if number != place]
    return [*ticked, *own]


def _make(blueprint: SiteBlueprint, step: int, problem: DomainError | None) -> Any:
    if problem is not None:
        return _shown(blueprint, step, blueprint.config, problem)
    try:
        run = actions.start_structure(blueprint.account_id, current_actor(), blueprint.id)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status not in (402, 409, 422):
            raise
        blueprint = blueprint_of(current_account_id(), blueprint.id)
        return _shown(blueprint, int(error.details.get("step", step)), blueprint.config, error)
    return redirect_to(url_for("site_builder.canvas", blueprint_id=blueprint.id, run=run.id))


def _shown(blueprint: SiteBlueprint, step: int, config: dict[str, Any], error: DomainError | None = None) -> Any:
    reached = max(blueprint.step, step)
    objectives = list(config.get("objectives") or [])
    page = render_template(
        "sitebuilder/wizard.html",
        blueprint=blueprint,
        step=step,
        steps=STEPS,
        reached=reached,
        config=config,
        error=error,
        kinds=[(key, gettext(label)) for key, label in BUSINESS_TYPES.items()],
        languages=[(key, gettext(name)) for key, name in NAMES.items()],
        ticked=[key for key in objectives if key in OBJECTIVE_LABELS],
        own=[text for text in objectives if text not in OBJECTIVE_LABELS],
        has_room=len(objectives) < MOST_OBJECTIVES,
        objectives_step=OBJECTIVES,
        offered=[(key, gettext(label)) for key, label in OBJECTIVE_LABELS.items()],
        theme={**USUAL, **(config.get("theme") or {})},
        palettes=PALETTES,
        own_colours=OWN,
        typographies=[(key, gettext(one.label)) for key, one in TYPOGRAPHIES.items()],
        personalities=[(key, gettext(one.label)) for key, one in PERSONALITIES.items()],
        spacings=[(key, gettext(label)) for key, label in SPACINGS.items()],
        layouts=[(key, gettext(label)) for key, label in LAYOUT_LABELS.items()],
        templates=[(key, gettext(label)) for key, label in TEMPLATES.items()],
        price=charging.price_quote(blueprint.account_id, "site_structure"),
    )
    return page, error.status if error else 200
