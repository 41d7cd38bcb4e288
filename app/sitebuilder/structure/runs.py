"""Making the structure of a site, or one section of it, as the work of a run. Commits; safe to repeat."""

import uuid
from typing import Any

from sqlalchemy import case, select, update

from app.ai import gateway
from app.ai.call_context import Answered, CallContext
from app.ai.charging import Charges
from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import gettext, in_english
from app.core.runs import Outcome, Run, RunContext
from app.core.wording import many, sentences
from app.sitebuilder.answers import read_answers
from app.sitebuilder.editing import SectionPlace, replace_section
from app.sitebuilder.models import SiteBlueprint
from app.sitebuilder.run_kinds import GENERATE_SITE_STRUCTURE
from app.sitebuilder.structure.ai_structure import SITE_STRUCTURE, StructureRequest
from app.sitebuilder.structure.ai_texts import SITE_SECTION, PageTextRequest
from app.sitebuilder.structure.merging import merge_structure
from app.sitebuilder.structure.plans import StructurePlan
from app.sitebuilder.style.themes import checked_theme
from app.sitebuilder.versions import begin_change, blueprint_of, end_change, pages_of


def generate_site_structure(context: RunContext) -> Outcome:
    """Params: `blueprint_id`, and `actor`, the name of who asked."""
    run = context.run
    blueprint = blueprint_of(run.account_id, run.params["blueprint_id"])
    charges = Charges(run, "site_structure", 1)
    request, link = StructureRequest(config=blueprint.config), canvas_address(blueprint.id)
    db.session.commit()
    if charges.is_noted("structure"):
        return Outcome("The structure is made.", link)
    context.progress(step="Planning pages", done=0, total=1)
    call = CallContext(context.run_id, subject=blueprint.name, cancelled=context.should_stop)
    answered = gateway.run(run.account_id, SITE_STRUCTURE, request, call=call)
    context.check()
    kept = _store_structure(run, answered, charges)
    db.session.commit()
    plan = answered.result
    words = f"{many(len(plan.pages), 'page')} made."
    stayed = f"{many(kept, 'page')} stayed as somebody had changed {'it' if kept == 1 else 'them'}." if kept else ""
    return Outcome(sentences(words, stayed, *plan.notes), link, {"pages": len(plan.pages), "kept": kept})


def _store_structure(run: Run, answered: Answered[StructurePlan], charges: Charges) -> int:
    """Put the pages into the blueprint with the style of its answers, and charge them. Flushes."""
    change = begin_change(run.account_id, run.params["blueprint_id"], None)
    blueprint = change.blueprint
    answers = read_answers(blueprint.config)
    kept = merge_structure(change, answered.result)
    theme = blueprint.structure.get("theme") or checked_theme(blueprint.config.get("theme") or {})
    layout = blueprint.structure.get("layout") or answers.layout
    blueprint.structure = {**blueprint.structure, "theme": theme, "layout": layout}
    blueprint.status = "ready"
    end_change(change, run_actor(run), "made", blueprint.name)
    charges.charge(
        "structure",
        units=1,
        object_type="site_blueprint",
        object_id=blueprint.id,
        title=blueprint.name,
        answered=answered,
    )
    return kept


def run_actor(run: Run) -> Actor:
    """Who asked for a run."""
    return Actor(run.actor_id, run.params.get("actor", ""), permissions=None)


def canvas_address(blueprint_id: int, page_id: int | None = None) -> str:
    """The address of the canvas, at a page."""
    return f"/site-builder/{blueprint_id}/" + (f"?page={page_id}" if page_id else "")


def settle_status(run_id: uuid.UUID) -> None:
    """A blueprint whose structure is no longer being made is as it was: hook `run_ended`."""
    ended = db.session.execute(select(Run.kind, Run.subject_id).where(Run.id == run_id)).first()
    if ended is None or ended.kind != GENERATE_SITE_STRUCTURE.name:
        return
    before = case((SiteBlueprint.version > 0, "ready"), else_="draft")
    stmt = update(SiteBlueprint).where(SiteBlueprint.id == ended.subject_id, SiteBlueprint.status == "generating")
    db.session.execute(stmt.values(status=before).execution_options(synchronize_session=False))


def remake_site_section(context: RunContext) -> Outcome:
    """Params: `blueprint_id`, `page_id`, `section_id`, `actor`."""
    run = context.run
    blueprint = blueprint_of(run.account_id, run.params["blueprint_id"])
    place = SectionPlace(run.params["page_id"], run.params["section_id"])
    charges, link = Charges(run, "site_section", 1), canvas_address(blueprint.id, place.page_id)
    request, before = _section_request(blueprint, place)
    db.session.commit()
    if charges.is_noted("section"):
        return Outcome("The section is made anew.", link)
    context.progress(step="Writing a section", done=0, total=1)
    call = CallContext(context.run_id, subject=request.title, cancelled=context.should_stop)
    answered = gateway.run(run.account_id, SITE_SECTION, request, call=call)
    context.check()
    fields = answered.result.get(place.section_id)
    if fields is None:
        raise Conflict(
            in_english(lambda: gettext("The brief has nothing to say in this section, so it stays as it is.")),
            code="NOTHING_TO_SAY",
            cure=in_english(lambda: gettext("Add to the brief what it should say, or write it yourself.")),
        )
    change = begin_change(run.account_id, blueprint.id, None)
    _check_unchanged(change.page(place.page_id).blocks, before)
    replace_section(change, run_actor(run), place, fields)
    charges.charge(
        "section", units=1, object_type="site_blueprint", object_id=blueprint.id, title=request.title, answered=answered
    )
    db.session.commit()
    return Outcome("The section is made anew.", link)


def _section_request(blueprint: SiteBlueprint, place: SectionPlace) -> tuple[PageTextRequest, dict[str, Any]]:
    pages = pages_of(blueprint)
    page = next((page for page in pages if page.id == place.page_id), None)
    section = next((one for one in page.blocks if one["id"] == place.section_id), None) if page else None
    if page is None or section is None:
        raise _gone()
    request = PageTextRequest(
        config=blueprint.config,
        title=page.title,
        page_type=page.page_type,
        slugs=[one.slug for one in pages],
        sections=page.blocks,
        wanted=[place.section_id],
    )
    return request, section


def _check_unchanged(sections: list[dict[str, Any]], before: dict[str, Any]) -> None:
    if before not in sections:
        raise _gone()


def _gone() -> Conflict:
    return Conflict(
        in_english(lambda: gettext("This section was changed or removed meanwhile. It stays as somebody has made it.")),
        code="SECTION_CHANGED",
    )
