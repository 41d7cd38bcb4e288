"""The files of a site that its pages show or lead to."""

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.shapes import Count, FileShown, Given, Instant, Parameters, QueryId, RowId, RowPage
from app.api.sitebuilder_routes import MODULE, READ, WRITE
from app.core.access import current_account_id, current_actor
from app.core.languages import gettext
from app.core.one_at_a_time import one_at_a_time
from app.core.tenancy import owned
from app.sitebuilder.assets import actions
from app.sitebuilder.assets.intake import MOST_BYTES
from app.sitebuilder.assets.listing import ASSET_LIST, list_assets
from app.sitebuilder.assets.models import SiteAsset

ASSETS = ApiList(ASSET_LIST, {"folder": "`images`, `documents` or `media`."})
ONE = "/site-builder/assets/<int:asset_id>/"


class AssetShown(FileShown):
    """A file of a site. Sections name it by `address`."""

    id: RowId = Field(examples=[5])
    site_id: int = Field(examples=[1])
    folder: str = Field(examples=["images"])
    name: str = Field(examples=["shop.jpg"])
    address: str = Field(examples=["asset:images/shop.jpg"])
    alt: str = Field(examples=["Our shop"])
    created_at: Instant


class AssetParameters(Parameters):
    """Whose file it is, and what it is called."""

    site_id: QueryId = Field(description="The site whose file it is.", examples=[1])
    filename: str = Field(
        description="Its name, with its extension.", min_length=1, max_length=200, examples=["shop.jpg"]
    )


class DeleteParameters(Parameters):
    """Whether a file is deleted that pages use."""

    anyhow: bool = Field(False, description="Delete it also where pages use it.", examples=[False])


class AssetChanges(Given):
    """What a page says of a picture that has no words of its own there."""

    alt: str = Field(max_length=500, examples=["Our shop"])


@api_endpoint("GET", "/site-builder/assets/", READ, module=MODULE, listed=ASSETS)
def show_assets(query: SiteListParameters) -> RowPage[AssetShown]:
    """List the files of a site."""
    page = list_assets(current_account_id(), query.site_id, ASSETS.read(query))
    return list_page(page, AssetShown.model_validate)


@api_endpoint("GET", ONE, READ, module=MODULE)
def show_asset(asset_id: int) -> AssetShown:
    """One file of a site."""
    return AssetShown.model_validate(owned(SiteAsset, asset_id, current_account_id()))


@api_endpoint("POST", "/site-builder/assets/", WRITE, module=MODULE, status=201, upload=MOST_BYTES)
def add_asset(query: AssetParameters, data: bytes) -> AssetShown:
    """Upload a file: the body is the file. The same bytes are kept once in a site, under their first name."""
    account_id = current_account_id()
    busy = gettext("Another file of this account is being examined just now.")
    with one_at_a_time(f"assets:{account_id}", busy, len(data)):
        uploaded = actions.upload_asset(account_id, current_actor(), query.site_id, data, query.filename)
    return AssetShown.model_validate(uploaded.asset)


@api_endpoint("PATCH", ONE, WRITE, module=MODULE)
def change_asset(asset_id: int, body: AssetChanges) -> AssetShown:
    """Change what is said of a picture."""
    return AssetShown.model_validate(actions.describe_asset(current_account_id(), current_actor(), asset_id, body.alt))


@api_endpoint("DELETE", ONE, WRITE, module=MODULE)
def remove_asset(asset_id: int, query: DeleteParameters) -> Count:
    """Delete a file. 409 where pages use it, unless `anyhow` is said."""
    actions.delete_asset(current_account_id(), current_actor(), asset_id, despite_uses=query.anyhow)
    return Count(count=1)
