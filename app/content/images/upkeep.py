"""Nightly: deletes files of images that nothing shows any more, and asks again for what no worker made."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import exists, select

from app.content.images import renditions
from app.content.images import services as images
from app.content.images.rendition_models import ImageRenditions
from app.content.images.shelves import IMAGES
from app.content.images.uses import shown_in_texts
from app.content.models import ContentImage
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import every_account

LEFT_FOR = timedelta(days=1)
AT_ONCE = 200  # images
NIGHTS = 7  # in which an image is asked for once more that no worker could make files of
IS_USED = exists().where(
    ContentImage.account_id == ImageRenditions.account_id, ContentImage.sha256 == ImageRenditions.source
)


@every_account("files are left in any account")
def accounts_with_renditions() -> Sequence[int]:
    """Accounts with an image of which smaller files were asked for."""
    return db.session.scalars(select(ImageRenditions.account_id).distinct()).all()


def tidy_image_files(account_id: int) -> int:
    """Delete the files of images that nothing needs and that were asked for over a day ago, with the smaller ones, and
    ask once more for what was given up, for some nights; how many images went. Safe to repeat. Commits.
    """
    _ask_for_given_up(account_id)
    old = ImageRenditions.account_id == account_id, ImageRenditions.asked_at < utcnow() - LEFT_FOR
    left = set(db.session.scalars(select(ImageRenditions.source).where(*old, ~IS_USED)))
    unneeded = sorted(left - shown_in_texts(account_id)) if left else []
    db.session.commit()
    for start in range(0, len(unneeded), AT_ONCE):
        hashes = unneeded[start : start + AT_ONCE]
        images.remove_files(account_id, hashes)
        renditions.remove(account_id, [sha256 for sha256 in hashes if not IMAGES.has(account_id, sha256)])
    return len(unneeded)


def _ask_for_given_up(account_id: int) -> None:
    given_up = (
        ImageRenditions.account_id == account_id,
        ImageRenditions.problem == renditions.NOT_MADE,
        ImageRenditions.asked_at < utcnow() - LEFT_FOR,
        ImageRenditions.attempts < renditions.MOST_ATTEMPTS + NIGHTS,
    )
    for source in db.session.scalars(select(ImageRenditions.source).where(*given_up, IS_USED).distinct()).all():
        renditions.ask_once_more(account_id, source)
    db.session.commit()
