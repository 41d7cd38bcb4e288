"""The ideas of a site."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for

from app.core.access import current_account_id, current_actor, offers, requires
from app.core.edits import EditConflict, differing, etag
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.languages import N_, NN_, gettext
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.core.wording import counted, missing_rows_sentence, sentences
from app.planner import actions
from app.planner.blueprint import bp
from app.planner.clusters import services as clusters
from app.planner.ideas import services as ideas
from app.planner.lists import IDEA_LIST
from app.planner.models import CONTENT_STRUCTURES, CONTENT_TYPES, Idea
from app.planner.run_kinds import GENERATE_IDEAS
from app.saved_views.batch_form import back_to, selection, shown_run
from app.saved_views.current import arranged
from app.sites.current import current_site, needed_site, work_on

LABELS = {
    "title": N_("Title"),
    "primary_keyword": N_("Primary keyword"),
    "cluster": N_("Cluster"),
    "content_type": N_("Content type"),
    "content_structure": N_("Structure"),
    "description": N_("Description"),
    "tone": N_("Tone"),
    "country": N_("Target country"),
}


@bp.get("/ideas/", endpoint="ideas")
@requires(Permission.PLANNER_READ)
def idea_list() -> str:
    """The site's ideas; the region alone for HTMX."""
    site = current_site()
    if site is None:
        return page_or_partial("planner/ideas.html", "planner/_ideas.html", site=None, page=None)
    account_id, shown = current_account_id(), arranged("ideas")
    page = ideas.list_ideas(account_id, site.id, shown.values)
    return page_or_partial(
        "planner/ideas.html",
        "planner/_ideas.html",
        site=site,
        page=page,
        filters=IDEA_LIST.read(request.args),
        arranged=shown,
        list_spec=shown.spec,
        waiting=ideas.count_open_ideas(account_id, site.id, request.args, page),
        clusters=clusters.cluster_choices(account_id, site.id, request.args.get("cluster", "")),
        types=CONTENT_TYPES,
        structures=CONTENT_STRUCTURES,
        run=shown_run((GENERATE_IDEAS,), site),
    )


@bp.get("/ideas/new/")
@requires(Permission.PLANNER_WRITE)
def new_idea() -> Any:
    """The form of a new idea, in the cluster `?cluster` when it is named."""
    return _new_idea(request.args)


@bp.post("/ideas/new/")
@requires(Permission.PLANNER_WRITE)
def create_idea() -> Any:
    """Add an idea; 422 or 409 with the form when something is wrong."""
    site = needed_site()
    try:
        idea = ideas.create_idea(current_account_id(), site.id, request.form)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _new_idea(request.form, error.status, error)
    toast(gettext("Added “%(title)s”.", title=idea.title))
    return redirect_to(url_for("planner.edit_idea", idea_id=idea.id))


def _new_idea(values: Mapping[str, str], status: int = 200, error: DomainError | None = None) -> Any:
    site = current_site()
    context = _choices(site.account_id, site.id, values.get("cluster", "")) if site else {}
    return render_template(
        "planner/new_idea.html",
        site=site,
        values=values,
        error=error,
        existing_id=getattr(error, "idea_id", None),
        **context,
    ), status


@bp.get("/ideas/<int:idea_id>/edit/")
@requires(Permission.PLANNER_READ)
def edit_idea(idea_id: int) -> Any:
    """One idea; read-only for people who may not change it."""
    idea = owned(Idea, idea_id, current_account_id())
    stored = ideas.stored_plan(idea)
    return _edit(idea, stored, etag(stored))


def _edit(
    idea: Idea,
    values: Mapping[str, Any],
    tag: str,
    error: DomainError | None = None,
    theirs: list[tuple[str, str]] | None = None,
) -> Any:
    work_on(idea.site_id, "planner.ideas")
    return render_template(
        "planner/edit_idea.html",
        idea=idea,
        values=values,
        tag=tag,
        error=error,
        theirs=theirs,
        existing_id=getattr(error, "idea_id", None),
        may_edit=offers(Permission.PLANNER_WRITE),
        **_choices(idea.account_id, idea.site_id, str(values.get("cluster", ""))),
    ), error.status if error else 200


def _choices(account_id: int, site_id: int, cluster: str) -> dict[str, Any]:
    return {
        "clusters": clusters.cluster_choices(account_id, site_id, cluster),
        "types": CONTENT_TYPES,
        "structures": CONTENT_STRUCTURES,
    }


@bp.post("/ideas/<int:idea_id>/edit/")
@requires(Permission.PLANNER_WRITE)
def update_idea(idea_id: int) -> Any:
    """Save an idea: 422 with the fields that are wrong, 409 when there is another one or somebody else saved."""
    account_id, expected = current_account_id(), request.form.get("etag")
    try:
        ideas.update_idea(account_id, idea_id, request.form, expected=expected)
        db.session.commit()
    except NotFound:
        raise
    except DomainError as error:
        db.session.rollback()
        return _refused(owned(Idea, idea_id, account_id), expected or "", error)
    toast(gettext("Saved."))
    return redirect_to(url_for("planner.edit_idea", idea_id=idea_id))


def _refused(idea: Idea, expected: str, error: DomainError) -> Any:
    """The form with what was typed and why it was not saved; the next save replaces what somebody else saved."""
    if not isinstance(error, EditConflict):
        return _edit(idea, request.form, expected, error)
    stored = ideas.stored_plan(idea)
    theirs = differing(stored, request.form, LABELS, {"cluster": idea.cluster.name})
    return _edit(idea, request.form, etag(stored), error, theirs)


@bp.post("/ideas/<int:idea_id>/delete/")
@requires(Permission.PLANNER_WRITE)
def delete_idea(idea_id: int) -> Any:
    """Delete one idea."""
    idea = owned(Idea, idea_id, current_account_id())
    title = idea.title
    actions.delete_ideas(idea.account_id, current_actor(), idea.site_id, Selection([idea_id]))
    db.session.commit()
    toast(gettext("Deleted “%(title)s”.", title=title))
    return redirect_to(url_for("planner.ideas"))


@bp.post("/ideas/delete/")
@requires(Permission.PLANNER_WRITE)
def delete_ideas() -> Any:
    """Delete the selected ideas."""
    chosen = selection().required("idea")
    count = actions.delete_ideas(current_account_id(), current_actor(), needed_site().id, chosen)
    db.session.commit()
    toast(
        sentences(
            counted(count, NN_("Deleted %(num)s idea.", "Deleted %(num)s ideas.")),
            missing_rows_sentence(chosen.missing(count)),
        ),
        changed=count,
    )
    return redirect_to(back_to("planner.ideas"))
