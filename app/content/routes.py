"""The Content Manager: the table, its rows, and what is done to many rows at once."""

import json
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, request, url_for
from flask import render_template as render
from werkzeug.wrappers import Response as BaseResponse

from app.content import actions, create, create_routes, listing, services
from app.content.blueprint import bp
from app.content.bulk import edits as bulk_edits
from app.content.coverage import coverage_of
from app.content.editing import history_routes, working_routes
from app.content.editing import routes as editor_routes
from app.content.images import routes as image_routes
from app.content.links import routes as link_routes
from app.content.listing import CONTENT_LIST
from app.content.models import Content
from app.content.run_kinds import KINDS
from app.content.terms import routes as term_routes
from app.content.trash import routes as trash_routes
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.listing.filters import NONE
from app.core.listing.selection import filters_of
from app.core.listing.spec import PAGE_SIZES
from app.core.permissions import Permission
from app.core.request_ids import ids_of, parse_id
from app.core.tenancy import owned
from app.planner.clusters import services as clusters
from app.planner.models import Cluster
from app.saved_views.batch_form import selection, shown_run
from app.saved_views.current import arranged
from app.sites.current import current_site, needed_site
from app.sites.models import Site
from app.taxonomy.services import LABELS

BATCH_DIALOGS = ("assign-cluster", "attach-term", "detach-term")
__all__ = [
    "bp",
    "create_routes",
    "editor_routes",
    "history_routes",
    "image_routes",
    "link_routes",
    "term_routes",
    "trash_routes",
    "working_routes",
]


@bp.get("/")
@requires(Permission.CONTENT_READ)
def index() -> str:
    """The table of the present site's content."""
    site = current_site()
    if site is None:
        return render("content/no_site.html")
    account_id = current_account_id()
    shown = arranged("content")
    filters = CONTENT_LIST.read(shown.values)
    page = listing.list_content(account_id, site.id, filters)
    ids = [row.id for row in page.items]
    partial = {
        "site": site,
        "filters": filters,
        "page": page,
        "runs": listing.runs_to_show(account_id, ids),
        "doubts": listing.doubtful(account_id, ids),
        "every_site": filters.every_site,
        "arranged": shown,
        "list_spec": shown.spec,
        "last_edit": bulk_edits.last_undoable_edit(account_id, site.id),
    }
    if is_partial_request():
        return render("content/_table.html", **partial)
    return page_or_partial(
        "content/index.html",
        "content/_table.html",
        **partial,
        chips=listing.chips(account_id, site.id),
        terms=_terms(account_id, site.id, request.args.get("term")),
        clusters=clusters.cluster_choices(account_id, site.id, request.args.get("cluster", "")),
        run=shown_run(KINDS, site),
        sync_states=[(key, gettext(label)) for key, label in listing.SYNC_STATES],
        types_offered=create.types_offered(site),
    )


def _terms(account_id: int, site_id: int, chosen: str | None) -> list[tuple[int, str]]:
    """Terms for a field: if there are many, only some, including the chosen one; the field fetches the others."""
    choices = listing.term_choices(account_id, site_id, clusters.AT_ONCE + 1)
    chosen_id = parse_id(chosen)
    is_missing = len(choices) > clusters.AT_ONCE and chosen_id is not None and chosen_id not in dict(choices)
    return choices + listing.choice_of_term(account_id, site_id, chosen_id) if is_missing else choices


@bp.get("/choices/clusters/")
@requires(Permission.CONTENT_READ)
def cluster_choices() -> str:
    """The options of a field that chooses one of the clusters of the site, or of the one that `?of_site` names."""
    site = _asked_site()
    return render("_options.html", options=clusters.list_cluster_names(site.account_id, site.id, clusters.MOST))


@bp.get("/choices/terms/")
@requires(Permission.CONTENT_READ)
def term_choices() -> str:
    """The options of a field that chooses one of the terms of the site, or of the one that `?of_site` names."""
    site = _asked_site()
    return render("_options.html", options=listing.term_choices(site.account_id, site.id, clusters.MOST))


@bp.get("/<int:content_id>/menu/")
@requires(Permission.CONTENT_READ)
def row_menu(content_id: int) -> str:
    """What can be done with one row: the panel of its menu."""
    content = owned(Content, content_id, current_account_id())
    run = listing.runs_to_show(content.account_id, [content_id]).get(content_id)
    return render("content/_row_menu.html", row=content, publishing=bool(run and run.is_active and not run.is_later))


@bp.get("/<int:content_id>/row/")
@requires(Permission.CONTENT_READ)
def row(content_id: int) -> str:
    """One row of the table as it is now."""
    account_id = current_account_id()
    content = owned(Content, content_id, account_id)
    run = listing.runs_to_show(account_id, [content_id]).get(content_id)
    return render(
        "content/_row.html",
        row=content,
        run=run,
        doubt=listing.doubtful(account_id, [content_id]).get(content_id),
        every_site=CONTENT_LIST.read(request.args).every_site,
        list_spec=arranged("content").spec,
    )


@bp.get("/moved/")
@requires(Permission.CONTENT_READ)
def moved() -> Any:
    """Makes those rows reload that are no longer as `?shown=live-publish.12.14,wp_trash-trash.13` says.

    The state and the status in WordPress that the page shows are followed by the numbers of the rows that have them.
    """
    groups = [group.split(".") for group in request.args.get("shown", "").split(",")]
    shown_by_id = {row_id: place for place, *row_ids in groups for row_id in row_ids}
    ids = ids_of(list(shown_by_id))[: max(PAGE_SIZES)]
    rows = listing.where_they_are(current_account_id(), ids)
    moved_ids = [row.id for row in rows if f"{row.state}-{row.remote_status}" != shown_by_id.get(str(row.id))]
    if not moved_ids:
        return Response(status=204)
    answer = make_response(render("content/_watch.html", watched=rows))
    answer.headers["HX-Trigger"] = json.dumps({"rowsMoved": {"ids": moved_ids}})
    return answer


@bp.get("/by-cluster/<int:cluster_id>/")
@requires(Permission.CONTENT_READ)
def by_cluster(cluster_id: int) -> str:
    """The content region of a cluster's page, in four tabs."""
    account_id = current_account_id()
    kind = request.args.get("type", "Article")
    kind = kind if kind in dict(listing.TYPE_TABS) else "Article"
    page = listing.content_by_cluster(account_id, cluster_id, {**request.args, "type": kind})
    counts = services.count_in_clusters(account_id, cluster_id)
    return page_or_partial(
        "content/by_cluster.html",
        "content/_by_cluster.html",
        cluster_id=cluster_id,
        kind=kind,
        page=page,
        counts=counts,
        tabs_of_types=[(key, gettext(label)) for key, label in listing.TYPE_TABS],
    )


@bp.get("/by-cluster/<int:cluster_id>/coverage/")
@requires(Permission.CONTENT_READ)
def cluster_coverage(cluster_id: int) -> str:
    """Which keywords of a cluster live content is written for, and where pages compete (a fragment of its page)."""
    cluster = owned(Cluster, cluster_id, current_account_id())
    return render("content/_coverage.html", coverage=coverage_of(cluster), cluster_id=cluster_id)


def _asked_site() -> Site:
    asked = parse_id(request.args.get("of_site"))
    return owned(Site, asked, current_account_id()) if asked else needed_site()


def _selected(site: Site) -> services.Ids:
    """The rows ticked, or all that match the list's filters. Raises DomainError when there are none."""
    chosen = selection("content_ids").required("item")
    ids: services.Ids = chosen.ids
    if chosen.all_matching:
        ids = listing.matching_ids(current_account_id(), site.id, CONTENT_LIST.read_exactly(chosen.filters))
    return ids


def _done(done: actions.BulkDone) -> BaseResponse | tuple[str, int]:
    """Commit and show a message.

    HTMX reloads the table itself; a plain form, or an edit that goes on as a run, redirects to it.
    """
    db.session.commit()
    if done.run is None:
        toast(done.message, changed=done.count)
        if is_partial_request():
            return "", 204
    values = {**filters_of(request.form.get("filter")), **({"run": str(done.run.id)} if done.run else {})}
    return redirect_to(url_for("content.index") + (f"?{urlencode(values)}" if values else ""))


@bp.post("/changes/<int:edit_id>/undo/")
@requires(Permission.CONTENT_WRITE)
def undo_bulk_edit(edit_id: int) -> Any:
    """Take back what was done to many contents."""
    return _done(actions.undo_bulk_edit(current_account_id(), current_actor(), edit_id))


@bp.get("/batch/<batch_action>/")
@requires(Permission.CONTENT_WRITE)
def batch_dialog(batch_action: str) -> str:
    """The dialog in which a cluster or a term is chosen for the rows that are selected. 404 for other actions."""
    site, account_id = needed_site(), current_account_id()
    if batch_action not in BATCH_DIALOGS:
        raise NotFound()
    return render(
        "content/_batch_dialog.html",
        action=batch_action,
        clusters=clusters.cluster_choices(account_id, site.id, ""),
        terms=_terms(account_id, site.id, None),
        taxonomy_labels=LABELS,
    )


@bp.post("/assign-cluster/")
@requires(Permission.CONTENT_WRITE)
def assign_cluster() -> Any:
    """Put the chosen rows in a cluster, or remove them from theirs."""
    site = needed_site()
    value = request.form.get("cluster_id", "")
    cluster_id = parse_id(value)
    if cluster_id is None and value != NONE:
        raise DomainError(
            gettext("No cluster is chosen."),
            code="NOTHING_CHOSEN",
            field="cluster_id",
            cure=gettext("Choose a cluster, then try again."),
        )
    return _done(actions.assign_cluster(current_account_id(), current_actor(), site.id, _selected(site), cluster_id))


@bp.post("/attach-term/")
@requires(Permission.CONTENT_WRITE)
def attach_term() -> Any:
    """Attach a term to the chosen rows; a name makes the term when it is not there."""
    site, form = needed_site(), request.form
    try:
        done = actions.attach_term(
            current_account_id(),
            current_actor(),
            site.id,
            _selected(site),
            term_id=parse_id(form.get("term_id")),
            new_name=form.get("term_name", "").strip(),
            taxonomy=form.get("taxonomy", "category"),
        )
    except DomainError as error:
        error.field = "term_name" if error.field == "name" else error.field
        raise
    return _done(done)


@bp.post("/detach-term/")
@requires(Permission.CONTENT_WRITE)
def detach_term() -> Any:
    """Detach a term from the chosen rows."""
    site = needed_site()
    term_id = parse_id(request.form.get("detach_term_id"))
    if not term_id:
        raise DomainError(
            gettext("No term is chosen."),
            code="NOTHING_CHOSEN",
            field="detach_term_id",
            cure=gettext("Choose the term to take off."),
        )
    return _done(actions.detach_term(current_account_id(), current_actor(), site.id, _selected(site), term_id))
