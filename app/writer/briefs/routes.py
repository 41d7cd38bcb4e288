"""The brief of a task in the browser: seen and changed before anything is written."""

from typing import Any

from flask import render_template, request, url_for

from app.ai import charging
from app.ai.builtin.languages import NAMES
from app.core.access import current_account_id, current_actor, offers, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.languages import N_, gettext
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.planner.models import INTENTS
from app.sites.current import work_on
from app.thinker import personas
from app.writer import progress
from app.writer.blueprint import bp
from app.writer.briefs import actions, outlines, services
from app.writer.briefs import nearest as briefs_nearest
from app.writer.briefs.forms import BriefForm
from app.writer.briefs.making import brief_values_of
from app.writer.briefs.models import Brief
from app.writer.briefs.sections import Section, rearranged
from app.writer.models import Task

LABELS = {
    "title": N_("Title"),
    "description": N_("What it covers"),
    "intent": N_("Intent"),
    "primary_keyword": N_("Primary keyword"),
    "secondary_keywords": N_("Secondary keywords"),
    "outline": N_("Outline"),
    "questions": N_("Questions to answer"),
    "link_ids": N_("Pages to link to"),
    "length_words": N_("Length"),
    "persona": N_("Persona"),
    "tone": N_("Tone"),
    "country": N_("Country"),
    "language": N_("Language"),
}


@bp.get("/tasks/<int:task_id>/brief/")
@requires(Permission.WRITER_READ)
def brief(task_id: int) -> str:
    """The brief; made and stored when it is first opened by somebody who may change it."""
    task = owned(Task, task_id, current_account_id())
    if offers(Permission.WRITER_WRITE):
        brief = services.brief_of(task)
        db.session.commit()
    else:
        brief = services.find_brief(task.account_id, task.id) or brief_values_of(task)
    return _page(task, brief, BriefForm.of(brief))


@bp.post("/tasks/<int:task_id>/brief/")
@requires(Permission.WRITER_WRITE)
def save_brief(task_id: int) -> Any:
    """Save (`do`: ``save``, ``write`` or ``propose``), or only move sections or look for pages, which saves nothing.

    409 with what was typed when somebody else saved meanwhile, 422 when a field is wrong.
    """
    task = owned(Task, task_id, current_account_id())
    form, wish = BriefForm.sent(request.form), request.form.get("do", "save")
    if wish not in ("save", "write", "propose"):
        return _changed(task, form, wish)
    if form.errors:
        return _page(task, services.brief_of(task), form), 422
    try:
        saved = _save(task, form, wish)
        db.session.commit()
    except services.BriefConflict as conflict:
        db.session.rollback()
        return _conflict(task_id, form, conflict)
    if saved.refusal is not None:
        return _page(task, saved.brief, BriefForm.of(saved.brief), refusal=saved.refusal), saved.refusal.status
    return _answer(task, saved, wish)


def _save(task: Task, form: BriefForm, wish: str) -> actions.BriefSaved:
    if wish == "save":
        brief = services.save_brief(task.account_id, task.id, form.values(), expected_version=form.version)
        return actions.BriefSaved(brief)
    save = actions.save_and_write if wish == "write" else actions.save_and_propose
    return save(task.account_id, current_actor(), task.id, form.values(), expected_version=form.version)


def _answer(task: Task, saved: actions.BriefSaved, wish: str) -> Any:
    """Where the person is sent after the brief was stored."""
    here = url_for("writer.brief", task_id=task.id)
    if wish == "propose":
        return redirect_to(f"{here}#planning")
    if saved.run is not None:
        return redirect_to(url_for("writer.tasks", run=saved.run.id))
    if wish == "save":
        toast(gettext("Saved. The draft will be written by this brief."))
    else:
        toast(gettext("Saved. The draft of this task is written or being written already."), "info")
    return redirect_to(here)


def _conflict(task_id: int, form: BriefForm, conflict: services.BriefConflict) -> Any:
    task = owned(Task, task_id, current_account_id())
    stored = services.brief_of(task)
    theirs = BriefForm.of(stored).values()
    differing = [
        (gettext(LABELS[name]), _said(value)) for name, value in theirs.items() if value != form.values()[name]
    ]
    form.version = stored.version
    return _page(task, stored, form, conflict=conflict, theirs=differing), 409


def _said(value: Any) -> str:
    """A stored value as text, for comparison."""
    if isinstance(value, list):
        if value and isinstance(value[0], dict):
            return "\n".join(section["heading"] for section in value)
        return "\n".join(map(str, value))
    return str(value or "")


def _changed(task: Task, form: BriefForm, wish: str) -> Any:
    """The outline after a button was pressed, or the pages that match the search."""
    before = form.sections
    form.sections = rearranged(before, wish)
    if wish.startswith("use:"):
        _use(task, form, wish.removeprefix("use:"))
    context = _context(task, services.brief_of(task), form)
    focus = _focus(before, form.sections, wish)
    if not is_partial_request():
        return render_template("writer/brief.html", **context, focus=focus, unsaved=True)
    partial = "writer/_brief_links.html" if wish == "find" else "writer/_brief_outline.html"
    return render_template(partial, **context, focus=focus)


def _use(task: Task, form: BriefForm, run_id: str) -> None:
    """Replace the form's outline by a proposed one; its questions are added to the form's."""
    proposal = outlines.proposed(task.account_id, task.id, run_id)
    if proposal is not None:
        form.sections, questions = proposal
        form.questions = list(dict.fromkeys([*form.questions, *questions]))


def _focus(before: list[Section], after: list[Section], wish: str) -> str:
    """The id of the section whose heading is to be typed in next: a new one, or the one after a removed one."""
    ids = {section.id for section in before}
    added = next((section.id for section in after if section.id not in ids), "")
    if added or not wish.startswith("remove:") or not after:
        return added
    place = next((position for position, section in enumerate(before) if wish == f"remove:{section.id}"), 0)
    return after[min(place, len(after) - 1)].id


def _page(task: Task, stored: Brief, form: BriefForm, **more: Any) -> str:
    work_on(task.site_id, "writer.tasks")
    return render_template("writer/brief.html", **_context(task, stored, form), **more)


def _context(task: Task, stored: Brief, form: BriefForm) -> dict[str, Any]:
    nearest = briefs_nearest.nearest_of(stored)
    suggested = [row["id"] for row in nearest]
    words = request.form.get("link_q", "").strip()
    linkable = services.search_linkable(task.account_id, task.site_id, words) if words else []
    ids = list(dict.fromkeys([*form.link_ids, *(content.id for content in linkable), *suggested]))
    return {
        "task": task,
        "brief": stored,
        "form": form,
        "may_edit": offers(Permission.WRITER_WRITE),
        "intents": [("", gettext("Not known")), *((name, gettext(name.capitalize())) for name in INTENTS)],
        "languages": sorted(NAMES.items(), key=lambda pair: pair[1]),
        "personas": personas.names_for(task.account_id, task.site_id),
        "nearest": nearest,
        "very_like": briefs_nearest.VERY_LIKE,
        "pages": services.linkable(task.account_id, task.site_id, ids),
        "link_q": words,
        "found": len(linkable),
        "search": briefs_nearest.active_nearest_search(task.account_id, task.id),
        "planning": outlines.active_outline_run(task.account_id, task.id),
        "proposal": outlines.proposal_for(stored) if stored.id else None,
        "draft": services.find_draft(task),
        "is_writing": task.id in progress.under_way(task.account_id, task.site_id),
        "price": charging.price_quote(task.account_id, "content"),
    }


@bp.get("/tasks/<int:task_id>/brief/nearest/")
@requires(Permission.WRITER_READ)
def show_nearest(task_id: int) -> str:
    """What the site already has, as far as it is known now."""
    return _nearest_region(owned(Task, task_id, current_account_id()))


@bp.post("/tasks/<int:task_id>/brief/nearest/")
@requires(Permission.WRITER_WRITE)
def find_nearest(task_id: int) -> Any:
    """Start a search for what the site already has."""
    task = owned(Task, task_id, current_account_id())
    briefs_nearest.start_nearest_search(task.account_id, current_actor(), task.id)
    db.session.commit()
    if is_partial_request():
        return _nearest_region(task)
    return redirect_to(url_for("writer.brief", task_id=task.id) + "#nearest")


def _nearest_region(task: Task) -> str:
    stored = services.find_brief(task.account_id, task.id) or brief_values_of(task)
    return render_template("writer/_brief_nearest.html", **_context(task, stored, BriefForm.of(stored)), swapped=True)
