"""One task in the browser: a new one, changes, deleting it."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for

from app.accounts import members
from app.core.access import current_account_id, current_actor, offers, requires
from app.core.edits import EditConflict, differing, etag
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.request_ids import parse_id
from app.core.tenancy import owned
from app.planner.clusters import services as clusters
from app.planner.ideas.routes import LABELS as PLAN_LABELS
from app.planner.models import CONTENT_STRUCTURES, CONTENT_TYPES
from app.sites.current import current_site, needed_site, work_on
from app.writer import actions, keyword_picks, task_edits
from app.writer.blueprint import bp
from app.writer.briefs.services import find_draft
from app.writer.models import Task

LABELS = PLAN_LABELS | {"keywords": "Keywords", "assignee": "Assignee", "due_on": "Due", "note": "Note"}
Fields = list[tuple[str, str]]


@bp.get("/tasks/new/")
@requires(Permission.WRITER_WRITE)
def new_task() -> Any:
    """The form of a new task, in the cluster `?cluster` when it is named."""
    return _new_task(request.args)


@bp.post("/tasks/new/")
@requires(Permission.WRITER_WRITE)
def create_task() -> Any:
    """Make a task; 422 with the form when something is wrong."""
    site = needed_site()
    try:
        task = task_edits.create_task(current_account_id(), site.id, request.form)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _new_task(request.form, error)
    toast(gettext("“%(title)s” waits to be written.", title=task.title))
    return redirect_to(url_for("writer.tasks"))


def _new_task(values: Mapping[str, str], error: DomainError | None = None) -> Any:
    site = current_site()
    context = _choices(site.account_id, site.id, values) if site else {}
    page = render_template("writer/new_task.html", site=site, values=values, error=error, **context)
    return page, error.status if error else 200


@bp.get("/tasks/keywords/")
@requires(Permission.WRITER_READ)
def find_task_keywords() -> str:
    """Keywords of the site that contain `?q=`, those of `?cluster=` first, as options to choose from (a fragment)."""
    site, words = needed_site(), request.args.get("q", "").strip()
    cluster_id = parse_id(request.args.get("cluster"))
    keywords = keyword_picks.find_keywords(site.account_id, site.id, cluster_id, words)
    return render_template("writer/_found_keywords.html", keywords=keywords, cluster_id=cluster_id, words=words)


@bp.get("/tasks/<int:task_id>/edit/")
@requires(Permission.WRITER_READ)
def edit_task(task_id: int) -> Any:
    """One task; read-only for people who may not change it."""
    task = owned(Task, task_id, current_account_id())
    stored = task_edits.stored_task(task)
    return _edit(task, stored, etag(stored))


@bp.post("/tasks/<int:task_id>/edit/")
@requires(Permission.WRITER_WRITE)
def update_task(task_id: int) -> Any:
    """Save a task: 422 with the fields that are wrong, 409 when somebody else saved meanwhile."""
    account_id, expected = current_account_id(), request.form.get("etag")
    try:
        task_edits.update_task(account_id, task_id, request.form, expected=expected)
        db.session.commit()
    except NotFound:
        raise
    except DomainError as error:
        db.session.rollback()
        return _refused(owned(Task, task_id, account_id), expected or "", error)
    toast(gettext("Saved."))
    return redirect_to(url_for("writer.edit_task", task_id=task_id))


@bp.post("/tasks/<int:task_id>/delete/")
@requires(Permission.WRITER_WRITE)
def delete_task(task_id: int) -> Any:
    """Delete one task; a draft that was made of it stays."""
    task = owned(Task, task_id, current_account_id())
    title = task.title
    actions.delete_tasks(task.account_id, current_actor(), task.site_id, Selection([task_id]))
    db.session.commit()
    toast(gettext("Deleted the task “%(title)s”.", title=title))
    return redirect_to(url_for("writer.tasks"))


def _refused(task: Task, expected: str, error: DomainError) -> Any:
    """The form with what was typed and why it was not saved; the next save replaces what somebody else saved."""
    if not isinstance(error, EditConflict):
        return _edit(task, request.form, expected, error)
    stored = task_edits.stored_task(task)
    names = {
        "cluster": task.cluster.name,
        "keywords": ", ".join(keyword.keyword for keyword in task.keywords),
        "assignee": task.assignee.name if task.assignee else gettext("Nobody"),
    }
    return _edit(task, request.form, etag(stored), error, differing(stored, request.form, LABELS, names))


def _edit(
    task: Task, values: Mapping[str, Any], tag: str, error: DomainError | None = None, theirs: Fields | None = None
) -> Any:
    work_on(task.site_id, "writer.tasks")
    return render_template(
        "writer/edit_task.html",
        task=task,
        values=values,
        tag=tag,
        error=error,
        theirs=theirs,
        draft=find_draft(task),
        may_edit=offers(Permission.WRITER_WRITE),
        **_choices(task.account_id, task.site_id, values, task),
    ), error.status if error else 200


def _choices(account_id: int, site_id: int, values: Mapping[str, Any], task: Task | None = None) -> dict[str, Any]:
    """The options of the fields; the present assignee is among them, even if they lost access to the site."""
    people = members.editors_of_site(account_id, site_id)
    if task and task.assignee and task.assignee_id not in dict(people):
        people.append((task.assignee.id, gettext("%(name)s (no access any more)", name=task.assignee.name)))
    return {
        "picked": keyword_picks.picked_keywords(account_id, site_id, values),
        "picks": bool(task and task.picks_keywords),
        "clusters": clusters.cluster_choices(account_id, site_id, str(values.get("cluster", ""))),
        "people": people,
        "own_id": current_actor().id,
        "types": CONTENT_TYPES,
        "structures": CONTENT_STRUCTURES,
    }
