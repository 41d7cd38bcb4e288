"""The keyword list and what can be done with its rows."""

from typing import Any

from flask import current_app, request, url_for

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.request_ids import id_of
from app.core.wording import left_out_sentence, many, missing_rows_sentence
from app.planner import actions, changes, clusters, keywords, topics
from app.planner.blueprint import ask_first, back_to, bp, needed_site, selection, shown_run
from app.planner.lists import KEYWORD_LIST
from app.planner.prices import clustering_price
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
    page = keywords.list_keywords(account_id, site.id, request.args)
    return page_or_partial(
        "planner/keywords.html",
        "planner/_keywords.html",
        site=site,
        page=page,
        nearest=topics.choices_of(account_id, [row.id for row in page.items if row.cluster_id is None]),
        last=changes.last(account_id, site.id),
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
    site, chosen = needed_site(), selection()
    ask_first(chosen, "keyword")
    start = actions.start_clustering(current_account_id(), current_actor(), site.id, chosen)
    db.session.commit()
    if start.run is None:
        toast("All of these keywords are in clusters already.", "info")
        return redirect_to(back_to("planner.keywords"))
    if start.clustered:
        rest = left_out_sentence([(start.clustered, "in a cluster already")])
        toast(f"Clustering {many(start.waiting, 'keyword')}.{rest}", "info")
    return redirect_to(back_to("planner.keywords", run=start.run.id))


@bp.post("/keywords/delete/")
@requires(Permission.PLANNER_WRITE)
def delete_keywords() -> Any:
    """Delete the selected keywords."""
    site = needed_site()
    chosen = selection().required("keyword")
    gone = actions.delete_keywords(current_account_id(), current_actor(), site.id, chosen)
    db.session.commit()
    toast(f"Deleted {many(gone, 'keyword')}.{missing_rows_sentence(chosen.missing(gone))}")
    return redirect_to(back_to("planner.keywords"))


@bp.post("/keywords/move/")
@requires(Permission.PLANNER_WRITE)
def move_keywords() -> Any:
    """Put the selected keywords into a cluster, a new one, or none. `back` names the cluster page to return to."""
    site, account_id, form = needed_site(), current_account_id(), request.form
    back = id_of(form.get("back"))
    origin = clusters.cluster_of(account_id, back) if back else None
    site_id = origin.site_id if origin else site.id
    chosen = selection()
    moved = _move(site_id, chosen)
    db.session.commit()
    rest = [(moved.found - moved.count, "there already"), (chosen.missing(moved.found), "not of this site any more")]
    toast(f"Moved {many(moved.count, 'keyword')} {moved.where}.{left_out_sentence(rest)}")
    if origin:
        return redirect_to(url_for("planner.cluster", cluster_id=origin.id))
    return redirect_to(back_to("planner.keywords"))


def _move(site_id: int, chosen: Selection) -> actions.KeywordsMoved:
    """Move them as the form says; an error about the cluster's name is one about the form's field for it."""
    target, name = request.form.get("target", ""), request.form.get("new_name", "")
    try:
        return actions.move_keywords(current_account_id(), current_actor(), site_id, chosen, target, name)
    except DomainError as error:
        error.field = "new_name" if error.field == "name" else error.field
        raise
