"""Making content by hand in the browser: the form of a new one, and copies."""

from typing import Any

from flask import render_template, request, url_for

from app.content import create
from app.content.blueprint import bp
from app.content.place import TAXONOMIES
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.listing.spec import EVERY_SITE
from app.core.permissions import Permission
from app.core.request_ids import parse_id
from app.planner.models import CONTENT_TYPES
from app.sites.current import all_sites, current_site, work_on
from app.sites.models import Site


def _page(values: dict[str, str], error: DomainError | None = None) -> str:
    """The page with the form. If the list showed all sites, the form asks for the site."""
    asks = values.get("sites") == EVERY_SITE and len(all_sites()) > 1
    site = _site_of(values) or (None if asks else current_site())
    offered = create.types_offered(site) if site else CONTENT_TYPES
    return render_template(
        "content/new.html",
        values=values,
        error=error,
        sites=[(str(each.id), each.name) for each in all_sites()],
        site=site,
        asks=asks,
        types=[(kind, gettext("Term page") if kind == "Taxonomy" else gettext(kind)) for kind in offered],
        taxonomies=[(key, gettext(label)) for key, label in TAXONOMIES],
    )


def _site_of(values: dict[str, str]) -> Site | None:
    site_id = parse_id(values.get("site_id"))
    return next((site for site in all_sites() if site.id == site_id), None)


@bp.get("/new/")
@requires(Permission.CONTENT_WRITE)
def new() -> str:
    """The form of a new content; `?type=Page` chooses its type, `?sites=all` asks for its site."""
    return _page({"content_type": request.args.get("type", "Article"), "sites": request.args.get("sites", "")})


@bp.post("/new/")
@requires(Permission.CONTENT_WRITE)
def create_content() -> Any:
    """Make a draft and open its editor; 422 with the form when a field is wrong."""
    names = ("title", "content_type", "taxonomy", "site_id", "sites", "content_html")
    values = {name: request.form.get(name, "").replace("\0", "") for name in names}
    site = _site_of(values)
    try:
        if site is None:
            raise DomainError(gettext("Choose a site."), code="NO_SITE", field="site_id")
        content = create.create_by_hand(
            current_account_id(),
            current_actor(),
            site.id,
            title=values["title"],
            content_type=values["content_type"],
            taxonomy=values["taxonomy"] if values["taxonomy"] in dict(TAXONOMIES) else "",
            content_html=values["content_html"].replace("\r\n", "\n"),
        )
    except DomainError as error:
        db.session.rollback()
        return _page(values, error), 422
    db.session.commit()
    work_on(content.site_id)
    return redirect_to(url_for("content.edit", content_id=content.id))


@bp.post("/<int:content_id>/duplicate/")
@requires(Permission.CONTENT_WRITE)
def duplicate(content_id: int) -> Any:
    """Make a copy and open its editor."""
    copy = create.duplicate(current_account_id(), current_actor(), content_id)
    db.session.commit()
    toast(gettext("This is “%(title)s”, a draft of its own.", title=copy.title))
    return redirect_to(url_for("content.edit", content_id=copy.id))
