"""Sites and sectors."""

import re
from collections.abc import Sequence
from zoneinfo import available_timezones

from flask import current_app
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from app.core import outbound_sockets, web_addresses
from app.core.blank import visible_line
from app.core.errors import Conflict, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.own_hosts import is_single_name
from app.core.tenancy import owned
from app.core.web_addresses import AddressError, WebAddress
from app.core.wording import sentences
from app.sites import connection, hooks
from app.sites.error_codes import error_for
from app.sites.models import Sector, Site

MAX_URL = 500
WITHIN_WORDPRESS = re.compile(r"/(?:wp-admin|wp-json)(?:/.*)?$|/wp-login\.php$")


def list_sites(account_id: int) -> Sequence[Site]:
    """The account's sites by name, with sectors and connection loaded."""
    stmt = _by_name(account_id).options(selectinload(Site.sectors), selectinload(Site.connection))
    return db.session.scalars(stmt).all()


def list_bare_sites(account_id: int) -> Sequence[Site]:
    """The account's sites by name; the sectors and the connection of one are loaded when they are asked for."""
    return db.session.scalars(_by_name(account_id)).all()


def sector_choices(site: Site) -> list[tuple[int, str]]:
    """(id, name) of the site's sectors, for a field."""
    stmt = select(Sector.id, Sector.name).where(Sector.account_id == site.account_id, Sector.site_id == site.id)
    return [(row.id, row.name) for row in db.session.execute(stmt.order_by(Sector.name, Sector.id))]


def account_sites(account_id: int) -> list[tuple[int, str, str]]:
    """(id, name, address) of each of them, for layers below."""
    stmt = select(Site.id, Site.name, Site.url).where(Site.account_id == account_id)
    return [(row.id, row.name, row.url) for row in db.session.execute(stmt)]


def _by_name(account_id: int) -> Select[Site]:
    return select(Site).where(Site.account_id == account_id).order_by(func.lower(Site.name), Site.id)


def normalise_url(url: str) -> str:
    """`https://example.com/blog` for what a person types; raises DomainError on what is not a website's address.

    Without a scheme it is https: `reading_of` says so, to be shown to the person.
    """
    try:
        address = web_addresses.parse_address(url)
        normalised = address.origin + address.path.rstrip("/")
        _check_host(address)
        if "://" in address.path:
            raise AddressError(gettext("There is another address within it."), re.sub(r"^/+", "", address.path))
        if address.query or address.fragment:
            raise AddressError(gettext("A site's address ends before ? and #."), normalised)
        if wordpress_path := WITHIN_WORDPRESS.search(normalised):
            raise AddressError(gettext("This is a page within WordPress."), normalised[: wordpress_path.start()])
        if len(normalised) > MAX_URL:
            raise AddressError(gettext("The address is too long."))
    except AddressError as error:
        raise error_for("URL_INVALID", field="url", message=error.message, cure=error.cure) from error
    return normalised


def _check_host(address: WebAddress) -> None:
    """Refuse a name of one word, as in `https://com`, unless whoever runs the app allows the host."""
    if not is_single_name(address.host):
        return
    port = address.port or (443 if address.scheme == "https" else 80)
    if not outbound_sockets.is_allowed_host(address.host, port, current_app.config["ALLOWED_PRIVATE_HOSTS"]):
        message = gettext("“%(host)s” is one word, and a website's name has a point: example.com.", host=address.host)
        raise error_for("SITE_NAME_INCOMPLETE", field="url", message=message)


def reading_of(typed: str, url: str) -> str:
    """What to say about an address that was stored in another form than it was typed in: a sentence, or nothing."""
    typed = typed.strip().lower().rstrip("/")
    letters = web_addresses.in_letters(url)
    if typed == url.lower():
        return gettext("In letters the address is %(letters)s.", letters=letters) if letters else ""
    if letters:
        taken = gettext(
            "The address is taken as %(letters)s, which browsers write as %(url)s.", letters=letters, url=url
        )
    else:
        taken = gettext("The address is taken as %(url)s.", url=url)
    hint = gettext("If the site has no certificate, write http:// before it.") if "://" not in typed else ""
    return sentences(taken, hint)


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


def lock_site(account_id: int, site_id: int) -> Site:
    """A site of this account, locked until the transaction ends; rows that refer to it may still be added."""
    stmt = select(Site).where(Site.id == site_id, Site.account_id == account_id)
    site = db.session.scalar(stmt.with_for_update(key_share=True, of=Site).execution_options(populate_existing=True))
    if site is None:
        raise NotFound()
    return site


def settings_of(site: Site) -> dict[str, str]:
    """What is stored of what the form of general settings shows."""
    return {"name": site.name, "url": site.url, "time_zone": site.time_zone}


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


def add_sector(site: Site, name: str) -> tuple[Sector, bool]:
    """Add a sector, or give back the one with this name whatever its case; whether it is new. Flushes."""
    name = visible_line(name)
    if not name or len(name) > 120:
        raise error_for("SECTOR_NAME", field="name")
    stmt = select(Sector).where(Sector.site_id == site.id, func.lower(Sector.name) == func.lower(name))
    existing = db.session.scalar(stmt)
    if existing:
        return existing, False
    sector = Sector(account_id=site.account_id, site_id=site.id, name=name)
    try:
        with db.session.begin_nested():
            db.session.add(sector)
    except IntegrityError:  # somebody added it just now
        return db.session.scalars(stmt).one(), False
    return sector, True


def lock_sector(account_id: int, sector_id: int) -> Sector:
    """A sector of this account, locked until the transaction ends; rows that refer to it may still be added."""
    stmt = select(Sector).where(Sector.id == sector_id, Sector.account_id == account_id)
    locking = stmt.with_for_update(key_share=True, of=Sector).execution_options(populate_existing=True)
    sector = db.session.scalar(locking)
    if sector is None:
        raise NotFound()
    return sector


def rename_sector(sector: Sector, name: str) -> None:
    """Give a sector another name. Flushes; raises Conflict when the site has one of that name."""
    name = visible_line(name)
    if not name or len(name) > 120:
        raise error_for("SECTOR_NAME", field="name")
    sector.name = name
    try:
        db.session.flush()
    except IntegrityError as error:
        raise error_for("SECTOR_EXISTS", Conflict, field="name") from error


def delete_sector(account_id: int, sector_id: int) -> None:
    """Delete a sector; its keywords and clusters stay, without one. Flushes."""
    sector = owned(Sector, sector_id, account_id)
    hooks.sector_deleting(sector.id)
    db.session.delete(sector)
    db.session.flush()
