"""How much room the files of a site may take: by the plan of the account."""

from dataclasses import dataclass

from sqlalchemy import func, select

from app.billing.entitlements import entitlements_of
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext, local_number
from app.sitebuilder.assets.models import SiteAsset

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class AssetRoom:
    """Bytes that the files of a site take, and may take; `most` is None where there is no limit."""

    used: int
    most: int | None
    plan: str = ""

    @property
    def words(self) -> str:
        """What is used, in a sentence."""
        used = local_number(self.used / MEGABYTE, 1)
        if self.most is None:
            return gettext("%(used)s MB used.", used=used)
        return gettext("%(used)s MB of %(most)s MB used.", used=used, most=local_number(self.most // MEGABYTE))


def asset_room(account_id: int, site_id: int) -> AssetRoom:
    """The room of a site's files."""
    stmt = select(func.sum(SiteAsset.size)).where(SiteAsset.account_id == account_id, SiteAsset.site_id == site_id)
    plan = entitlements_of(account_id).plan
    most = None if plan.asset_mb is None else plan.asset_mb * MEGABYTE
    return AssetRoom(int(db.session.scalar(stmt) or 0), most, plan.name)


def check_quota(account_id: int, site_id: int, size: int) -> None:
    """Raise DomainError when a file of this size has no room. The caller holds the site."""
    room = asset_room(account_id, site_id)
    if room.most is None or room.used + size <= room.most:
        return
    raise DomainError(
        gettext(
            "The files of this site take %(used)s MB of the %(most)s MB that the plan %(plan)s gives each site. "
            "This one needs %(size)s MB.",
            used=local_number(room.used / MEGABYTE, 1),
            most=local_number(room.most // MEGABYTE),
            plan=gettext(room.plan),
            size=local_number(size / MEGABYTE, 1),
        ),
        code="ASSET_QUOTA",
        field="files",
        cure=gettext("Delete files that no page uses, or choose a larger plan under Billing."),
    )
