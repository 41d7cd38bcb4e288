"""The links of contents to other sites in the browser: a panel of the editor, and a batch of the Content Manager."""

from typing import Any

from flask import url_for

from app.content import listing
from app.content.blueprint import bp
from app.content.links import actions, services
from app.content.links.addresses import outside_addresses
from app.content.listing import CONTENT_LIST
from app.content.models import Content
from app.content.services import Ids
from app.core.access import current_account_id, current_actor, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.saved_views.batch_form import selection
from app.sites.current import needed_site


@bp.get("/<int:content_id>/links/")
@requires(Permission.CONTENT_READ)
def show_links(content_id: int) -> str:
    """The saved text's links to other sites, with what each answered when it was last asked."""
    content = owned(Content, content_id, current_account_id())
    addresses = outside_addresses(content.content_html, content.site.url)
    return page_or_partial(
        "content/links.html",
        "content/_links.html",
        content=content,
        addresses=addresses,
        verdicts=services.verdicts_of(content.account_id, content.site_id, addresses),
        run=services.newest_check(content.account_id, content.id),
    )


@bp.post("/<int:content_id>/links/check/")
@requires(Permission.CONTENT_WRITE)
def check_content_links(content_id: int) -> Any:
    """Ask the addresses that the saved text links to whether they are there."""
    content = owned(Content, content_id, current_account_id())
    actions.start_link_check(content.account_id, current_actor(), content.site_id, [content.id])
    db.session.commit()
    return (
        show_links(content_id)
        if is_partial_request()
        else redirect_to(url_for("content.show_links", content_id=content_id))
    )


@bp.post("/links/check/")
@requires(Permission.CONTENT_WRITE)
def check_links_of_many() -> Any:
    """Ask the addresses that the chosen contents link to whether they are there."""
    site = needed_site()
    chosen = selection("content_ids").required("item")
    ids: Ids = chosen.ids
    if chosen.all_matching:
        ids = listing.matching_ids(current_account_id(), site.id, CONTENT_LIST.read_exactly(chosen.filters))
    run = actions.start_link_check(current_account_id(), current_actor(), site.id, ids)
    db.session.commit()
    toast(gettext("The links are being checked."), "info")
    if is_partial_request():
        return "", 204
    return redirect_to(url_for("content.index", run=str(run.id)))
