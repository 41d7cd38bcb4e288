"""What can be done with sites, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit. Only `change_rules` calls WordPress, and commits before it does.
"""

from collections.abc import Sequence
from typing import Any

from app.billing.limits import check_sites
from app.core import audit
from app.core.actor import Actor
from app.core.edits import check_etag
from app.core.extensions import db
from app.core.tenancy import owned
from app.identity.models import User
from app.sites import connection as connections
from app.sites import hooks, rules, services
from app.sites.models import Sector, Site, WordPressConnection


def add_site(
    account_id: int, actor: Actor, *, name: str, url: str, time_zone: str, sectors: Sequence[str] = ()
) -> Site:
    """Make a site with its sectors. Raises DomainError when the plan has no room or a value will not do."""
    check_sites(account_id)
    site = services.add_site(account_id, name=name, url=url, time_zone=time_zone, sectors=list(sectors))
    audit.record(account_id, "site.added", subject=site.name, after={"url": site.url}, by=actor)
    return site


def switch_site(account_id: int, actor: Actor, site_id: int, active: bool) -> Site:
    """Switch a site on or off."""
    site = owned(Site, site_id, account_id)
    before = {"active": site.is_active}
    services.set_active(site, active)
    after = {"active": site.is_active}
    audit.record_changes(account_id, "site.switched", before, after, subject=site.name, by=actor)
    return site


def change_site(
    account_id: int,
    actor: Actor,
    site_id: int,
    *,
    name: str,
    url: str,
    time_zone: str,
    expected: str | None = None,
) -> Site:
    """Change the general settings of a site. `expected` is the etag of the form.

    Raises NotFound, EditConflict, and DomainError with the field that is wrong.
    """
    site = services.lock_site(account_id, site_id)
    before = services.settings_of(site)
    check_etag(before, expected)
    services.update_site(site, name=name, url=url, time_zone=time_zone)
    audit.record_changes(
        account_id, "site.settings_changed", before, services.settings_of(site), subject=site.name, by=actor
    )
    return site


def add_sector(account_id: int, actor: Actor, site_id: int, name: str) -> tuple[Sector, bool]:
    """A sector of this name, and whether it is new. Raises DomainError for a name that will not do."""
    site = owned(Site, site_id, account_id)
    sector, is_new = services.add_sector(site, name)
    if is_new:
        audit.record(account_id, "site.sector_added", subject=site.name, after={"sector": sector.name}, by=actor)
    return sector, is_new


def rename_sector(account_id: int, actor: Actor, sector_id: int, name: str, *, expected: str | None = None) -> Sector:
    """Give a sector another name. `expected` is the etag of the form.

    Raises EditConflict, DomainError for a name that will not do, Conflict for one that the site has.
    """
    sector = services.lock_sector(account_id, sector_id)
    check_etag({"name": sector.name}, expected)
    before = {"sector": sector.name}
    services.rename_sector(sector, name)
    after, site_name = {"sector": sector.name}, sector.site.name
    audit.record_changes(account_id, "site.sector_renamed", before, after, subject=site_name, by=actor)
    return sector


def delete_sector(account_id: int, actor: Actor, sector_id: int) -> None:
    """Delete a sector; what was in it stays, without one."""
    services.delete_sector(account_id, sector_id)
    audit.record(account_id, "deleted.sector", subject=f"sector {sector_id}", by=actor)


def make_key(account_id: int, actor: Actor, site_id: int) -> WordPressConnection:
    """Make a connection key for a site's plugin; an earlier one stops working."""
    site = owned(Site, site_id, account_id)
    connection = connections.make_key(site)
    audit.record(account_id, "site.connection_made", subject=site.name, by=actor)
    return connection


def connect_site(actor: Actor, connection: WordPressConnection, facts: dict[str, Any]) -> Site:
    """Record that the plugin has the key and reported these `facts` of its site: the site is connected."""
    connections.record_pairing(connection, facts)
    hooks.site_paired(connection.account_id, connection.site_id)
    site = db.session.get_one(Site, connection.site_id)
    audit.record(site.account_id, "site.connected", subject=site.name, after={"url": facts["home_url"]}, by=actor)
    return site


def change_login(
    account_id: int, actor: Actor, site_id: int, user: str, password: str, *, expected: str | None = None
) -> Site:
    """Keep what the site's server asks everybody for; an empty password leaves the one that is kept.

    `expected` is the etag of the form. Raises EditConflict, and DomainError with the field that is wrong.
    """
    site = services.lock_site(account_id, site_id)
    check_etag(connections.stored_login(site), expected)
    before = _login_of(site)
    connections.set_login(site, user, password)
    return _record_login(site, actor, before)


def forget_login(account_id: int, actor: Actor, site_id: int, *, expected: str | None = None) -> Site:
    """Forget the login: the site's server asks for none any more. Raises EditConflict, as `change_login`."""
    site = services.lock_site(account_id, site_id)
    check_etag(connections.stored_login(site), expected)
    before = _login_of(site)
    connections.forget_login(site)
    return _record_login(site, actor, before)


def _login_of(site: Site) -> dict[str, Any]:
    return {"user": site.password_user, "origin": site.password_origin}


def _record_login(site: Site, actor: Actor, before: dict[str, Any]) -> Site:
    after = _login_of(site)
    audit.record(site.account_id, "site.password_changed", subject=site.name, before=before, after=after, by=actor)
    return site


def change_rules(
    account_id: int, actor: Actor, site_id: int, new_rules: rules.Rules, *, expected: str | None = None
) -> bool:
    """Send the rules to the plugin; False when it knows of a later change and kept that. Commits before it calls.

    `expected` is the etag of the form. Raises EditConflict, WordPressError, or DomainError when a value will not do.
    """
    name = _name_for_wordpress(actor)
    before = rules.fetch_rules(account_id, site_id).rules
    check_etag(before.model_dump(), expected)
    if not rules.push_rules(account_id, site_id, new_rules, name):
        return False
    site = owned(Site, site_id, account_id)
    values = before.model_dump(), new_rules.model_dump()
    audit.record_changes(account_id, "site.rules_changed", *values, subject=site.name, by=actor)
    return True


def _name_for_wordpress(actor: Actor) -> str:
    """How WordPress is sent who it was: a person's name without their address."""
    return actor.name if actor.id is None else db.session.get_one(User, actor.id).name
