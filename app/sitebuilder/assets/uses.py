"""Which pages of planned sites use which files."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.extensions import db
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.blocks.fields import ASSET
from app.sitebuilder.models import PageBlueprint, SiteBlueprint

NAMED = '"(asset:[^"]+)"'


@dataclass(frozen=True, slots=True)
class AssetUse:
    """A page that uses a file; `site_plan` is the planned site that it belongs to."""

    page_id: int
    blueprint_id: int
    title: str
    site_plan: str


def uses_of(account_id: int, site_id: int, addresses: Collection[str]) -> dict[str, list[AssetUse]]:
    """The pages that use each of these files of a site; also those of planned sites in the trash, which come back."""
    texts = cast(PageBlueprint.blocks, Text)
    named = (
        select(
            PageBlueprint.id,
            PageBlueprint.blueprint_id,
            PageBlueprint.title,
            func.regexp_matches(texts, NAMED, "g", type_=ARRAY(Text)).label("match"),
        )
        .where(
            PageBlueprint.account_id == account_id,
            PageBlueprint.site_id == site_id,
            PageBlueprint.removed_at.is_(None),
            texts.contains(f'"{ASSET}', autoescape=True),
        )
        .subquery()
    )
    address = named.c.match[1]
    stmt = (
        select(address, named.c.id, named.c.blueprint_id, named.c.title, SiteBlueprint.name)
        .join(SiteBlueprint, SiteBlueprint.id == named.c.blueprint_id)
        .where(address.in_(addresses))
        .distinct()
        .order_by(SiteBlueprint.name, named.c.id)
    )
    uses: dict[str, list[AssetUse]] = {name: [] for name in addresses}
    for name, *values in db.session.execute(stmt) if addresses else ():
        uses[name].append(AssetUse(*values))
    return uses


def named_assets(sections: Any) -> set[str]:
    """The files that sections of pages name. Pure."""
    if isinstance(sections, str):
        return {sections} if sections.startswith(ASSET) else set()
    if isinstance(sections, Mapping):
        sections = sections.values()
    return set().union(*map(named_assets, sections)) if isinstance(sections, Iterable) else set()


def assets_of(account_id: int, site_id: int, pages: Iterable[Sequence[Any]]) -> dict[str, SiteAsset]:
    """The files that the sections of these pages name, by address; those that are gone are not in it."""
    addresses = named_assets(list(pages))
    paths = [address.removeprefix(ASSET).partition("/") for address in addresses]
    stmt = select(SiteAsset).where(
        SiteAsset.account_id == account_id,
        SiteAsset.site_id == site_id,
        SiteAsset.name.in_([name for _folder, _slash, name in paths]),
    )
    rows = db.session.scalars(stmt) if addresses else ()
    return {asset.address: asset for asset in rows if asset.address in addresses}
