"""Sites in the browser: grid, add, settings tabs, connecting WordPress."""

from pathlib import Path
from typing import Any

from flask import render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from app.config import ROOT
from app.core.access import current_account_id, current_actor, requires
from app.core.edits import EditConflict
from app.core.errors import DomainError, NotFound
from app.core.extensions import db, limiter
from app.core.forms import show_error
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.core.web_addresses import in_letters
from app.sites import access_routes, actions, password_routes, rules_routes, services
from app.sites import connection as connections
from app.sites.blueprint import bp
from app.sites.current import site_of_page
from app.sites.forms import AddSiteForm
from app.sites.models import Sector, Site
from app.sites.settings_routes import hint_at_reading, sector_tags, settings_page

bp.add_app_template_filter(in_letters)
bp.add_app_template_global(site_of_page)
__all__ = ["access_routes", "bp", "password_routes", "rules_routes"]


@bp.get("/")
@requires(Permission.SITES_READ)
def index() -> str:
    """The grid of site cards."""
    return render_template("sites/index.html", sites=services.list_sites(current_account_id()))


@bp.get("/new/")
@requires(Permission.SITES_MANAGE)
def new() -> str:
    """The page to add a site."""
    return render_template("sites/new.html", form=AddSiteForm(time_zone="UTC"))


@bp.post("/new/")
@requires(Permission.SITES_MANAGE)
def create() -> Any:
    """Add a site; 422 with the form when something is wrong with it."""
    form = AddSiteForm()
    if form.validate_on_submit():
        try:
            site = actions.add_site(
                current_account_id(),
                current_actor(),
                name=form.name.data,
                url=form.url.data,
                time_zone=form.time_zone.data,
                sectors=form.sector_names(),
            )
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            show_error(form, error)
        else:
            toast(gettext("%(name)s was added. Connect its WordPress to publish to it.", name=site.name))
            hint_at_reading(site, form.url.data)
            return redirect_to(url_for("sites.settings", site_id=site.id, tab="wordpress"))
    return render_template("sites/new.html", form=form), 422


@bp.post("/<int:site_id>/active/")
@requires(Permission.SITES_MANAGE)
def set_active(site_id: int) -> Any:
    """Switch a site on or off; answers with its card."""
    active = request.form.get("active") == "1"
    site = actions.switch_site(current_account_id(), current_actor(), site_id, active)
    db.session.commit()
    toast(
        gettext("%(name)s is active.", name=site.name)
        if site.is_active
        else gettext("%(name)s is inactive.", name=site.name)
    )
    if is_partial_request():
        return render_template("sites/_card.html", site=site)
    return redirect_to(url_for("sites.index"))


@bp.post("/<int:site_id>/sectors/")
@requires(Permission.SITES_MANAGE)
def add_sector(site_id: int) -> Response:
    """Add one sector."""
    sector, is_new = actions.add_sector(current_account_id(), current_actor(), site_id, request.form.get("name", ""))
    db.session.commit()
    if is_new:
        toast(gettext("%(name)s was added.", name=sector.name))
    else:
        toast(gettext("%(name)s is there already.", name=sector.name), "info")
    return redirect_to(url_for("sites.settings", site_id=site_id, tab="sectors"))


@bp.post("/sectors/<int:sector_id>/rename/")
@requires(Permission.SITES_MANAGE)
def rename_sector(sector_id: int) -> Any:
    """Rename a sector; 409 with the list when somebody else renamed it meanwhile."""
    account_id, name, expected = current_account_id(), request.form.get("name", ""), request.form.get("etag")
    try:
        sector = actions.rename_sector(account_id, current_actor(), sector_id, name, expected=expected)
    except EditConflict as error:
        db.session.rollback()
        return _overtaken(owned(Sector, sector_id, account_id), name, error), error.status
    db.session.commit()
    toast(gettext("Renamed."))
    return redirect_to(url_for("sites.settings", site_id=sector.site_id, tab="sectors"))


def _overtaken(sector: Sector, typed: str, error: EditConflict) -> str:
    """The list of sectors with the name that was typed beside the one that somebody else gave."""
    shown = {"error": error, "theirs": [(gettext("Name"), sector.name)], "typed_name": (sector.id, typed)}
    if is_partial_request():
        return render_template("sites/_sectors.html", site=sector.site, tags=sector_tags(sector.site), **shown)
    return settings_page(sector.site, "sectors", **shown)


@bp.post("/sectors/<int:sector_id>/delete/")
@requires(Permission.SITES_MANAGE)
def delete_sector(sector_id: int) -> Response:
    """Delete a sector; what was in it stays, without a sector."""
    site_id = owned(Sector, sector_id, current_account_id()).site_id
    actions.delete_sector(current_account_id(), current_actor(), sector_id)
    db.session.commit()
    toast(gettext("The sector was deleted. Its keywords and clusters stay."))
    return redirect_to(url_for("sites.settings", site_id=site_id, tab="sectors"))


@bp.post("/<int:site_id>/wordpress/key/")
@requires(Permission.SITES_MANAGE)
def make_key(site_id: int) -> Response:
    """Make a connection key; an earlier one stops working."""
    actions.make_key(current_account_id(), current_actor(), site_id)
    db.session.commit()
    toast(gettext("Here is the connection key. Paste it into the IGNY8 plugin."), "info")
    return redirect_to(url_for("sites.settings", site_id=site_id, tab="wordpress"))


@bp.post("/<int:site_id>/wordpress/test/")
@requires(Permission.SITES_MANAGE)
@limiter.limit("20 per minute")
def test_connection(site_id: int) -> Any:
    """Call the plugin and show what came back, or what is wrong and its cure."""
    try:
        connections.check_connection(current_account_id(), site_id)
    except NotFound:
        raise
    except DomainError as error:
        if not is_partial_request():
            toast(f"{error.message} {error.cure}", "error")
    else:
        toast(gettext("WordPress answers. The connection works."))
    if is_partial_request():
        return render_template("sites/_connection.html", site=owned(Site, site_id, current_account_id()))
    return redirect_to(url_for("sites.settings", site_id=site_id, tab="wordpress"))


@bp.get("/plugin.zip")
@requires(Permission.SITES_READ)
def plugin_zip() -> Response:
    """The WordPress plugin as an installable archive; 404 with a sentence while it is not built."""
    path = Path(ROOT) / "build" / "igny8.zip"
    if not path.exists():
        raise NotFound(
            gettext("The plugin archive has not been built on this server."), cure=gettext("Run `make plugin` there.")
        )
    return send_file(path, as_attachment=True, download_name="igny8.zip", mimetype="application/zip")
