"""The clusters of a site, and one cluster."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import make_response, render_template, request, url_for

from app.ai import charging
from app.core.access import current_account_id, current_actor, requires
from app.core.edits import EditConflict, differing, etag
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import NN_, gettext
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.request_ids import id_or_none, parse_id
from app.core.wording import counted, sentences
from app.planner import actions
from app.planner.blueprint import bp
from app.planner.clusters import changes, figures
from app.planner.clusters import map as cluster_map
from app.planner.clusters import services as clusters
from app.planner.clusters.summary import cluster_summary
from app.planner.ideas import services as ideas
from app.planner.keywords import services as keywords
from app.planner.lists import CLUSTER_LIST
from app.planner.models import Cluster
from app.planner.prices import clustering_price
from app.planner.run_kinds import CLUSTER_KEYWORDS, GENERATE_IDEAS
from app.saved_views.batch_form import back_to, selection, shown_run
from app.saved_views.current import arranged
from app.sites.current import current_site, needed_site, work_on
from app.sites.models import Site

SHOWN_KEYWORDS, SHOWN_IDEAS = 80, 50


@bp.get("/clusters/", endpoint="clusters")
@requires(Permission.PLANNER_READ)
def cluster_list() -> Any:
    """The site's clusters as a map and a table; the region alone for HTMX, which leaves the map as it is zoomed."""
    site = current_site()
    if site is None:
        return page_or_partial("planner/clusters.html", "planner/_clusters.html", site=None, page=None)
    account_id = current_account_id()
    answer = make_response(_clusters_page(site, account_id))
    if is_partial_request() and not _is_reload():
        answer.headers["HX-Push-Url"] = _address({**request.args.to_dict(), "map": _shown_values().get("map", "")})
    return answer


def _is_reload() -> bool:
    """Whether the list reloads itself because a run has ended: then the map is sent too."""
    return request.headers.get("HX-Trigger") == "clusters-region"


def _clusters_page(site: Site, account_id: int) -> str:
    facts, shown = figures.of_site(account_id, site.id), arranged("clusters")
    zoomed = parse_id((_shown_values() if is_partial_request() else request.args).get("map"))
    with_map = _is_reload() or request.endpoint == "planner.cluster_map"
    return page_or_partial(
        "planner/clusters.html",
        "planner/_clusters.html",
        site=site,
        page=clusters.list_clusters(account_id, site.id, shown.values),
        filters=CLUSTER_LIST.read(request.args),
        arranged=shown,
        list_spec=shown.spec,
        map=cluster_map.map_of(account_id, site.id, zoomed) if with_map else None,
        map_waits=not with_map,
        map_of=zoomed,
        uncovered=facts.uncovered,
        last=changes.last_undoable_change(account_id, site.id),
        unclustered=facts.unclustered,
        price=clustering_price(account_id, facts.unclustered),
        names=clusters.cluster_choices(account_id, site.id),
        run=shown_run((CLUSTER_KEYWORDS, GENERATE_IDEAS), site),
        ideas_price=charging.price_quote(account_id, "ideas"),
    )


@bp.get("/clusters/map/", endpoint="cluster_map")
@requires(Permission.PLANNER_READ)
def zoom() -> Any:
    """The map alone for HTMX, zoomed into the cluster `?map` or seen whole; the list beside it stays as it is."""
    zoomed, site = parse_id(request.args.get("map")), current_site()
    if not is_partial_request() or site is None:
        return cluster_list()
    zoomed_map = cluster_map.map_of(site.account_id, site.id, zoomed)
    answer = make_response(render_template("planner/_cluster_map.html", map=zoomed_map))
    shown = _shown_values()
    if shown.get("map", "") != str(zoomed or ""):
        answer.headers["HX-Push-Url"] = _address({**shown, "map": str(zoomed or "")})
    return answer


def _shown_values() -> dict[str, str]:
    """The parameters of the page that HTMX asks from, as its address bar has them."""
    return dict(parse_qsl(urlsplit(request.headers.get("HX-Current-URL", "")).query))


def _address(values: dict[str, str]) -> str:
    """The list's address with these parameters, without empty ones."""
    query = urlencode({key: value for key, value in values.items() if value})
    return url_for("planner.clusters") + (f"?{query}" if query else "")


@bp.get("/clusters/choices/")
@requires(Permission.PLANNER_READ)
def cluster_choices() -> str:
    """The options of a field that chooses one of the site's clusters."""
    site = needed_site()
    return render_template(
        "_options.html", options=clusters.list_cluster_names(site.account_id, site.id, clusters.MOST)
    )


@bp.get("/clusters/new/")
@requires(Permission.PLANNER_WRITE)
def new_cluster() -> Any:
    """The form of a new cluster."""
    return _new_cluster()


@bp.post("/clusters/new/")
@requires(Permission.PLANNER_WRITE)
def create_cluster() -> Any:
    """Make an empty cluster; 422 or 409 with the form when something is wrong."""
    site, form = needed_site(), request.form
    try:
        row = clusters.create_cluster(site.account_id, site.id, form.get("name", ""), form.get("description", ""))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _new_cluster(error)
    toast(gettext("Made the cluster “%(name)s”. Add keywords to it, or ideas.", name=row.name))
    return redirect_to(url_for("planner.cluster", cluster_id=row.id))


def _new_cluster(error: DomainError | None = None) -> Any:
    page = render_template("planner/new_cluster.html", site=current_site(), error=error, values=request.form)
    return page, error.status if error else 200


@bp.get("/clusters/<int:cluster_id>/")
@requires(Permission.PLANNER_READ)
def cluster(cluster_id: int) -> Any:
    """One cluster: description, keywords, ideas, content."""
    return _cluster_page(cluster_id)


def _cluster_page(cluster_id: int, status: int = 200, error: DomainError | None = None) -> Any:
    """The page; after a conflict its form has what was typed, and what somebody else saved."""
    account_id = current_account_id()
    row = clusters.cluster_of(account_id, cluster_id)
    work_on(row.site_id, "planner.clusters")
    rows, summary = keywords.in_cluster(row, SHOWN_KEYWORDS), cluster_summary(row)
    return render_template(
        "planner/cluster.html",
        cluster=row,
        keywords=rows,
        total=summary.keywords,
        summary=summary,
        ideas=ideas.cluster_ideas(row, SHOWN_IDEAS),
        ideas_total=ideas.count_cluster_ideas(row),
        names=clusters.cluster_choices(account_id, row.site_id),
        price=charging.price_quote(account_id, "ideas"),
        run=shown_run((GENERATE_IDEAS,), None) or ideas.active_run_of(account_id, row.id),
        error=error,
        last=changes.last_undoable_change(account_id, row.site_id),
        **_edited(row, error),
    ), status


def _edited(row: Cluster, error: DomainError | None) -> dict[str, Any]:
    stored, is_stale = clusters.stored_words(row), isinstance(error, EditConflict)
    tag = etag(stored) if is_stale or not error else request.form.get("etag", "")
    theirs = differing(stored, request.form, clusters.WORD_LABELS, {}) if is_stale else None
    return {"values": request.form, "tag": tag, "theirs": theirs}


@bp.post("/clusters/<int:cluster_id>/")
@requires(Permission.PLANNER_WRITE)
def update_cluster(cluster_id: int) -> Any:
    """Save name and description; 422 with the page when something is wrong, 409 when somebody else saved."""
    account_id, form = current_account_id(), request.form
    words = {name: form.get(name, "") for name in clusters.WORD_LABELS}
    try:
        actions.update_cluster(account_id, current_actor(), cluster_id, **words, expected=form.get("etag"))
        db.session.commit()
    except EditConflict as error:
        db.session.rollback()
        if not is_partial_request():
            return _cluster_page(cluster_id, 409, error)
        row = clusters.cluster_of(account_id, cluster_id)
        return render_template("planner/_cluster_form.html", cluster=row, error=error, **_edited(row, error)), 409
    except DomainError as error:
        if is_partial_request():
            raise
        db.session.rollback()
        return _cluster_page(cluster_id, 422, error)
    toast(gettext("Saved."))
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
    try:
        target_id = id_or_none(request.form.get("target")) or ids[0]
        target, dropped = actions.merge_clusters(current_account_id(), current_actor(), ids, target_id)
    except DomainError as error:
        error.field = "target"  # the dialog's one field: what was chosen stays, with the reason next to it
        raise
    db.session.commit()
    doubled = NN_(
        "Dropped %(num)s idea whose title is there already.", "Dropped %(num)s ideas whose titles are there already."
    )
    merged = gettext("Merged into “%(name)s”.", name=target.name)
    toast(sentences(merged, counted(dropped, doubled) if dropped else ""))
    return redirect_to(url_for("planner.cluster", cluster_id=target.id))


@bp.post("/clusters/changes/<int:change_id>/undo/")
@requires(Permission.PLANNER_WRITE)
def undo_change(change_id: int) -> Any:
    """Take back what was done to clusters last."""
    words = actions.undo_change(current_account_id(), current_actor(), change_id)
    db.session.commit()
    toast(gettext("Undone: %(words)s.", words=words), "info")
    return redirect_to(back_to("planner.keywords" if request.form.get("back") == "keywords" else "planner.clusters"))


@bp.post("/clusters/delete/")
@requires(Permission.PLANNER_WRITE)
def delete_clusters() -> Any:
    """Delete the selected clusters; their keywords become unclustered."""
    try:
        count = actions.delete_clusters(current_account_id(), current_actor(), _selected())
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status == 404:
            raise
        toast(f"{error.message} {error.cure}", "error")
    else:
        toast(
            counted(
                count,
                NN_(
                    "Deleted %(num)s cluster. Its keywords are unclustered now.",
                    "Deleted %(num)s clusters. Their keywords are unclustered now.",
                ),
            ),
            changed=count,
        )
    return redirect_to(back_to("planner.clusters"))
