"""Tasks in the browser: the list, a new one, tasks from ideas, generating drafts."""

from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for

from app.ai import charging
from app.core import audit
from app.core.access import current_account_id, current_user_id, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.listing.selection import Selection, fingerprint
from app.core.permissions import Permission
from app.core.request_ids import ids_of
from app.core.runs import Run, start_run
from app.core.wording import left_out, many, not_there
from app.planner import clusters
from app.planner.blueprint import ask_first, back_to, needed_site, selection, shown_run
from app.planner.models import CONTENT_STRUCTURES, CONTENT_TYPES
from app.sites.current import current_site
from app.sites.models import Site
from app.writer import progress, services
from app.writer.models import Task
from app.writer.run_kinds import GENERATE_DRAFTS

bp = Blueprint("writer", __name__, url_prefix="/writer")
ALL_IDEAS = 200


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
        price=charging.quote(current_app.config, account_id, "content"),
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
    site, chosen, account_id = needed_site(), selection(), current_account_id()
    if chosen.is_empty:
        ask_first(chosen, "idea")
        chosen = Selection(all_matching=True, filters={**chosen.filters, "state": "open"})
        waiting = services.count_ideas(account_id, site.id, chosen)
        if waiting > ALL_IDEAS:
            raise DomainError(
                f"No idea is selected, and {waiting:,} are listed.",
                code="NOTHING_SELECTED",
                cure="Select the ideas that should become tasks.",
            )
    made, had = services.create_from_ideas(account_id, site.id, chosen)
    gone = not_there(chosen.missing(made + had))
    db.session.commit()
    if made:
        toast(f"Created {many(made, 'task')}.{f' {had:,} had one already.' if had else ''}{gone}")
        return redirect_to(url_for("writer.tasks"))
    toast("Each of these ideas has a task already." if had else "There is no idea without a task in this list.", "info")
    return redirect_to(back_to("planner.ideas"))


@bp.post("/tasks/generate/")
@requires(Permission.WRITER_WRITE)
def generate_drafts() -> Any:
    """Write the selected queued tasks, or all listed ones when none is selected."""
    site, chosen, account_id = needed_site(), selection(), current_account_id()
    everything = chosen.is_empty
    if everything:
        ask_first(chosen, "task")
        chosen = Selection(all_matching=True, filters=chosen.filters)
    under_way = progress.under_way(account_id, site.id)
    ids = services.queued_ids(account_id, site.id, chosen, without=under_way)
    if not ids:
        again = bool(services.queued_ids(account_id, site.id, chosen))
        done = "they are being written already" if again else "their drafts are written"
        toast(f"There is no task to start among these: {done}.", "info")
        return redirect_to(back_to("writer.tasks"))
    _check_amount(len(ids), everything)
    run = _start(site, ids)
    charging.put_aside(current_app.config, run, "content", len(ids))
    db.session.commit()
    _say_left_out(len(ids), chosen, everything)
    return redirect_to(back_to("writer.tasks", run=run.id, status=None))  # written tasks stay in sight


def _say_left_out(count: int, chosen: Selection, everything: bool) -> None:
    """A word about selected tasks that need no draft, or are gone."""
    if everything:
        return
    found = services.count_tasks(current_account_id(), needed_site().id, chosen)
    rest = [(found - count, "written or being written"), (chosen.missing(found), "not there any more")]
    if words := left_out(rest):
        toast(f"Writing {many(count, 'draft')}.{words}", "info")


def _check_amount(count: int, everything: bool) -> None:
    limit = services.ALL_TASKS if everything else services.MAX_AT_ONCE
    if count > limit:
        what = "No task is selected, and" if everything else "At most 500 drafts can be written at once, and"
        raise DomainError(
            f"{what} {'more than ' if count > services.MAX_AT_ONCE else ''}"
            f"{min(count, services.MAX_AT_ONCE):,} are queued in this list.",
            code="TOO_MANY_TASKS",
            cure="Select the tasks to write.",
        )


def _start(site: Site, ids: list[int]) -> Run:
    return start_run(
        account_id=site.account_id,
        kind=GENERATE_DRAFTS,
        site_id=site.id,
        title=f"Writing {many(len(ids), 'draft')}",
        actor_id=current_user_id(),
        params={"task_ids": ids},
        total=len(ids),
        exclusive_key=f"{GENERATE_DRAFTS.name}:{site.id}:{fingerprint(ids)}",
        subject_type="task" if len(ids) == 1 else None,
        subject_id=ids[0] if len(ids) == 1 else None,
    )


@bp.post("/tasks/delete/")
@requires(Permission.WRITER_WRITE)
def delete_tasks() -> Any:
    """Delete the selected tasks; drafts made of them stay."""
    chosen = selection().required("task")
    gone = services.delete_tasks(current_account_id(), needed_site().id, chosen)
    audit.record(current_account_id(), "deleted.tasks", before={"tasks": gone})
    db.session.commit()
    toast(f"Deleted {many(gone, 'task')}. Drafts made of them stay.{not_there(chosen.missing(gone))}")
    return redirect_to(back_to("writer.tasks"))
