"""Tasks in the browser: the list, tasks from ideas, generating drafts, assigning many."""

from datetime import date
from typing import Any

from flask import render_template, request, url_for

from app.accounts import members
from app.ai import charging
from app.core.access import current_account_id, current_actor, requires
from app.core.extensions import db
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.languages import NN_, gettext, local_date, ngettext
from app.core.listing.selection import Selection
from app.core.listing.spec import PAGE_SIZES
from app.core.permissions import Permission
from app.core.request_ids import ids_of
from app.core.wording import counted, left_out_sentence, missing_rows_sentence, sentences
from app.planner.clusters import services as clusters
from app.planner.models import CONTENT_TYPES
from app.saved_views.batch_form import ask_first, back_to, selection, shown_run
from app.saved_views.current import arranged
from app.sites.current import current_site, needed_site
from app.sites.models import Site
from app.writer import actions, assignments, progress, services
from app.writer.blueprint import bp
from app.writer.models import Task
from app.writer.run_kinds import GENERATE_DRAFTS

NOT_THERE = NN_("%(num)s not there any more", "%(num)s not there any more")


@bp.get("/tasks/", endpoint="tasks")
@requires(Permission.WRITER_READ)
def task_list() -> str:
    """The site's tasks; the region alone for HTMX."""
    site = current_site()
    if site is None:
        return page_or_partial("writer/tasks.html", "writer/_tasks.html", site=None, page=None)
    account_id = current_account_id()
    shown = arranged("tasks")
    page = services.list_tasks(account_id, site.id, shown.values)
    return page_or_partial(
        "writer/tasks.html",
        "writer/_tasks.html",
        site=site,
        page=page,
        types=CONTENT_TYPES,
        filters=services.TASK_LIST.read(request.args),
        arranged=shown,
        list_spec=shown.spec,
        clusters=clusters.cluster_choices(account_id, site.id, request.args.get("cluster", "")),
        waiting=services.count_queued(account_id, site.id, request.args, page),
        price=charging.price_quote(account_id, "content"),
        run=shown_run((GENERATE_DRAFTS,), site),
        people=members.editors_of_site(account_id, site.id),
        own_id=current_actor().id,
        today=assignments.today_of(site),
        **_states(site, page.items),
    )


def _states(site: Site, tasks: list[Task]) -> dict[str, Any]:
    newest = progress.newest_run(site.account_id, site.id)
    active = newest is not None and newest.is_active
    return {"states": progress.task_states(site.account_id, tasks, newest), "writing": active}


@bp.get("/tasks/states/")
@requires(Permission.WRITER_READ)
def task_states() -> str:
    """The states of the tasks `?ids=1,2`, swapped into their rows; polls itself while drafts are written."""
    site = needed_site()
    ids = ids_of(request.args.get("ids", "").split(","))[: max(PAGE_SIZES)]
    tasks = services.tasks_of_ids(site.account_id, site.id, ids)
    return render_template("writer/_states.html", tasks=tasks, **_states(site, tasks))


@bp.post("/tasks/from-ideas/")
@requires(Permission.PLANNER_WRITE)
def create_tasks() -> Any:
    """Make tasks of the selected ideas, or of all listed ones that have none yet when none is selected."""
    chosen = selection()
    ask_first(chosen, "idea")
    tasks = actions.create_tasks(current_account_id(), needed_site().id, chosen)
    db.session.commit()
    if tasks.made:
        had = NN_("%(num)s had one already.", "%(num)s had one already.")
        toast(
            sentences(
                counted(tasks.made, NN_("Created %(num)s task.", "Created %(num)s tasks.")),
                counted(tasks.had, had) if tasks.had else "",
                missing_rows_sentence(tasks.missing),
            )
        )
        return redirect_to(url_for("writer.tasks"))
    toast(
        gettext("Each of these ideas has a task already.")
        if tasks.had
        else gettext("There is no idea without a task in this list."),
        "info",
    )
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
        toast(
            gettext("There is no task to start among these: they are being written already.")
            if start.left
            else gettext("There is no task to start among these: their drafts are written."),
            "info",
        )
        return redirect_to(back_to("writer.tasks"))
    busy = NN_("%(num)s written or being written", "%(num)s written or being written")
    if rest := left_out_sentence([(start.left, busy), (start.missing, NOT_THERE)]):
        writing = counted(start.count, NN_("Writing %(num)s draft.", "Writing %(num)s drafts."))
        toast(sentences(writing, rest), "info")
    return redirect_to(back_to("writer.tasks", run=start.run.id, status=None))  # written tasks stay in sight


@bp.post("/tasks/assign/")
@requires(Permission.WRITER_WRITE)
def assign_tasks() -> Any:
    """Give the selected tasks to a member, or to nobody."""
    chosen, site = selection(), needed_site()
    changed = actions.assign_tasks(
        current_account_id(), current_actor(), site.id, chosen, request.form.get("assignee", "")
    )
    db.session.commit()
    words = counted(changed.count, NN_("Assigned %(num)s task.", "Assigned %(num)s tasks."))
    return _report_changes(chosen, changed, words)


@bp.post("/tasks/due/")
@requires(Permission.WRITER_WRITE)
def set_due_date() -> Any:
    """Set or clear the due date of the selected tasks."""
    chosen, site, day = selection(), needed_site(), assignments.chosen_day(request.form)
    changed = actions.set_due_date(current_account_id(), current_actor(), site.id, chosen, day)
    db.session.commit()
    return _report_changes(chosen, changed, _due_words(changed.count, day))


def _due_words(count: int, day: date | None) -> str:
    if day is None:
        return counted(count, NN_("%(num)s task now without a due date.", "%(num)s tasks now without a due date."))
    return ngettext(
        "%(num)s task now due on %(day)s.",
        "%(num)s tasks now due on %(day)s.",
        count,
        day=local_date(day),
    )


def _report_changes(chosen: Selection, changed: actions.TasksChanged, words: str) -> Any:
    """Say what was changed and what was left out, and go back to the list as it was filtered."""
    same = NN_("%(num)s so already", "%(num)s so already")
    rest = [(changed.found - changed.count, same), (chosen.missing(changed.found), NOT_THERE)]
    toast(sentences(words, left_out_sentence(rest)), changed=changed.count)
    return redirect_to(back_to("writer.tasks"))


@bp.post("/tasks/delete/")
@requires(Permission.WRITER_WRITE)
def delete_tasks() -> Any:
    """Delete the selected tasks; drafts made of them stay."""
    chosen = selection().required("task")
    count = actions.delete_tasks(current_account_id(), current_actor(), needed_site().id, chosen)
    db.session.commit()
    deleted = NN_("Deleted %(num)s task. Drafts made of it stay.", "Deleted %(num)s tasks. Drafts made of them stay.")
    toast(sentences(counted(count, deleted), missing_rows_sentence(chosen.missing(count))), changed=count)
    return redirect_to(back_to("writer.tasks"))
