"""How links are put into the texts of a site, and reading its pages again."""

from typing import Literal

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_version
from app.api.rates import Rate
from app.api.runs import RunShown
from app.api.shapes import Given, OneSite, ShortText, SiteParameters, Versioned
from app.core.access import current_account_id, current_actor
from app.core.tenancy import owned
from app.linker import actions, settings
from app.linker.models import LinkSettings
from app.linker.permissions import LinkerPermission
from app.linker.settings import MOST_LISTED, SettingsForm
from app.sites.models import Site

MODULE = "linker"


class LinkSettingsShown(Versioned):
    """The rules for links of a site; `version` 0 are those that are there from the start.

    `never_from` and `never_to` are the addresses of contents that no link is put into, and that none leads to.
    """

    site_id: int = Field(examples=[1])
    most_per_content: int = Field(examples=[5])
    words_per_link: int = Field(examples=[100])
    least_score: int = Field(examples=[60])
    rel: str = Field(examples=[""])
    nofollow_paths: list[str] = Field(examples=[["/partners"]])
    never_from: list[str] = Field(examples=[[]])
    never_to: list[str] = Field(examples=[[]])
    sentences: bool = Field(examples=[False])

    @classmethod
    def of(cls, site: Site, stored: LinkSettings) -> "LinkSettingsShown":
        """The rules as they are answered."""
        own = {name: getattr(stored, name) for name in cls.model_fields if name not in ("never_from", "never_to")}
        return cls(
            **own,
            never_from=settings.addresses_of(site, stored.never_from),
            never_to=settings.addresses_of(site, stored.never_to),
        )


class LinkSettingsGiven(Given):
    """All rules for links of a site; pages are named by their addresses. None may be left out."""

    most_per_content: int = Field(ge=1, le=50, examples=[5])
    words_per_link: int = Field(ge=10, le=2000, examples=[100])
    least_score: int = Field(ge=0, le=100, examples=[60])
    rel: Literal["", "nofollow", "noopener", "nofollow noopener"] = Field(examples=[""])
    nofollow_paths: list[ShortText] = Field(max_length=MOST_LISTED, examples=[["/partners"]])
    never_from: list[ShortText] = Field(max_length=MOST_LISTED, examples=[[]])
    never_to: list[ShortText] = Field(max_length=MOST_LISTED, examples=[[]])
    sentences: bool = Field(examples=[False])


@api_endpoint("GET", "/linker/settings/", LinkerPermission.READ, module=MODULE)
def show_link_settings(query: SiteParameters) -> LinkSettingsShown:
    """The rules for links of a site, with their version as ETag."""
    site = owned(Site, query.site_id, current_account_id())
    return LinkSettingsShown.of(site, settings.settings_for(site))


@api_endpoint("PUT", "/linker/settings/", LinkerPermission.MANAGE, module=MODULE, matches=True)
def change_link_settings(query: SiteParameters, body: LinkSettingsGiven) -> LinkSettingsShown:
    """Change the rules for links of a site. Proposals that wait follow them."""
    site = owned(Site, query.site_id, current_account_id())
    seen, form = expected_version(settings.settings_for(site).version), SettingsForm(**body.model_dump())
    saved = settings.save_link_settings(site.account_id, current_actor(), site.id, form, seen=seen)
    return LinkSettingsShown.of(site, saved)


@api_endpoint("POST", "/linker/read/", LinkerPermission.WRITE, module=MODULE, status=202, rate=Rate.LINKER)
def read_pages_of_site(body: OneSite) -> RunShown:
    """Read the pages of a site that have changed, to know what they link to: a run."""
    return RunShown.of(actions.start_reading_pages(current_account_id(), current_actor(), body.site_id))
