"""The Content Manager: the table, its rows, and what is done to many rows at once."""

from typing import Any
from urllib.parse import urlencode

from flask import render_template as render
from flask import request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.auth.access import current_account_id, requires
from app.content import editor_routes, image_routes, listing, services
from app.content.blueprint import bp
from app.content.listing import Filters
from app.content.models import Content
from app.core import audit
from app.core.errors import DomainError, NotFound
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.tenancy import owned
from app.extensions import db
from app.planner.selection import Selection, filters_of
from app.sites.current import current_site
from app.sites.models import Site
from app.taxonomy.services import LABELS, find_or_create_term, terms_of_site

__all__ = ["bp", "editor_routes", "image_routes"]


@bp.get("/")
@requires("view")
def index() -> str:
    """The table of the present site's content."""
    site = current_site()
    if site is None:
        return render("content/no_site.html")
    account_id = current_account_id()
    filters = Filters.read(request.args)
    page = listing.list_content(account_id, site.id, filters)
    ids = [row.id for row in page.items]
    partial = {
        "site": site, "filters": filters, "page": page, "runs": listing.runs_to_show(account_id, ids),
        "doubts": listing.doubtful(account_id, ids), "every_site": filters.every_site,
    }  # fmt: skip
    if is_partial_request():
        return render("content/_table.html", **partial)
    terms = terms_of_site(account_id, site.id)
    return page_or_partial(
        "content/index.html", "content/_table.html", **partial, chips=listing.chips(account_id, site.id),
        terms=terms, clusters=listing.clusters_of_site(account_id, site.id), taxonomy_labels=LABELS,
        sync_states=listing.SYNC_STATES,
    )  # fmt: skip


@bp.get("/<int:content_id>/row/")
@requires("view")
def row(content_id: int) -> str:
    """One row of the table as it is now."""
    account_id = current_account_id()
    content = owned(Content, content_id, account_id)
    run = listing.runs_to_show(account_id, [content_id]).get(content_id)
    return render(
        "content/_row.html", row=content, run=run, doubt=listing.doubtful(account_id, [content_id]).get(content_id),
        every_site=request.args.get("sites") == listing.EVERY_SITE,
    )  # fmt: skip


@bp.get("/by-cluster/<int:cluster_id>/")
@requires("view")
def by_cluster(cluster_id: int) -> str:
    """The region of a cluster's page: its content in four tabs."""
    account_id = current_account_id()
    kind = request.args.get("type", "Article")
    kind = kind if kind in dict(listing.TYPE_TABS) else "Article"
    page = listing.content_by_cluster(account_id, cluster_id, kind, request.args.get("page", 1, type=int))
    counts = services.count_in_clusters(account_id, cluster_id)
    return page_or_partial(
        "content/by_cluster.html", "content/_by_cluster.html",
        cluster_id=cluster_id, kind=kind, page=page, counts=counts, tabs_of_types=listing.TYPE_TABS,
    )  # fmt: skip


def _site() -> Site:
    site = current_site()
    if site is None:
        raise NotFound("There is no site yet.", cure="Add a site first.")
    return site


def _chosen(site: Site) -> services.Ids:
    """Ids that the batch form means: the rows ticked, or a SELECT of all that match."""
    form = request.form
    selection = Selection.of(form.getlist("content_ids"), form.get("all_matching"), form.get("filter"))
    selection.required("item")
    if selection.all_matching:
        return listing.matching_ids(current_account_id(), site.id, Filters.read(selection.filters))
    return selection.ids


def _done(message: str) -> BaseResponse | tuple[str, int]:
    """Say it; HTMX reloads the table itself, a plain form goes back to it."""
    audit.record(current_account_id(), "bulk.content_changed", subject=message)
    db.session.commit()
    toast(message)
    if is_partial_request():
        return "", 204
    query = urlencode(filters_of(request.form.get("filter")))
    return redirect_to(url_for("content.index") + (f"?{query}" if query else ""))


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count:,} items"


@bp.post("/assign-cluster/")
@requires("edit_content")
def assign_cluster() -> Any:
    """Put the chosen rows in a cluster, or take them out of theirs."""
    site = _site()
    wanted = request.form.get("cluster_id", "")
    cluster_id = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else None
    if cluster_id is None and wanted != listing.NO_CLUSTER:
        raise DomainError("No cluster is chosen.", code="NOTHING_CHOSEN", cure="Choose a cluster, then try again.")
    count = services.assign_cluster(current_account_id(), site.id, _chosen(site), cluster_id)
    return _done(f"{_items(count)} {'assigned to the cluster' if cluster_id else 'taken out of their clusters'}.")


@bp.post("/attach-term/")
@requires("edit_content")
def attach_term() -> Any:
    """Attach a term to the chosen rows; a name makes the term when it is not there."""
    site, account_id = _site(), current_account_id()
    chosen = _chosen(site)
    name = request.form.get("term_name", "").strip()
    term_id = request.form.get("term_id", 0, type=int)
    if name:
        term_id = find_or_create_term(account_id, site.id, request.form.get("taxonomy", "category"), name).id
    if not term_id:
        raise DomainError("No term is chosen.", code="NOTHING_CHOSEN", cure="Choose a term or write a new one.")
    count = services.attach_term(account_id, site.id, chosen, term_id)
    return _done(f"Term attached to {_items(count)}." if count else "All of them had this term already.")


@bp.post("/detach-term/")
@requires("edit_content")
def detach_term() -> Any:
    """Take a term off the chosen rows."""
    site = _site()
    term_id = request.form.get("detach_term_id", 0, type=int)
    if not term_id:
        raise DomainError("No term is chosen.", code="NOTHING_CHOSEN", cure="Choose the term to take off.")
    count = services.detach_term(current_account_id(), site.id, _chosen(site), term_id)
    return _done(f"Term taken off {_items(count)}." if count else "None of them had this term.")
