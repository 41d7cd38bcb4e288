"""A site's link plan in the browser."""

from typing import Any

from flask import render_template, request, url_for

from app.content.models import Content
from app.core.access import current_account_id, current_actor, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.listing.selection import Selection, filters_of
from app.core.tenancy import owned
from app.core.wording import Changed
from app.linker.blueprint import bp
from app.linker.models import LinkBatch
from app.linker.permissions import LinkerPermission
from app.linker.plan import actions, listing
from app.linker.plan.drawing import HEIGHT, WIDTH
from app.linker.plan.listing import KIND_LABELS, LINK_PLAN_LIST, STATE_LABELS
from app.linker.plan.models import LinkRepair
from app.linker.plan.wording import change_of, problem_of
from app.linker.run_kinds import APPLY_LINK_PLAN, PLAN_LINKS
from app.saved_views.batch_form import selection, shown_run
from app.sites.current import current_site, needed_site


@bp.get("/plan/")
@requires(LinkerPermission.READ)
def show_plan() -> str:
    """The link plan of the present site: figures before and after, the picture of its links, and the list."""
    site = current_site()
    if site is None:
        return render_template("content/no_site.html")
    query = LINK_PLAN_LIST.read(request.args)
    partial = {
        "site": site,
        "query": query,
        "list_spec": LINK_PLAN_LIST,
        "page": listing.list_plan_rows(site.account_id, site.id, query),
        "waiting": listing.count_open(site.account_id, site.id, query),
        "problem_of": problem_of,
        "change_of": change_of,
        "kinds": KIND_LABELS,
        "states": STATE_LABELS,
    }
    if is_partial_request():
        return render_template("linker/_plan_rows.html", **partial)
    plan = listing.link_plan_of(site)
    return page_or_partial(
        "linker/plan.html",
        "linker/_plan_rows.html",
        **partial,
        plan=plan,
        changed=listing.changed_since(plan) if plan else 0,
        counts=listing.count_kinds(site.account_id, site.id) if plan else {},
        run=shown_run((PLAN_LINKS, APPLY_LINK_PLAN), site),
        width=WIDTH,
        height=HEIGHT,
    )


@bp.post("/plan/make/")
@requires(LinkerPermission.WRITE)
def make_plan() -> Any:
    """Make the plan anew."""
    site = needed_site()
    run = actions.start_link_plan(site.account_id, current_actor(), site.id)
    db.session.commit()
    return redirect_to(url_for("linker.show_plan", run=run.id))


@bp.post("/plan/apply/")
@requires(LinkerPermission.WRITE)
def apply_plan() -> Any:
    """Do what is chosen: rows, all that match, or, if the person was asked, all of the list that are open."""
    site, chosen = needed_site(), selection("ids")
    if request.form.get("on_all") != "yes":
        chosen = chosen.required("change")
    if chosen.is_empty:
        chosen = Selection(all_matching=True, filters={**filters_of(request.form.get("filter")), "state": "open"})
    applied = actions.apply_link_plan(site.account_id, current_actor(), site.id, chosen)
    db.session.commit()
    return redirect_to(url_for("linker.show_plan", run=applied.run.id))


@bp.post("/repairs/<int:repair_id>/undo/")
@requires(LinkerPermission.WRITE)
def undo_repair(repair_id: int) -> Any:
    """Put a mended link back as it was."""
    account_id = current_account_id()
    repair = owned(LinkRepair, repair_id, account_id)
    content_id, batch_id = repair.content_id, repair.batch_id
    done = actions.undo_repair(account_id, current_actor(), repair_id)
    return _answer(done, content_id, batch_id)


@bp.post("/contents/<int:content_id>/repairs/undo/")
@requires(LinkerPermission.WRITE)
def undo_repairs(content_id: int) -> Any:
    """Put the mended links that the page showed back, `ids`."""
    account_id = current_account_id()
    owned(Content, content_id, account_id)
    ids = selection("ids").required("link").ids
    done = actions.undo_repairs_of(account_id, current_actor(), content_id, ids)
    return _answer(done, content_id, None)


def _answer(done: Changed, content_id: int, batch_id: int | None) -> Any:
    db.session.commit()
    toast(done.message, changed=done.count)
    if request.form.get("page") == "batch" and batch_id is not None:
        batch = owned(LinkBatch, batch_id, current_account_id())
        return redirect_to(url_for("linker.show_batch", linking_id=batch.id))
    return redirect_to(url_for("linker.show_content", content_id=content_id))
