"""Optimizing in the browser: the panel of the editor, one task with its changes, and the history."""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for

from app.content.models import Content
from app.core.access import current_account_id, current_actor, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import gettext, ngettext
from app.core.request_ids import id_or_none
from app.core.tenancy import owned
from app.optimizer import actions
from app.optimizer.blueprint import bp
from app.optimizer.lists import matching_texts
from app.optimizer.permissions import OptimizerPermission
from app.optimizer.rewrite import changes as proposed
from app.optimizer.rewrite.listing import (
    OPTIMIZATION_LIST,
    STATUS_WORDS,
    list_optimizations,
    newest_optimizations,
    task_under_way,
)
from app.optimizer.rewrite.shown import shown_change
from app.optimizer.rewrite.task_models import ENTRY_POINTS, TEXTS_KEPT_DAYS, OptimizationTask
from app.optimizer.rewrite.work import refused_in
from app.optimizer.run_kinds import OPTIMIZE_CONTENT
from app.publishing.selection import chosen_ids
from app.saved_views.batch_form import selection, shown_run
from app.sites.current import current_site, needed_site, work_on
from app.sites.models import Site

READ, WRITE = OptimizerPermission.READ, OptimizerPermission.WRITE


@bp.get("/tasks/")
@requires(READ)
def optimizations() -> str:
    """What was optimized on the present site; the region alone for HTMX."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    return page_or_partial(
        "optimizer/tasks.html",
        "optimizer/_tasks.html",
        site=site,
        page=list_optimizations(current_account_id(), site.id, request.args),
        list_spec=OPTIMIZATION_LIST,
        filters=OPTIMIZATION_LIST.read(request.args),
        run=shown_run((OPTIMIZE_CONTENT,), site),
        statuses=[(key, gettext(words)) for key, words in STATUS_WORDS.items()],
        entry_points=[(key, gettext(words)) for key, words in ENTRY_POINTS.items()],
    )


@bp.post("/optimize/")
@requires(WRITE)
def optimize() -> Any:
    """Start proposing changes for the contents with the form's `ids`, or all that match the filters of the scores."""
    site = needed_site()
    chosen = selection("ids").required("text")
    ids = matching_texts(site.account_id, site.id, chosen.filters) if chosen.all_matching else chosen.ids
    return _started(site, ids)


@bp.post("/optimize/contents/")
@requires(WRITE)
def optimize_contents() -> Any:
    """The same from the Content Manager: the form's `content_ids`, or all that match the filters of that list."""
    return _started(needed_site(), chosen_ids())


def _started(site: Site, ids: Sequence[int]) -> Any:
    started = actions.start_optimizing(site.account_id, current_actor(), site.id, ids)
    db.session.commit()
    if started.left_out:
        words = ngettext("%(num)s text was left out.", "%(num)s texts were left out.", started.left_out)
        toast(words, "info")
    if len(started.task_ids) == 1:
        return redirect_to(url_for("optimizer.optimization", optimization_id=started.task_ids[0]))
    return redirect_to(url_for("optimizer.optimizations", site=site.id, run=started.run.id))


@bp.get("/<int:content_id>/optimize/")
@requires(READ)
def optimize_panel(content_id: int) -> str:
    """The panel of the editor: what it costs, the button, and what was proposed last."""
    content = owned(Content, content_id, current_account_id())
    work_on(content.site_id)
    rows = newest_optimizations(content.account_id, content.id)
    return page_or_partial(
        "optimizer/optimize.html",
        "optimizer/_optimize.html",
        content=content,
        rows=rows,
        task=task_under_way(rows),
        status_words=STATUS_WORDS,
        price=actions.optimizing_price(content.account_id, [content.id]),
    )


@bp.get("/tasks/<int:optimization_id>/")
@requires(READ)
def optimization(optimization_id: int) -> str:
    """One task: its scores, and each change to accept or reject."""
    return _task_page(optimization_id)


def _task_page(optimization_id: int) -> str:
    task = owned(OptimizationTask, optimization_id, current_account_id())
    work_on(task.content.site_id)
    changes = proposed.read_changes(task.changes)
    return page_or_partial(
        "optimizer/task.html",
        "optimizer/_task.html",
        task=task,
        content=task.content,
        changes=[shown_change(change) for change in changes],
        counts={state: len(proposed.in_states(changes, state)) for state in (*proposed.DECISIONS, *proposed.SETTLED)},
        refused=refused_in(task),
        entry_points=ENTRY_POINTS,
        status_words=STATUS_WORDS,
        kept_days=TEXTS_KEPT_DAYS,
    )


@bp.post("/tasks/<int:optimization_id>/decide/")
@requires(WRITE)
def decide_change(optimization_id: int) -> Any:
    """Accept, reject or reopen the form's `change`, or all that wait; `decision` says which."""
    change = id_or_none(request.form.get("change"))
    ids, decision = None if change is None else [change], request.form.get("decision", "")
    actions.decide_changes(current_account_id(), current_actor(), optimization_id, ids, decision)
    db.session.commit()
    return _decided_page(optimization_id)


@bp.post("/tasks/<int:optimization_id>/use/")
@requires(WRITE)
def use_changes(optimization_id: int) -> Any:
    """Make the accepted changes in the content."""
    _made, words = actions.use_changes(current_account_id(), current_actor(), optimization_id)
    db.session.commit()
    toast(words)
    return _decided_page(optimization_id)


@bp.post("/tasks/<int:optimization_id>/undo/")
@requires(WRITE)
def undo_changes(optimization_id: int) -> Any:
    """Take the changes out of the content again."""
    _made, words = actions.undo_changes(current_account_id(), current_actor(), optimization_id)
    db.session.commit()
    toast(words)
    return _decided_page(optimization_id)


def _decided_page(optimization_id: int) -> Any:
    if is_partial_request():
        return _task_page(optimization_id)
    return redirect_to(url_for("optimizer.optimization", optimization_id=optimization_id))
