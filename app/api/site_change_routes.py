"""Adding, changing and pairing sites, and their sectors."""

from pydantic import Field

from app.api.endpoints import api_endpoint, check_token_sees_all, expected_etag
from app.api.shapes import Count, Given, RowId, ShortText, Shown
from app.api.site_routes import SectorShown, SiteShown
from app.core.access import current_account_id, current_actor
from app.core.edits import etag
from app.core.hosts import public_base
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.sites import actions, connection, services
from app.sites.models import Sector, Site
from app.sites.services import MAX_URL

MANAGE = Permission.SITES_MANAGE
ONE = "/sites/<int:site_id>/"
SECTOR = "/sites/sectors/<int:sector_id>/"


class SiteGiven(Given):
    """Name, address and time zone of a site."""

    name: str = Field(min_length=1, max_length=120, examples=["Our shop"])
    url: str = Field(min_length=1, max_length=MAX_URL, examples=["https://shop.example"])
    time_zone: str = Field("UTC", max_length=64, examples=["Europe/Berlin"])


class NewSite(SiteGiven):
    """A site, with its lines of business."""

    sectors: list[ShortText] = Field(default_factory=list, max_length=50, examples=[["Outdoor"]])


class SiteSwitch(Given):
    """Whether a site is worked on."""

    is_active: bool = Field(examples=[True])


class SiteSettingsShown(SiteShown):
    """A site with an ETag of its name, address and time zone."""

    etag: str = Field(examples=["1f0c4d"])

    @classmethod
    def of(cls, site: Site) -> "SiteSettingsShown":
        """The site as it is answered."""
        return cls(**SiteShown.of(site).model_dump(), etag=etag(services.settings_of(site)))


class ConnectionKeyShown(Shown):
    """The key to paste into the plugin of the site's WordPress; null before one was made."""

    id: RowId = Field(examples=[1])
    key: str | None = Field(examples=["igny8.eyJhcHAiOi…"])


class SectorGiven(Given):
    """The name of a sector."""

    name: str = Field(min_length=1, max_length=120, examples=["Outdoor"])


class NewSector(SectorGiven):
    """A sector of a site."""

    site_id: RowId = Field(examples=[1])


def _site(site_id: int) -> Site:
    return owned(Site, site_id, current_account_id())


@api_endpoint("POST", "/sites/", MANAGE, status=201)
def add_new_site(body: NewSite) -> SiteSettingsShown:
    """Add a site. 409 when there is one of this address, 402 when the plan has no room."""
    check_token_sees_all()
    made = actions.add_site(current_account_id(), current_actor(), **body.model_dump())
    return SiteSettingsShown.of(made)


@api_endpoint("GET", f"{ONE}settings/", Permission.SITES_READ)
def show_site_settings(site_id: int) -> SiteSettingsShown:
    """A site with the ETag that a change names."""
    return SiteSettingsShown.of(_site(site_id))


@api_endpoint("PUT", f"{ONE}settings/", MANAGE, matches=True)
def change_site_settings(site_id: int, body: SiteGiven) -> SiteSettingsShown:
    """Change name, address and time zone of a site. At another address its plugin has to be paired anew."""
    account_id, actor = current_account_id(), current_actor()
    changed = actions.change_site(account_id, actor, site_id, **body.model_dump(), expected=expected_etag())
    return SiteSettingsShown.of(changed)


@api_endpoint("PATCH", ONE, MANAGE)
def switch_site_on_or_off(site_id: int, body: SiteSwitch) -> SiteShown:
    """Switch a site on or off: nothing is published to one that is off."""
    return SiteShown.of(actions.switch_site(current_account_id(), current_actor(), site_id, body.is_active))


@api_endpoint("POST", f"{ONE}connection/", MANAGE)
def make_connection_key(site_id: int) -> SiteShown:
    """Make a new key for the plugin of a site, which is paired once it was pasted there; one before stops working."""
    actions.make_key(current_account_id(), current_actor(), site_id)
    return SiteShown.of(_site(site_id))


@api_endpoint("GET", f"{ONE}connection/key/", MANAGE)
def show_connection_key(site_id: int) -> ConnectionKeyShown:
    """The key to paste into the plugin."""
    made = _site(site_id).connection
    return ConnectionKeyShown(id=site_id, key=connection.connection_key(made, public_base()) if made else None)


@api_endpoint("POST", f"{ONE}connection/test/", MANAGE)
def check_site_connection(site_id: int) -> SiteShown:
    """Call the plugin of a site now. 502 with what is wrong and its cure when it does not answer as it should."""
    connection.check_connection(current_account_id(), site_id)
    return SiteShown.of(_site(site_id))


@api_endpoint("POST", "/sites/sectors/", MANAGE, status=201)
def add_site_sector(body: NewSector) -> SectorShown:
    """Add a sector to a site; the one that it has of this name, where there is one."""
    sector, _is_new = actions.add_sector(current_account_id(), current_actor(), body.site_id, body.name)
    return SectorShown.model_validate(sector)


@api_endpoint("PUT", SECTOR, MANAGE)
def rename_site_sector(sector_id: int, body: SectorGiven) -> SectorShown:
    """Give a sector another name. 409 when the site has one of it."""
    return SectorShown.model_validate(
        actions.rename_sector(current_account_id(), current_actor(), sector_id, body.name)
    )


@api_endpoint("DELETE", SECTOR, MANAGE)
def remove_site_sector(sector_id: int) -> Count:
    """Delete a sector. Its keywords and clusters stay."""
    owned(Sector, sector_id, current_account_id())
    actions.delete_sector(current_account_id(), current_actor(), sector_id)
    return Count(count=1)
