"""What is sent to WordPress in place of an image: a smaller file of the same picture, of a type that the site can use.

WordPress knows an image by the hash of the original, so that images it has already are not sent again.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import select

from app.content.images import renditions
from app.content.images.pixels import WIDEST
from app.content.images.renditions import Renditions
from app.content.models import Content, ContentImage
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.queue import redis_connection
from app.core.tenancy import owned
from app.sites.facts import SiteFacts, fetch_facts, stored_facts
from app.sites.models import Site

WEBP, JPEG, PNG, GIF = "image/webp", "image/jpeg", "image/png", "image/gif"
MAY_MOVE = frozenset((WEBP, PNG, GIF))
MADE_HERE = 2_000_000  # pixels of an image that a publish unpacks itself: 8 MB
ASK_ANEW_AFTER = timedelta(days=1)
LEFT_ALONE = timedelta(minutes=15)  # a site that did not answer: as long as a publish waits for files
log = get_logger(__name__)


def make_missing(account_id: int, content_id: int, report: Callable[[int, int], None]) -> int:
    """Have all image files made that a publish of this content may send.

    Those of small images are made here, the others by a worker, for the sake of memory. Returns how many of those have
    to be waited for. Calls `report` with how many are done, of how many. Commits. Does nothing for a site whose plugin
    accepts only originals.
    """
    rows = db.session.execute(
        select(ContentImage.sha256, ContentImage.width, ContentImage.height, Content.site_id)
        .join(Content, Content.id == ContentImage.content_id)
        .where(ContentImage.account_id == account_id, ContentImage.content_id == content_id)
        .distinct()
    ).all()
    facts = _facts_of(account_id, rows[0].site_id) if rows else SiteFacts()
    if facts.editor_types is None:
        return 0
    recipe = recipe_for(facts)
    small = {row.sha256 for row in rows if row.width and row.height and row.width * row.height <= MADE_HERE}
    for done, sha256 in enumerate(small):
        report(done, len(rows))
        renditions.make_renditions(account_id, sha256, recipe)
    return renditions.count_awaited(account_id, {row.sha256 for row in rows} - small, recipe)


def _facts_of(account_id: int, site_id: int) -> SiteFacts:
    """What the site reported about itself.

    It is asked if it never reported which file types it accepts, and once a day, since a new server may accept others.
    A site that does not answer is not asked again for a while. Commits.
    """
    facts = stored_facts(owned(Site, site_id, account_id))
    is_old = facts.asked_at is None or facts.asked_at < utcnow() - ASK_ANEW_AFTER
    is_due = is_old or (facts.editor_types is None and not facts.is_fresh)
    if not is_due or _is_silent(site_id):
        return facts
    fetched = _fetched(account_id, site_id)
    if fetched is None:
        _keep_silence(site_id)
    return fetched or facts


def _fetched(account_id: int, site_id: int) -> SiteFacts | None:
    """What the site reports about itself now.

    None when it does not answer: the publish itself will say why. Commits.
    """
    with suppress(DomainError):
        return fetch_facts(account_id, site_id)
    db.session.rollback()
    return None


def _is_silent(site_id: int) -> bool:
    """Whether the site recently did not answer; shared by all workers, since each publish of a batch asks this."""
    try:
        return bool(redis_connection().exists(_failure_key(site_id)))
    except (RedisError, OSError) as error:
        log.warning("silence_of_site_not_read", site_id=site_id, error=type(error).__name__)
        return False


def _keep_silence(site_id: int) -> None:
    try:
        redis_connection().set(_failure_key(site_id), 1, ex=LEFT_ALONE)
    except (RedisError, OSError) as error:
        log.warning("silence_of_site_not_kept", site_id=site_id, error=type(error).__name__)


def _failure_key(site_id: int) -> str:
    return f"igny8:facts-failed:{site_id}"


def ask_anew_since(account_id: int, site_id: int, began: datetime) -> bool:
    """Ask the site which file types it accepts, unless it was asked after `began`. Returns whether it answered.

    Commits. A plugin that was downgraded takes a smaller file for a damaged image.
    """
    facts = stored_facts(owned(Site, site_id, account_id))
    is_known = facts.asked_at is not None and facts.asked_at > began
    return not is_known and _fetched(account_id, site_id) is not None


def recipe_for(facts: SiteFacts) -> str:
    """WebP where the site takes it and makes sizes of it, else JPEG or PNG (pure)."""
    return renditions.WEB if _takes(facts, WEBP) else renditions.PLAIN


def files_to_send(content: Content, facts: SiteFacts, are_expected: bool = False) -> dict[str, dict[str, Any]]:
    """The files that are sent in place of images, by the image's hash, as far as they are made.

    `are_expected`: for files not made yet, include what is known beforehand, their type and largest size in bytes.
    """
    if facts.editor_types is None:
        return {}
    recipe = recipe_for(facts)
    made = renditions.renditions_of(content.account_id, [image.sha256 for image in content.images], recipe)
    files = {}
    for image in content.images:
        of_image = made[image.sha256]
        is_expected = of_image.is_pending and are_expected
        file = _expected(image, recipe, facts) if is_expected else file_to_send(image, of_image, facts)
        if file is not None:
            files[image.sha256] = file
    return files


def file_to_send(image: ContentImage, made: Renditions, facts: SiteFacts) -> dict[str, Any] | None:
    """The file in the place of this image; None when the image itself is what is best sent (pure).

    An image that would only get larger is sent as it is, if the site accepts it, it is not too wide, and the site would
    make no more sizes from the other file.
    """
    file = made.full
    if file is None:
        return None
    is_as_good = _editor_makes_sizes(facts, image.mime) or not _editor_makes_sizes(facts, file["mime"])
    stays = is_as_good and _accepts(facts, image.mime) and (image.width or 0) <= WIDEST
    return None if stays and file["size"] >= image.size else file


def _expected(image: ContentImage, recipe: str, facts: SiteFacts) -> dict[str, Any] | None:
    if image.mime in MAY_MOVE and renditions.is_left_alone(image):
        return None
    plain = PNG if image.mime in (PNG, GIF) else JPEG
    size = min(image.size, facts.max_bytes or image.size)
    return {"sha256": image.sha256, "mime": WEBP if recipe == renditions.WEB else plain, "size": size}


def _takes(facts: SiteFacts, mime: str) -> bool:
    return _editor_makes_sizes(facts, mime) and _accepts(facts, mime)


def _editor_makes_sizes(facts: SiteFacts, mime: str) -> bool:
    return facts.editor_types is None or mime in facts.editor_types


def _accepts(facts: SiteFacts, mime: str) -> bool:
    return not facts.mime_types or mime in facts.mime_types
