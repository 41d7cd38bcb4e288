"""The clusters of a site, and one cluster."""

from typing import Any

from flask import current_app, render_template, request, url_for

from app.ai import charging
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.request_ids import id_of
from app.core.runs import Run
from app.core.wording import many
from app.planner import actions, changes, clusters, ideas, keywords
from app.planner.blueprint import back_to, bp, needed_site, selection, shown_run
from app.planner.lists import CLUSTER_LIST
from app.planner.prices import clustering_price
from app.planner.treemap import Tile, treemap
from app.sites.current import current_site
from app.sites.models import Site

MAP_TILES, NARROW_TILES = 40, 16
CLUSTER_KEYWORDS = 500
WIDE, NARROW = (1160.0, 300.0), (343.0, 420.0)


@bp.get("/clusters/", endpoint="clusters")
@requires(Permission.PLANNER_READ)
def cluster_list() -> str:
    """The site's clusters as a map and a table; the region alone for HTMX."""
    site = current_site()
    if site is None:
        return page_or_partial("planner/clusters.html", "planner/_clusters.html", site=None, page=None)
    account_id = current_account_id()
    waiting = keywords.unclustered(account_id, site.id)
    return page_or_partial(
        "planner/clusters.html",
        "planner/_clusters.html",
        site=site,
        page=clusters.list_clusters(account_id, site.id, request.args),
        filters=CLUSTER_LIST.read(request.args),
        list_spec=CLUSTER_LIST,
        map=cluster_map(site),
        uncovered=clusters.without_content(account_id, site.id),
        last=changes.last(account_id, site.id),
        unclustered=waiting,
        price=clustering_price(current_app.config, account_id, waiting),
        names=clusters.names(account_id, site.id),
        run=shown_run(("cluster_keywords", "generate_ideas"), site),
        ideas_price=charging.price_quote(current_app.config, account_id, "ideas"),
    )


def cluster_map(site: Site) -> dict[str, Any] | None:
    """The largest clusters as tiles for a wide and a narrow screen; None below two clusters."""
    rows = clusters.largest(site.account_id, site.id, MAP_TILES)
    if len(rows) < 2:
        return None
    by_volume = any(row.volume for row in rows)
    sizes = [float(row.volume if by_volume else row.keywords) for row in rows]
    labels = [row.cluster.name for row in rows]

    def tiles(count: int, width: float, height: float) -> list[Tile]:
        return treemap(labels[:count], sizes[:count], width, height)

    return {
        "rows": rows,
        "by_volume": by_volume,
        "wide_box": WIDE,
        "narrow_box": NARROW,
        "wide": tiles(MAP_TILES, *WIDE),
        "narrow": tiles(NARROW_TILES, *NARROW),
    }


@bp.get("/clusters/<int:cluster_id>/")
@requires(Permission.PLANNER_READ)
def cluster(cluster_id: int) -> Any:
    """One cluster: description, keywords, ideas, content."""
    return _cluster_page(cluster_id)


def _cluster_page(cluster_id: int, status: int = 200, error: DomainError | None = None) -> Any:
    account_id = current_account_id()
    row = clusters.cluster_of(account_id, cluster_id)
    rows = keywords.in_cluster(row, CLUSTER_KEYWORDS)
    return render_template(
        "planner/cluster.html",
        cluster=row,
        keywords=rows,
        total=keywords.count(keywords.of_cluster(row)),
        volume=keywords.volume(row),
        ideas=ideas.of_cluster(row),
        ideas_total=ideas.count_of(row),
        names=clusters.names(account_id, row.site_id),
        price=charging.price_quote(current_app.config, account_id, "ideas"),
        run=shown_run(("generate_ideas",), None) or _active_ideas(row.id),
        error=error,
        last=changes.last(account_id, row.site_id),
        values=request.form,
    ), status


def _active_ideas(cluster_id: int) -> Run | None:
    active = db.select(Run).where(
        Run.account_id == current_account_id(),
        Run.subject_type == "cluster",
        Run.subject_id == cluster_id,
        Run.state.in_(("queued", "running")),
    )
    found: Run | None = db.session.scalar(active.limit(1))
    return found


@bp.post("/clusters/<int:cluster_id>/")
@requires(Permission.PLANNER_WRITE)
def update_cluster(cluster_id: int) -> Any:
    """Save name and description; 422 with the page when something is wrong."""
    name, description = request.form.get("name", ""), request.form.get("description", "")
    try:
        actions.update_cluster(current_account_id(), current_actor(), cluster_id, name=name, description=description)
        db.session.commit()
    except DomainError as error:
        if is_partial_request():
            raise
        db.session.rollback()
        return _cluster_page(cluster_id, 422, error)
    toast("Saved.")
    return redirect_to(url_for("planner.cluster", cluster_id=cluster_id))


@bp.post("/clusters/<int:cluster_id>/ideas/")
@requires(Permission.PLANNER_WRITE)
def generate_ideas(cluster_id: int) -> Any:
    """Find ideas for one cluster."""
    run = actions.start_ideas(current_account_id(), current_actor(), cluster_id)
    db.session.commit()
    return redirect_to(url_for("planner.cluster", cluster_id=cluster_id, run=run.id))


def _selected() -> list[int]:
    """The clusters ticked: they are acted on by id alone, never "all that match"."""
    return Selection(selection().ids).required("cluster").ids


@bp.post("/clusters/ideas/")
@requires(Permission.PLANNER_WRITE)
def generate_ideas_for() -> Any:
    """Find ideas for the selected clusters."""
    site, ids = needed_site(), _selected()
    run = actions.start_ideas_for_clusters(current_account_id(), current_actor(), site.id, ids)
    db.session.commit()
    return redirect_to(back_to("planner.clusters", run=run.id))


@bp.post("/clusters/merge/")
@requires(Permission.PLANNER_WRITE)
def merge_clusters() -> Any:
    """Merge the selected clusters into the one named by `target`, or into the first selected."""
    ids = _selected()
    target_id = id_of(request.form.get("target")) or ids[0]
    target, dropped = actions.merge_clusters(current_account_id(), current_actor(), ids, target_id)
    db.session.commit()
    doubled = f" Dropped {many(dropped, 'idea')} whose title is there already." if dropped else ""
    toast(f"Merged into “{target.name}”.{doubled}")
    return redirect_to(url_for("planner.cluster", cluster_id=target.id))


@bp.post("/clusters/changes/<int:change_id>/undo/")
@requires(Permission.PLANNER_WRITE)
def undo_change(change_id: int) -> Any:
    """Take back what was done to clusters last."""
    words = actions.undo_change(current_account_id(), current_actor(), change_id)
    db.session.commit()
    toast(f"Undone: {words}.", "info")
    return redirect_to(back_to("planner.keywords" if request.form.get("back") == "keywords" else "planner.clusters"))


@bp.post("/clusters/delete/")
@requires(Permission.PLANNER_WRITE)
def delete_clusters() -> Any:
    """Delete the selected clusters; their keywords become unclustered."""
    try:
        gone = actions.delete_clusters(current_account_id(), current_actor(), _selected())
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status == 404:
            raise
        toast(f"{error.message} {error.cure}", "error")
    else:
        toast(f"Deleted {many(gone, 'cluster')}. Their keywords are unclustered now.")
    return redirect_to(back_to("planner.clusters"))
