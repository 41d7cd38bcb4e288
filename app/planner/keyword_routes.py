"""The keyword list and what can be done with its rows."""

from typing import Any

from flask import current_app, request, url_for

from app.ai import charging
from app.core import audit
from app.core.access import current_account_id, current_user_id, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.permissions import Permission
from app.core.request_ids import id_of
from app.core.runs import start_run
from app.core.wording import left_out, many, not_there
from app.planner import clusters, keywords
from app.planner.blueprint import ask_first, back_to, bp, needed_site, selection, shown_run
from app.planner.lists import KEYWORD_LIST
from app.planner.models import Cluster
from app.planner.prices import clustering_price, clustering_requests
from app.planner.run_kinds import CLUSTER_KEYWORDS
from app.sites.current import current_site

VOLUMES = [
    ("-99", "under 100"),
    ("100-999", "100 to 999"),
    ("1000-9999", "1,000 to 9,999"),
    ("10000-", "10,000 or more"),
]
DIFFICULTIES = [("0-29", "0 to 29"), ("30-49", "30 to 49"), ("50-69", "50 to 69"), ("70-100", "70 to 100")]
KINDS = ("cluster_keywords", "import_keywords")


@bp.get("/keywords/", endpoint="keywords")
@requires(Permission.PLANNER_READ)
def keyword_list() -> str:
    """The site's keywords; the region alone for HTMX."""
    site = current_site()
    if site is None:
        return page_or_partial("planner/keywords.html", "planner/_keywords.html", site=None, page=None)
    account_id = current_account_id()
    waiting = keywords.unclustered(account_id, site.id)
    return page_or_partial(
        "planner/keywords.html",
        "planner/_keywords.html",
        site=site,
        page=keywords.list_keywords(account_id, site.id, request.args),
        filters=KEYWORD_LIST.read(request.args),
        list_spec=KEYWORD_LIST,
        clusters=clusters.names(account_id, site.id),
        countries=keywords.countries(account_id, site.id),
        unclustered=waiting,
        price=clustering_price(current_app.config, account_id, waiting),
        run=shown_run(KINDS, site),
        volumes=_with_current(VOLUMES, "volume"),
        difficulties=_with_current(DIFFICULTIES, "difficulty"),
    )


def _with_current(ranges: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    """The usual ranges, and the one in the address when somebody wrote their own."""
    current = request.args.get(name, "")
    known = {value for value, _ in ranges}
    return [*ranges, (current, current.replace("-", " to ").strip())] if current and current not in known else ranges


@bp.post("/keywords/cluster/")
@requires(Permission.PLANNER_WRITE)
def cluster_keywords() -> Any:
    """Cluster the selected keywords, or all unclustered ones when none is selected."""
    site, chosen, account_id = needed_site(), selection(), current_account_id()
    ask_first(chosen, "keyword")
    waiting = keywords.count(keywords.unclustered_of(account_id, site.id, chosen))
    placed = 0 if chosen.is_empty else keywords.count(keywords.chosen(account_id, site.id, chosen)) - waiting
    if not waiting:
        toast("All of these keywords are in clusters already.", "info")
        return redirect_to(back_to("planner.keywords"))
    run = start_run(
        account_id=account_id,
        kind=CLUSTER_KEYWORDS,
        site_id=site.id,
        title=f"Clustering {many(waiting, 'keyword')}",
        actor_id=current_user_id(),
        params={"ids": chosen.ids, "all_matching": chosen.all_matching, "filters": dict(chosen.filters)},
        exclusive_key=f"cluster_keywords:{site.id}",
    )
    charging.put_aside(current_app.config, run, "clustering", clustering_requests(current_app.config, waiting))
    db.session.commit()
    if placed:
        toast(f"Clustering {many(waiting, 'keyword')}.{left_out([(placed, 'in a cluster already')])}", "info")
    return redirect_to(back_to("planner.keywords", run=run.id))


@bp.post("/keywords/delete/")
@requires(Permission.PLANNER_WRITE)
def delete_keywords() -> Any:
    """Delete the selected keywords."""
    site = needed_site()
    chosen = selection().required("keyword")
    gone = keywords.delete_keywords(current_account_id(), site.id, chosen)
    audit.record(current_account_id(), "deleted.keywords", subject=site.name, before={"keywords": gone})
    db.session.commit()
    toast(f"Deleted {many(gone, 'keyword')}.{not_there(chosen.missing(gone))}")
    return redirect_to(back_to("planner.keywords"))


def _target(account_id: int, site_id: int) -> Cluster | None:
    """The cluster that the form names; an error about the name is one about the form's field for it."""
    form = request.form
    try:
        return clusters.target_of(account_id, site_id, form.get("target", ""), form.get("new_name", ""))
    except DomainError as error:
        error.field = "new_name" if error.field == "name" else error.field
        raise


@bp.post("/keywords/move/")
@requires(Permission.PLANNER_WRITE)
def move_keywords() -> Any:
    """Put the selected keywords into a cluster, a new one, or none. `back` names the cluster page to return to."""
    site, account_id, form = needed_site(), current_account_id(), request.form
    back = id_of(form.get("back"))
    origin = clusters.cluster_of(account_id, back) if back else None
    site_id = origin.site_id if origin else site.id
    target = _target(account_id, site_id)
    chosen = selection().required("keyword")
    found = keywords.count(keywords.chosen(account_id, site_id, chosen))
    is_new = target is not None and form.get("target") == clusters.NEW
    moved = keywords.move_keywords(account_id, site_id, chosen, target, is_new=is_new)
    where = f"to “{target.name}”" if target else "out of their clusters"
    audit.record(account_id, "bulk.keywords_moved", subject=f"{many(moved, 'keyword')} {where}")
    db.session.commit()
    rest = [(found - moved, "there already"), (chosen.missing(found), "not of this site any more")]
    toast(f"Moved {many(moved, 'keyword')} {where}.{left_out(rest)}")
    if origin:
        return redirect_to(url_for("planner.cluster", cluster_id=origin.id))
    return redirect_to(back_to("planner.keywords"))
