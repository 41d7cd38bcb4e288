"""The settings of a site in tabs, and saving the general ones."""

from typing import Any

from flask import render_template, request, url_for

from app.accounts import members
from app.accounts.models import Membership
from app.accounts.module_routes import is_served
from app.core import features
from app.core.access import can, current_account_id, current_actor, requires
from app.core.edits import EditConflict, differing, etag
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.forms import show_error
from app.core.hosts import public_base
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.sites import actions, services
from app.sites import connection as connections
from app.sites.blueprint import bp
from app.sites.current import work_on
from app.sites.forms import LABELS, GeneralForm
from app.sites.models import Site


@bp.get("/<int:site_id>/settings/")
@requires(Permission.SITES_READ)
def settings(site_id: int) -> str:
    """Settings in tabs: `?tab=general|sectors|wordpress|health|publishing`."""
    site = owned(Site, site_id, current_account_id())
    tab = request.args.get("tab", "general")
    return settings_page(site, tab if tab in {entry.key for entry in _tabs()} else "general")


def _tabs() -> list[features.SettingsTab]:
    return [tab for tab in features.settings_tabs() if not tab.endpoint or is_served(tab.endpoint)]


def settings_page(site: Site, tab: str, **refused: Any) -> str:
    """A tab of the settings, filled with what is stored.

    `refused` has what a form that was not saved shows instead: what was typed (`form`, `people`, `typed_…`), `tag`,
    and after a conflict `error` and `theirs`. `fragment` is a template that stands in place of a tab's region.
    """
    work_on(site.id)
    shown: dict[str, Any] = dict.fromkeys(
        ("form", "key", "people", "tag", "error", "theirs", "typed_user", "typed_name", "fragment")
    )
    if tab == "general":
        stored = services.settings_of(site)
        shown |= {"form": GeneralForm(formdata=None, **stored), "tag": etag(stored)}
    if tab == "access":
        if not can(Permission.TEAM_MANAGE):
            raise NotFound()
        shown |= {"people": members_with_access(site), "tag": etag(members.access_to(site.account_id, site.id))}
    if tab == "wordpress" and can(Permission.SITES_MANAGE):
        shown["tag"] = etag(connections.stored_login(site))
        shown["key"] = connections.connection_key(site.connection, public_base()) if site.connection else None
    if tab == "sectors":
        shown["tags"] = sector_tags(site)
    shown |= {name: value for name, value in refused.items() if value is not None}
    return render_template(
        "sites/settings.html", settings_tabs=_tabs(), site=site, tab=tab, app_url=public_base(), **shown
    )


def sector_tags(site: Site) -> dict[int, str]:
    """The etag of each sector's form, by id."""
    return {sector.id: etag({"name": sector.name}) for sector in site.sectors}


def members_with_access(site: Site) -> list[tuple[Membership, bool]]:
    """Everybody of the site's account, and whether they may see it."""
    granted = members.granted_sites(site.account_id)
    return [(row, site.id in granted.get(row.id, [])) for row in members.list_members(site.account_id)]


@bp.post("/<int:site_id>/settings/")
@requires(Permission.SITES_MANAGE)
def save_general(site_id: int) -> Any:
    """Save name, address and time zone; 422 or 409 with the form when it cannot be."""
    account_id, expected = current_account_id(), request.form.get("etag")
    site, form = owned(Site, site_id, account_id), GeneralForm()
    if not form.validate_on_submit():
        return settings_page(site, "general", form=form, tag=expected), 422
    values = {name: form[name].data for name in LABELS}
    try:
        site = actions.change_site(account_id, current_actor(), site_id, **values, expected=expected)
        db.session.commit()
    except EditConflict as error:
        db.session.rollback()
        theirs = differing(error.stored, values, LABELS, {})
        return settings_page(owned(Site, site_id, account_id), "general", form=form, error=error, theirs=theirs), 409
    except DomainError as error:
        db.session.rollback()
        show_error(form, error)
        return settings_page(owned(Site, site_id, account_id), "general", form=form, tag=expected), 422
    toast(gettext("Saved."))
    hint_at_reading(site, form.url.data)
    return redirect_to(url_for("sites.settings", site_id=site_id))


def hint_at_reading(site: Site, typed: str) -> None:
    """Say so when an address was stored in another form than it was typed in."""
    if reading := services.reading_of(typed, site.url):
        toast(reading, "info")
