"""Sites: those that the token sees, their sectors and how they are connected."""

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.shapes import Instant, PageShown, RowId, RowPage, Shown
from app.core.access import current_account_id
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.sites.models import Site
from app.sites.services import list_sites


class SectorShown(Shown):
    """A line of business of a site."""

    id: int = Field(examples=[1])
    name: str = Field(examples=["Outdoor"])


class SiteShown(Shown):
    """A site. `connection` says how its WordPress answers: null before it was connected."""

    id: RowId = Field(examples=[1])
    name: str = Field(examples=["My blog"])
    url: str = Field(examples=["https://blog.example"])
    time_zone: str = Field(examples=["Europe/Berlin"])
    is_active: bool = Field(examples=[True])
    connection: str | None = Field(examples=["connected"])
    sectors: list[SectorShown]
    created_at: Instant

    @classmethod
    def of(cls, site: Site) -> "SiteShown":
        """The site as it is answered."""
        return cls(
            id=site.id,
            name=site.name,
            url=site.url,
            time_zone=site.time_zone,
            is_active=site.is_active,
            connection=site.connection.state if site.connection else None,
            sectors=[SectorShown.model_validate(sector) for sector in site.sectors],
            created_at=site.created_at,
        )


@api_endpoint("GET", "/sites/", Permission.SITES_READ)
def show_sites() -> RowPage[SiteShown]:
    """List the sites, by name. All of them are on one page."""
    sites = [SiteShown.of(site) for site in list_sites(current_account_id())]
    return RowPage(sites, PageShown(next=None, previous=None, total=len(sites), total_is_exact=True, limit=len(sites)))


@api_endpoint("GET", "/sites/<int:site_id>/", Permission.SITES_READ)
def show_site(site_id: int) -> SiteShown:
    """One site."""
    return SiteShown.of(owned(Site, site_id, current_account_id()))
