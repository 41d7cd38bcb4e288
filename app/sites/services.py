"""Sites and sectors."""

import re
from collections.abc import Sequence
from zoneinfo import available_timezones

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from app.core import web_addresses
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.tenancy import owned
from app.core.web_addresses import AddressError
from app.sites import connection
from app.sites.error_codes import error_for
from app.sites.models import Sector, Site

MAX_URL = 500
WITHIN_WORDPRESS = re.compile(r"/(?:wp-admin|wp-json)(?:/.*)?$|/wp-login\.php$")


def list_sites(account_id: int) -> Sequence[Site]:
    """The account's sites by name, with sectors and connection loaded."""
    stmt = (
        select(Site)
        .where(Site.account_id == account_id)
        .options(selectinload(Site.sectors), selectinload(Site.connection))
        .order_by(func.lower(Site.name), Site.id)
    )
    return db.session.scalars(stmt).all()


def normalise_url(url: str) -> str:
    """`https://example.com/blog` for what a person types; raises DomainError on what is not a website's address.

    Without a scheme it is https: `lacks_scheme` tells, so that the person is told.
    """
    try:
        address = web_addresses.parse(url)
        normalised = address.origin + address.path.rstrip("/")
        if address.query or address.fragment:
            raise AddressError("A site's address ends before ? and #.", normalised)
        if wordpress_path := WITHIN_WORDPRESS.search(normalised):
            raise AddressError("This is a page within WordPress.", normalised[: wordpress_path.start()])
        if len(normalised) > MAX_URL:
            raise AddressError("The address is too long.")
    except AddressError as error:
        raise error_for("URL_INVALID", field="url", message=error.message, cure=error.cure) from error
    return normalised


def lacks_scheme(url: str) -> bool:
    """True for an address typed without https:// or http://."""
    try:
        return web_addresses.parse(url).assumed
    except AddressError:
        return False


def _check_zone(time_zone: str) -> str:
    if time_zone not in available_timezones():
        raise error_for("TIME_ZONE_UNKNOWN", field="time_zone")
    return time_zone


def add_site(account_id: int, *, name: str, url: str, time_zone: str, sectors: list[str]) -> Site:
    """Make a site with its sectors. Flushes. Raises Conflict when the account has this address already."""
    site = Site(account_id=account_id, name=name.strip(), url=normalise_url(url), time_zone=_check_zone(time_zone))
    _save(site)
    for sector in sectors:
        add_sector(site, sector)
    return site


def update_site(site: Site, *, name: str, url: str, time_zone: str) -> None:
    """Change the general settings. Flushes; raises like `add_site`.

    With another address, the plugin is called there from now on (it refuses when it was paired elsewhere).
    """
    before = site.url
    site.name, site.url, site.time_zone = name.strip(), normalise_url(url), _check_zone(time_zone)
    if site.connection and site.url != before:
        connection.forget_address(site.connection)
    _save(site)


def _save(site: Site) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(site)
    except IntegrityError as error:
        raise error_for("SITE_EXISTS", Conflict, field="url") from error


def set_active(site: Site, active: bool) -> None:
    """Switch a site on or off. Flushes."""
    site.is_active = active
    db.session.flush()


def add_sector(site: Site, name: str) -> Sector:
    """Add a sector, or give back the one with this name whatever its case. Flushes."""
    name = " ".join(name.split())
    if not name or len(name) > 120:
        raise error_for("SECTOR_NAME", field="name")
    stmt = select(Sector).where(Sector.site_id == site.id, func.lower(Sector.name) == func.lower(name))
    existing = db.session.scalar(stmt)
    if existing:
        return existing
    sector = Sector(account_id=site.account_id, site_id=site.id, name=name)
    try:
        with db.session.begin_nested():
            db.session.add(sector)
    except IntegrityError:  # somebody added it just now
        return db.session.scalars(stmt).one()
    return sector


def rename_sector(sector: Sector, name: str) -> None:
    """Give a sector another name. Flushes; raises Conflict when the site has one of that name."""
    name = " ".join(name.split())
    if not name or len(name) > 120:
        raise error_for("SECTOR_NAME", field="name")
    sector.name = name
    try:
        db.session.flush()
    except IntegrityError as error:
        raise error_for("SECTOR_EXISTS", Conflict, field="name") from error


def delete_sector(account_id: int, sector_id: int) -> None:
    """Delete a sector; its keywords and clusters stay, without one. Flushes."""
    db.session.delete(owned(Sector, sector_id, account_id))
    db.session.flush()
