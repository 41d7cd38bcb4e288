"""Tasks in the browser: the list, a new one, tasks from ideas, generating drafts."""

from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for

from app.ai import charging
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.request_ids import ids_of
from app.core.wording import left_out_sentence, many, missing_rows_sentence
from app.planner import clusters
from app.planner.blueprint import ask_first, back_to, needed_site, selection, shown_run
from app.planner.models import CONTENT_STRUCTURES, CONTENT_TYPES
from app.sites.current import current_site
from app.sites.models import Site
from app.writer import actions, progress, services
from app.writer.models import Task
from app.writer.run_kinds import GENERATE_DRAFTS

bp = Blueprint("writer", __name__, url_prefix="/writer")


@bp.get("/tasks/", endpoint="tasks")
@requires(Permission.WRITER_READ)
def task_list() -> str:
    """The site's tasks; the region alone for HTMX."""
    site = current_site()
    if site is None:
        return page_or_partial("writer/tasks.html", "writer/_tasks.html", site=None, page=None)
    account_id = current_account_id()
    page = services.list_tasks(account_id, site.id, request.args)
    return page_or_partial(
        "writer/tasks.html",
        "writer/_tasks.html",
        site=site,
        page=page,
        types=CONTENT_TYPES,
        filters=services.TASK_LIST.read(request.args),
        list_spec=services.TASK_LIST,
        clusters=clusters.names(account_id, site.id),
        waiting=services.count_queued(account_id, site.id, request.args),
        price=charging.price_quote(current_app.config, account_id, "content"),
        run=shown_run((GENERATE_DRAFTS.name,), site),
        **_states(site, page.items),
    )


def _states(site: Site, tasks: list[Task]) -> dict[str, Any]:
    newest = progress.newest_run(site.account_id, site.id)
    active = newest is not None and newest.is_active
    return {"states": progress.states(site.account_id, tasks, newest), "writing": active}


@bp.get("/tasks/states/")
@requires(Permission.WRITER_READ)
def task_states() -> str:
    """The states of the tasks `?ids=1,2`, swapped into their rows; polls itself while drafts are written."""
    site = needed_site()
    ids = ids_of(request.args.get("ids", "").split(","))[: services.TASK_LIST.per_page]
    wanted = services.chosen(site.account_id, site.id, Selection(ids))
    tasks = list(db.session.scalars(db.select(Task).where(*wanted)))
    return render_template("writer/_states.html", tasks=tasks, **_states(site, tasks))


@bp.get("/tasks/new/")
@requires(Permission.WRITER_WRITE)
def new_task() -> Any:
    """The page to make a task by hand."""
    return _new_task()


def _new_task(status: int = 200, error: DomainError | None = None) -> Any:
    site = current_site()
    names = clusters.names(current_account_id(), site.id) if site else []
    return render_template(
        "writer/new_task.html",
        site=site,
        clusters=names,
        types=CONTENT_TYPES,
        structures=CONTENT_STRUCTURES,
        error=error,
        values=request.values,
    ), status


@bp.post("/tasks/new/")
@requires(Permission.WRITER_WRITE)
def create_task() -> Any:
    """Make a task; 422 with the form when something is wrong."""
    site = needed_site()
    try:
        task = services.create_task(current_account_id(), site.id, request.form)
        db.session.commit()
    except DomainError as error:
        if error.status == 404:
            raise
        db.session.rollback()
        return _new_task(422, error)
    toast(f"“{task.title}” waits to be written.")
    return redirect_to(url_for("writer.tasks"))


@bp.post("/tasks/from-ideas/")
@requires(Permission.PLANNER_WRITE)
def create_tasks() -> Any:
    """Make tasks of the selected ideas, or of all listed ones that have none yet when none is selected."""
    chosen = selection()
    ask_first(chosen, "idea")
    tasks = actions.create_tasks(current_account_id(), needed_site().id, chosen)
    db.session.commit()
    if tasks.made:
        had = f" {tasks.had:,} had one already." if tasks.had else ""
        toast(f"Created {many(tasks.made, 'task')}.{had}{missing_rows_sentence(tasks.missing)}")
        return redirect_to(url_for("writer.tasks"))
    there = "Each of these ideas has a task already." if tasks.had else "There is no idea without a task in this list."
    toast(there, "info")
    return redirect_to(back_to("planner.ideas"))


@bp.post("/tasks/generate/")
@requires(Permission.WRITER_WRITE)
def generate_drafts() -> Any:
    """Write the selected queued tasks, or all listed ones when none is selected."""
    chosen = selection()
    ask_first(chosen, "task")
    start = actions.start_drafts(current_account_id(), current_actor(), needed_site().id, chosen)
    db.session.commit()
    if start.run is None:
        done = "they are being written already" if start.left else "their drafts are written"
        toast(f"There is no task to start among these: {done}.", "info")
        return redirect_to(back_to("writer.tasks"))
    if words := left_out_sentence([(start.left, "written or being written"), (start.missing, "not there any more")]):
        toast(f"Writing {many(start.count, 'draft')}.{words}", "info")
    return redirect_to(back_to("writer.tasks", run=start.run.id, status=None))  # written tasks stay in sight


@bp.post("/tasks/delete/")
@requires(Permission.WRITER_WRITE)
def delete_tasks() -> Any:
    """Delete the selected tasks; drafts made of them stay."""
    chosen = selection().required("task")
    gone = actions.delete_tasks(current_account_id(), current_actor(), needed_site().id, chosen)
    db.session.commit()
    toast(f"Deleted {many(gone, 'task')}. Drafts made of them stay.{missing_rows_sentence(chosen.missing(gone))}")
    return redirect_to(back_to("writer.tasks"))
