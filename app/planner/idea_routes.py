"""The ideas of a site."""

from typing import Any

from flask import render_template, request, url_for

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.core.wording import many, missing_rows_sentence
from app.planner import actions, clusters, ideas
from app.planner.blueprint import back_to, bp, needed_site, selection, shown_run
from app.planner.lists import IDEA_LIST
from app.planner.models import CONTENT_STRUCTURES, CONTENT_TYPES, Idea
from app.sites.current import current_site


@bp.get("/ideas/", endpoint="ideas")
@requires(Permission.PLANNER_READ)
def idea_list() -> str:
    """The site's ideas; the region alone for HTMX."""
    site = current_site()
    if site is None:
        return page_or_partial("planner/ideas.html", "planner/_ideas.html", site=None, page=None)
    account_id = current_account_id()
    return page_or_partial(
        "planner/ideas.html",
        "planner/_ideas.html",
        site=site,
        page=ideas.list_ideas(account_id, site.id, request.args),
        filters=IDEA_LIST.read(request.args),
        list_spec=IDEA_LIST,
        waiting=ideas.count_open(account_id, site.id, request.args),
        clusters=clusters.names(account_id, site.id),
        types=CONTENT_TYPES,
        structures=CONTENT_STRUCTURES,
        run=shown_run(("generate_ideas",), site),
    )


@bp.get("/ideas/<int:idea_id>/edit/")
@requires(Permission.PLANNER_WRITE)
def edit_idea(idea_id: int) -> Any:
    """The form of one idea."""
    return _edit(owned(Idea, idea_id, current_account_id()))


def _edit(idea: Idea, status: int = 200, error: DomainError | None = None) -> Any:
    return render_template(
        "planner/edit_idea.html",
        idea=idea,
        error=error,
        values=request.form,
        types=CONTENT_TYPES,
        structures=CONTENT_STRUCTURES,
    ), status


@bp.post("/ideas/<int:idea_id>/edit/")
@requires(Permission.PLANNER_WRITE)
def update_idea(idea_id: int) -> Any:
    """Save an idea; 422 with the form when something is wrong."""
    idea = owned(Idea, idea_id, current_account_id())
    try:
        ideas.update_idea(idea, request.form)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _edit(owned(Idea, idea_id, current_account_id()), 422, error)
    toast("Saved.")
    return redirect_to(url_for("planner.ideas"))


@bp.post("/ideas/delete/")
@requires(Permission.PLANNER_WRITE)
def delete_ideas() -> Any:
    """Delete the selected ideas."""
    chosen = selection().required("idea")
    gone = actions.delete_ideas(current_account_id(), current_actor(), needed_site().id, chosen)
    db.session.commit()
    toast(f"Deleted {many(gone, 'idea')}.{missing_rows_sentence(chosen.missing(gone))}")
    return redirect_to(back_to("planner.ideas"))
