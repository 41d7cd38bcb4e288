"""What can be done with the files of a site, each as one use case. They flush; callers commit."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core import audit
from app.core.actor import Actor
from app.core.blank import visible_line
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext, local_number
from app.core.tenancy import owned
from app.sitebuilder.assets.intake import IncomingFile, examined_file
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.assets.quota import check_quota
from app.sitebuilder.assets.shelves import ASSETS
from app.sitebuilder.assets.uses import AssetUse, uses_of
from app.sitebuilder.permissions import SiteBuilderPermission
from app.sites.services import lock_site

LONGEST_ALT = 500


class AssetInUse(Conflict):
    """Pages show or lead to the file. `uses` says which."""

    def __init__(self, uses: list[AssetUse]) -> None:
        named = ", ".join(f"“{use.title}”" for use in uses[:5])
        more = gettext("%(names)s and %(more)s more", names=named, more=local_number(len(uses) - 5))
        super().__init__(
            gettext("This file is used in %(pages)s.", pages=more if len(uses) > 5 else named),
            code="ASSET_IN_USE",
            cure=gettext("Delete it anyhow, and these pages leave it out."),
        )
        self.uses = uses


@dataclass(frozen=True, slots=True)
class AssetUploaded:
    """The file, and whether it was there before: the same bytes are kept once in a site."""

    asset: SiteAsset
    was_there: bool = False


def upload_asset(account_id: int, actor: Actor, site_id: int, data: bytes, filename: str) -> AssetUploaded:
    """Store a file of a site, in the folder for what it is.

    Raises NotFound for a site of others, DomainError for a type that is not taken, a file that is damaged or too large,
    a full quota, and when the storage is full.
    """
    actor.require(SiteBuilderPermission.WRITE)
    incoming = examined_file(data, filename)
    site = lock_site(account_id, site_id)
    sha256 = hashlib.sha256(incoming.data).hexdigest()
    present = db.session.scalar(
        select(SiteAsset).where(
            SiteAsset.account_id == account_id, SiteAsset.site_id == site.id, SiteAsset.sha256 == sha256
        )
    )
    if present is not None:
        return AssetUploaded(present, was_there=True)
    check_quota(account_id, site.id, len(incoming.data))
    asset = SiteAsset(
        account_id=account_id,
        site_id=site.id,
        folder=incoming.folder,
        name=_untaken_name(site.id, incoming),
        sha256=_store(account_id, incoming.data),
        thumbnail=_store(account_id, incoming.thumbnail) if incoming.thumbnail else None,
        mime=incoming.mime,
        size=len(incoming.data),
        width=incoming.width,
        height=incoming.height,
        actor_name=actor.short_name[:120],
    )
    db.session.add(asset)
    db.session.flush()
    _record_asset(asset, "site_plan.asset_uploaded", actor)
    return AssetUploaded(asset)


def _store(account_id: int, data: bytes) -> str:
    try:
        return ASSETS.save(account_id, data)
    except OSError as error:
        raise DomainError(
            gettext("The file could not be stored: there is no room, or the storage does not answer."),
            code="STORAGE_FAILED",
            field="files",
            cure=gettext("Nothing of it was kept. Try again later, or tell who runs this installation."),
            retryable=True,
        ) from error


def _untaken_name(site_id: int, incoming: IncomingFile) -> str:
    """`shop.jpg`, or `shop-2.jpg` when another file has that name."""
    stmt = select(SiteAsset.name).where(
        SiteAsset.site_id == site_id,
        SiteAsset.folder == incoming.folder,
        func.starts_with(SiteAsset.name, incoming.stem),
    )
    taken = set(db.session.scalars(stmt))
    numbers = (f"{incoming.stem}-{number}" if number > 1 else incoming.stem for number in range(1, len(taken) + 2))
    return next(name for stem in numbers if (name := f"{stem}.{incoming.extension}") not in taken)


def describe_asset(account_id: int, actor: Actor, asset_id: int, alt: str) -> SiteAsset:
    """Save what a page says of a picture that has no words of its own there. Raises NotFound."""
    actor.require(SiteBuilderPermission.WRITE)
    asset = owned(SiteAsset, asset_id, account_id)
    before, asset.alt = asset.alt, visible_line(alt)[:LONGEST_ALT]
    if before != asset.alt:
        db.session.flush()
        _record_asset(asset, "site_plan.asset_described", actor, alt=asset.alt)
    return asset


def delete_asset(account_id: int, actor: Actor, asset_id: int, *, despite_uses: bool = False) -> SiteAsset:
    """Delete a file. Its bytes go once the caller has committed, by `upkeep.forget_bytes`.

    Raises NotFound, AssetInUse when pages use it and nobody said to delete it anyhow.
    """
    actor.require(SiteBuilderPermission.WRITE)
    asset = owned(SiteAsset, asset_id, account_id)
    uses = uses_of(account_id, asset.site_id, [asset.address])[asset.address]
    if uses and not despite_uses:
        raise AssetInUse(uses)
    db.session.delete(asset)
    _record_asset(asset, "site_plan.asset_deleted", actor)
    db.session.flush()
    return asset


def _record_asset(asset: SiteAsset, action: str, actor: Actor, **values: str) -> None:
    subject = f"site asset {asset.id}"
    after = {"name": asset.path, **values}
    audit.record(asset.account_id, action, subject=subject, after=after, by=actor)
