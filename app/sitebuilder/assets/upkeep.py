"""Deletes the bytes of files that no site has any more: of those just deleted, and nightly of what a crash left."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select

from app.core.extensions import db
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.assets.shelves import ASSETS

BEING_STORED = timedelta(hours=1)


def forget_bytes(account_id: int, hashes: Collection[str]) -> int:
    """Delete those of these files that no site of the account has. Returns how many. Safe to repeat.

    What was stored within the last hour stays: somebody may be uploading the same bytes. Call it with nothing pending.
    """
    stmt = select(SiteAsset.sha256, SiteAsset.thumbnail).where(SiteAsset.account_id == account_id)
    in_use = {name for row in db.session.execute(stmt) for name in row}
    return sum(ASSETS.remove_old(account_id, sha256, BEING_STORED) for sha256 in set(hashes) - in_use)


def tidy_assets(account_id: int) -> int:
    """Delete all bytes of the account that no file has: those of sites that were deleted, and of uploads cut off."""
    return forget_bytes(account_id, ASSETS.names(account_id))
