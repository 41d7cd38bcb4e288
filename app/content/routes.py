"""The Content Manager: the table, its rows, and what is done to many rows at once."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, request, url_for
from flask import render_template as render
from werkzeug.wrappers import Response as BaseResponse

from app.content import actions, editor_routes, image_routes, listing, services
from app.content.blueprint import bp
from app.content.listing import CONTENT_LIST
from app.content.models import Content
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.listing.filters import NONE
from app.core.listing.selection import Selection, filters_of
from app.core.permissions import Permission
from app.core.request_ids import id_of, ids_of
from app.core.tenancy import owned
from app.sites.current import current_site
from app.sites.models import Site
from app.taxonomy.services import LABELS, terms_of_site

__all__ = ["bp", "editor_routes", "image_routes"]


@bp.get("/")
@requires(Permission.CONTENT_READ)
def index() -> str:
    """The table of the present site's content."""
    site = current_site()
    if site is None:
        return render("content/no_site.html")
    account_id = current_account_id()
    filters = CONTENT_LIST.read(request.args)
    page = listing.list_content(account_id, site.id, filters)
    ids = [row.id for row in page.items]
    partial = {
        "site": site,
        "filters": filters,
        "page": page,
        "runs": listing.runs_to_show(account_id, ids),
        "doubts": listing.doubtful(account_id, ids),
        "every_site": filters.every_site,
        "list_spec": CONTENT_LIST,
    }
    if is_partial_request():
        return render("content/_table.html", **partial)
    terms = terms_of_site(account_id, site.id)
    return page_or_partial(
        "content/index.html",
        "content/_table.html",
        **partial,
        chips=listing.chips(account_id, site.id),
        terms=terms,
        clusters=listing.clusters_of_site(account_id, site.id),
        taxonomy_labels=LABELS,
        sync_states=listing.SYNC_STATES,
    )


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
    )


@bp.get("/moved/")
@requires(Permission.CONTENT_READ)
def moved() -> Any:
    """Has those rows fetch themselves whose post is not as `?shown=12.publish,13.trash` says in WordPress."""
    shown = dict(pair.split(".", 1) for pair in request.args.get("shown", "").split(",") if "." in pair)
    ids = ids_of(list(shown))[: CONTENT_LIST.per_page]
    rows = listing.where_they_are(current_account_id(), ids)
    names = [f"rowMoved{row.id}" for row in rows if row.remote_status != shown.get(str(row.id))]
    if not names:
        return Response(status=204)
    answer = make_response(render("content/_watch.html", watched=rows))
    answer.headers["HX-Trigger"] = ", ".join(names)
    return answer


@bp.get("/by-cluster/<int:cluster_id>/")
@requires(Permission.CONTENT_READ)
def by_cluster(cluster_id: int) -> str:
    """The region of a cluster's page: its content in four tabs."""
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
        tabs_of_types=listing.TYPE_TABS,
    )


def _site() -> Site:
    site = current_site()
    if site is None:
        raise NotFound("There is no site yet.", cure="Add a site first.")
    return site


def _chosen(site: Site) -> services.Ids:
    """The rows ticked, or all that match the list's filters. Raises DomainError when there are none."""
    form, account_id = request.form, current_account_id()
    selection = Selection.of(form.getlist("content_ids"), form.get("all_matching"), form.get("filter"))
    selection.required("item")
    ids: services.Ids = selection.ids
    if selection.all_matching:
        ids = listing.matching_ids(account_id, site.id, CONTENT_LIST.read(selection.filters))
    return ids


def _done(message: str) -> BaseResponse | tuple[str, int]:
    """Commit and say it; HTMX reloads the table itself, a plain form goes back to it."""
    db.session.commit()
    toast(message)
    if is_partial_request():
        return "", 204
    query = urlencode(filters_of(request.form.get("filter")))
    return redirect_to(url_for("content.index") + (f"?{query}" if query else ""))


@bp.post("/assign-cluster/")
@requires(Permission.CONTENT_WRITE)
def assign_cluster() -> Any:
    """Put the chosen rows in a cluster, or take them out of theirs."""
    site = _site()
    wanted = request.form.get("cluster_id", "")
    cluster_id = id_of(wanted)
    if cluster_id is None and wanted != NONE:
        raise DomainError(
            "No cluster is chosen.", code="NOTHING_CHOSEN", field="cluster_id", cure="Choose a cluster, then try again."
        )
    return _done(actions.assign_cluster(current_account_id(), current_actor(), site.id, _chosen(site), cluster_id))


@bp.post("/attach-term/")
@requires(Permission.CONTENT_WRITE)
def attach_term() -> Any:
    """Attach a term to the chosen rows; a name makes the term when it is not there."""
    site, form = _site(), request.form
    try:
        done = actions.attach_term(
            current_account_id(),
            current_actor(),
            site.id,
            _chosen(site),
            term_id=id_of(form.get("term_id")),
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
    """Take a term off the chosen rows."""
    site = _site()
    term_id = id_of(request.form.get("detach_term_id"))
    if not term_id:
        raise DomainError(
            "No term is chosen.", code="NOTHING_CHOSEN", field="detach_term_id", cure="Choose the term to take off."
        )
    return _done(actions.detach_term(current_account_id(), current_actor(), site.id, _chosen(site), term_id))
